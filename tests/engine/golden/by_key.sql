SELECT shelves_1.label AS output_0, authors_1.name AS output_1, CAST(books_1.id AS TEXT) AS output_2
FROM books AS books_1 LEFT OUTER JOIN shelves AS shelves_1 ON shelves_1.organization_id = $1::UUID AND shelves_1.id = books_1.shelf_id LEFT OUTER JOIN authors AS authors_1 ON authors_1.organization_id = $1::UUID AND authors_1.id = books_1.author_id
WHERE books_1.organization_id = $1::UUID ORDER BY books_1.id ASC
 LIMIT $2::INTEGER;

SELECT CAST(covers_1.book_id AS TEXT) AS output_0, covers_1.color AS output_1
FROM covers AS covers_1
WHERE covers_1.organization_id = $1::UUID AND covers_1.book_id = ANY ($2::UUID[]);
