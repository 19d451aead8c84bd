SELECT CAST(books_1.id AS TEXT) AS output_0
FROM books AS books_1
WHERE books_1.organization_id = $1::UUID ORDER BY books_1.id ASC
 LIMIT $2::INTEGER;

SELECT keys.number, page.output_0
FROM unnest(CAST(string_to_array($1::VARCHAR, ',') AS UUID[])) WITH ORDINALITY AS keys(key, number) JOIN LATERAL (SELECT tags_1.word AS output_0
FROM tags AS tags_1 JOIN book_tags AS book_tags_1 ON book_tags_1.organization_id = $2::UUID AND book_tags_1.tag_id = tags_1.id
WHERE tags_1.organization_id = $2::UUID AND book_tags_1.book_id = keys.key ORDER BY tags_1.id ASC
 LIMIT $3::INTEGER) AS page ON true;

SELECT book_tags_1.book_id, count(*) AS count_1
FROM tags AS tags_1 JOIN book_tags AS book_tags_1 ON book_tags_1.organization_id = $1::UUID AND book_tags_1.tag_id = tags_1.id
WHERE tags_1.organization_id = $1::UUID AND book_tags_1.book_id = ANY ($2::UUID[]) GROUP BY book_tags_1.book_id;
