SELECT books_1.organization_id, books_1.id, books_1.shelf_id, books_1.author_id, books_1.parent_id, books_1.title, books_1.summary, books_1.pages, books_1.place_in_row, books_1.price, books_1.cost, books_1.genre, books_1.lent, books_1.published_at, books_1.created_at, books_1.updated_at, books_1.version, books_1.id AS place_0
FROM books AS books_1
WHERE books_1.organization_id = $1::UUID ORDER BY books_1.id ASC
 LIMIT $2::INTEGER;

SELECT book_tags_1.book_id, count(*) AS count_1
FROM tags AS tags_1 JOIN book_tags AS book_tags_1 ON book_tags_1.organization_id = $1::UUID AND book_tags_1.tag_id = tags_1.id
WHERE tags_1.organization_id = $1::UUID AND book_tags_1.book_id = ANY ($2::UUID[]) GROUP BY book_tags_1.book_id;

SELECT keys.number, page.organization_id, page.id, page.word, page.created_at, page.updated_at, page.place_0
FROM unnest(CAST(string_to_array($1::VARCHAR, ',') AS UUID[])) WITH ORDINALITY AS keys(key, number) JOIN LATERAL (SELECT tags_1.organization_id AS organization_id, tags_1.id AS id, tags_1.word AS word, tags_1.created_at AS created_at, tags_1.updated_at AS updated_at, tags_1.id AS place_0
FROM tags AS tags_1 JOIN book_tags AS book_tags_1 ON book_tags_1.organization_id = $2::UUID AND book_tags_1.tag_id = tags_1.id
WHERE tags_1.organization_id = $2::UUID AND book_tags_1.book_id = keys.key ORDER BY tags_1.id ASC
 LIMIT $3::INTEGER) AS page ON true;
