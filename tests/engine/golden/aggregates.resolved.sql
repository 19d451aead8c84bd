SELECT NULL AS anon_1, count(*) AS count_1, sum(books_1.pages) AS sum_1, max(books_1.title) AS max_1
FROM books AS books_1
WHERE books_1.organization_id = $1::UUID AND books_1.lent = $2::BOOLEAN;

SELECT tags_1.organization_id, tags_1.id, tags_1.word, tags_1.created_at, tags_1.updated_at, tags_1.id AS place_0
FROM tags AS tags_1
WHERE tags_1.organization_id = $1::UUID ORDER BY tags_1.id ASC
 LIMIT $2::INTEGER;

SELECT book_tags_1.tag_id, count(*) AS count_1, trim_scale(avg(books_1.price)) AS trim_scale_1
FROM books AS books_1 JOIN book_tags AS book_tags_1 ON book_tags_1.organization_id = $1::UUID AND book_tags_1.book_id = books_1.id
WHERE books_1.organization_id = $1::UUID AND book_tags_1.tag_id = ANY ($2::UUID[]) GROUP BY book_tags_1.tag_id;
