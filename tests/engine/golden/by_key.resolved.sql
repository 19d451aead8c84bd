SELECT books_1.organization_id, books_1.id, books_1.shelf_id, books_1.author_id, books_1.parent_id, books_1.title, books_1.summary, books_1.pages, books_1.place_in_row, books_1.price, books_1.cost, books_1.genre, books_1.lent, books_1.published_at, books_1.created_at, books_1.updated_at, books_1.version, books_1.id AS place_0
FROM books AS books_1
WHERE books_1.organization_id = $1::UUID ORDER BY books_1.id ASC
 LIMIT $2::INTEGER;

SELECT shelves.organization_id, shelves.id, shelves.label, shelves.height, shelves.created_at, shelves.updated_at
FROM shelves
WHERE shelves.organization_id = $1::UUID AND shelves.id = ANY ($2::UUID[]);

SELECT covers.organization_id, covers.id, covers.book_id, covers.color, covers.created_at, covers.updated_at
FROM covers
WHERE covers.organization_id = $1::UUID AND covers.book_id = ANY ($2::UUID[]);

SELECT authors.organization_id, authors.id, authors.name, authors.born, authors.created_at, authors.updated_at
FROM authors
WHERE authors.organization_id = $1::UUID AND authors.id = ANY ($2::UUID[]);
