SELECT grouped.key, grouped.place, grouped.bucket_0, grouped.bucket_1, grouped.measure_0
FROM (SELECT NULL AS key, row_number() OVER (ORDER BY count(*) DESC, books_1.genre ASC, date_trunc('month', books_1.published_at, 'Europe/Berlin') ASC) AS place, books_1.genre AS bucket_0, date_trunc('month', books_1.published_at, 'Europe/Berlin') AS bucket_1, count(*) AS measure_0
FROM books AS books_1
WHERE books_1.organization_id = $1::UUID GROUP BY books_1.genre, date_trunc('month', books_1.published_at, 'Europe/Berlin')) AS grouped
WHERE grouped.place <= $2::INTEGER ORDER BY grouped.key, grouped.place;

SELECT shelves_1.organization_id, shelves_1.id, shelves_1.label, shelves_1.height, shelves_1.created_at, shelves_1.updated_at, shelves_1.id AS place_0
FROM shelves AS shelves_1
WHERE shelves_1.organization_id = $1::UUID ORDER BY shelves_1.id ASC
 LIMIT $2::INTEGER;

SELECT grouped.key, grouped.place, grouped.bucket_0, grouped.measure_0, grouped.measure_1
FROM (SELECT books_1.shelf_id AS key, row_number() OVER (PARTITION BY books_1.shelf_id ORDER BY count(*) DESC, books_1.author_id ASC) AS place, books_1.author_id AS bucket_0, count(*) AS measure_0, sum(books_1.pages) AS measure_1
FROM books AS books_1
WHERE books_1.organization_id = $1::UUID AND books_1.shelf_id = ANY ($2::UUID[]) GROUP BY books_1.shelf_id, books_1.author_id) AS grouped
WHERE grouped.place <= $3::INTEGER ORDER BY grouped.key, grouped.place;

SELECT authors.organization_id, authors.id, authors.name, authors.born, authors.created_at, authors.updated_at
FROM authors
WHERE authors.organization_id = $1::UUID AND authors.id = ANY ($2::UUID[]);
