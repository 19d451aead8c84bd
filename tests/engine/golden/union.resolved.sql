SELECT notes_1.organization_id, notes_1.id, notes_1.body, notes_1.book_id, notes_1.shelf_id, notes_1.created_at, notes_1.updated_at, notes_1.id AS place_0
FROM notes AS notes_1
WHERE notes_1.organization_id = $1::UUID ORDER BY notes_1.id ASC
 LIMIT $2::INTEGER;

SELECT books.organization_id, books.id, books.shelf_id, books.author_id, books.parent_id, books.title, books.summary, books.pages, books.place_in_row, books.price, books.cost, books.genre, books.lent, books.published_at, books.created_at, books.updated_at, books.version
FROM books
WHERE books.organization_id = $1::UUID AND books.id = ANY ($2::UUID[]);

SELECT shelves.organization_id, shelves.id, shelves.label, shelves.height, shelves.created_at, shelves.updated_at
FROM shelves
WHERE shelves.organization_id = $1::UUID AND shelves.id = ANY ($2::UUID[]);
