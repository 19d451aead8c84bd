SELECT books.organization_id, books.id, books.shelf_id, books.author_id, books.parent_id, books.title, books.summary, books.pages, books.place_in_row, books.price, books.cost, books.genre, books.lent, books.published_at, books.created_at, books.updated_at, books.version
FROM books
WHERE books.organization_id = $1::UUID AND books.id = $2::UUID FOR NO KEY UPDATE;

SELECT CAST(books_1.id AS TEXT) AS output_0, books_1.title AS output_1, shelves_1.label AS output_2
FROM books AS books_1 LEFT OUTER JOIN shelves AS shelves_1 ON shelves_1.organization_id = $1::UUID AND shelves_1.id = books_1.shelf_id
WHERE books_1.organization_id = $1::UUID AND books_1.id = ANY ($2::UUID[]);

SELECT keys.number, page.output_0
FROM unnest(CAST(string_to_array($1::VARCHAR, ',') AS UUID[])) WITH ORDINALITY AS keys(key, number) JOIN LATERAL (SELECT tags_1.word AS output_0
FROM tags AS tags_1 JOIN book_tags AS book_tags_1 ON book_tags_1.organization_id = $2::UUID AND book_tags_1.tag_id = tags_1.id
WHERE tags_1.organization_id = $2::UUID AND book_tags_1.book_id = keys.key ORDER BY tags_1.id ASC
 LIMIT $3::INTEGER) AS page ON true;
