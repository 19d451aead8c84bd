SELECT CAST(notes_1.book_id AS TEXT) AS output_0, CAST(notes_1.shelf_id AS TEXT) AS output_1
FROM notes AS notes_1
WHERE notes_1.organization_id = $1::UUID ORDER BY notes_1.id ASC
 LIMIT $2::INTEGER;

SELECT CAST(books_1.id AS TEXT) AS output_0, books_1.title AS output_1
FROM books AS books_1
WHERE books_1.organization_id = $1::UUID AND books_1.id = ANY ($2::UUID[]);

SELECT CAST(shelves_1.id AS TEXT) AS output_0, shelves_1.label AS output_1
FROM shelves AS shelves_1
WHERE shelves_1.organization_id = $1::UUID AND shelves_1.id = ANY ($2::UUID[]);
