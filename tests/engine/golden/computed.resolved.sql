SELECT books_1.organization_id, books_1.id, books_1.shelf_id, books_1.author_id, books_1.parent_id, books_1.title, books_1.summary, books_1.pages, books_1.place_in_row, books_1.price, books_1.cost, books_1.genre, books_1.lent, books_1.published_at, books_1.created_at, books_1.updated_at, books_1.version, books_1.id AS place_0
FROM books AS books_1
WHERE books_1.organization_id = $1::UUID ORDER BY books_1.id ASC
 LIMIT $2::INTEGER;

SELECT books.organization_id, books.id, books.shelf_id, books.author_id, books.parent_id, books.title, books.summary, books.pages, books.place_in_row, books.price, books.cost, books.genre, books.lent, books.published_at, books.created_at, books.updated_at, books.version
FROM books
WHERE books.organization_id = $1::UUID AND books.id = ANY ($2::UUID[]);
