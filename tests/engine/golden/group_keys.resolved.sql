SELECT grouped.key, grouped.place, grouped.bucket_0, grouped.bucket_1, grouped.measure_0
FROM (SELECT NULL AS key, row_number() OVER (ORDER BY count(*) DESC, books_1.author_id ASC, books_1.genre ASC) AS place, books_1.author_id AS bucket_0, books_1.genre AS bucket_1, count(*) AS measure_0
FROM books AS books_1
WHERE books_1.organization_id = $1::UUID GROUP BY books_1.author_id, books_1.genre) AS grouped
WHERE grouped.place <= $2::INTEGER ORDER BY grouped.key, grouped.place;

SELECT authors.organization_id, authors.id, authors.name, authors.born, authors.created_at, authors.updated_at
FROM authors
WHERE authors.organization_id = $1::UUID AND authors.id = ANY ($2::UUID[]);
