SELECT books.organization_id, books.id, books.shelf_id, books.author_id, books.parent_id, books.title, books.summary, books.pages, books.place_in_row, books.price, books.cost, books.genre, books.lent, books.published_at, books.created_at, books.updated_at, books.version
FROM books
WHERE books.organization_id = $1::UUID AND books.id = $2::UUID FOR NO KEY UPDATE;

SELECT books.organization_id, books.id, books.shelf_id, books.author_id, books.parent_id, books.title, books.summary, books.pages, books.place_in_row, books.price, books.cost, books.genre, books.lent, books.published_at, books.created_at, books.updated_at, books.version
FROM books
WHERE books.organization_id = $1::UUID AND books.id = ANY ($2::UUID[]);

SELECT shelves.organization_id, shelves.id, shelves.label, shelves.height, shelves.created_at, shelves.updated_at
FROM shelves
WHERE shelves.organization_id = $1::UUID AND shelves.id = ANY ($2::UUID[]);

SELECT keys.number, page.organization_id, page.id, page.word, page.created_at, page.updated_at, page.place_0
FROM unnest(CAST(string_to_array($1::VARCHAR, ',') AS UUID[])) WITH ORDINALITY AS keys(key, number) JOIN LATERAL (SELECT tags_1.organization_id AS organization_id, tags_1.id AS id, tags_1.word AS word, tags_1.created_at AS created_at, tags_1.updated_at AS updated_at, tags_1.id AS place_0
FROM tags AS tags_1 JOIN book_tags AS book_tags_1 ON book_tags_1.organization_id = $2::UUID AND book_tags_1.tag_id = tags_1.id
WHERE tags_1.organization_id = $2::UUID AND book_tags_1.book_id = keys.key ORDER BY tags_1.id ASC
 LIMIT $3::INTEGER) AS page ON true;
