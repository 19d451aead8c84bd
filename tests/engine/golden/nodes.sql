SELECT 0 AS model, organizations.id
FROM organizations
WHERE organizations.id = $1::UUID AND organizations.id = ANY ($2::UUID[]) UNION ALL SELECT 1 AS model, shelves.id
FROM shelves
WHERE shelves.organization_id = $1::UUID AND shelves.id = ANY ($2::UUID[]) UNION ALL SELECT 2 AS model, authors.id
FROM authors
WHERE authors.organization_id = $1::UUID AND authors.id = ANY ($2::UUID[]) UNION ALL SELECT 3 AS model, books.id
FROM books
WHERE books.organization_id = $1::UUID AND books.id = ANY ($2::UUID[]) UNION ALL SELECT 4 AS model, covers.id
FROM covers
WHERE covers.organization_id = $1::UUID AND covers.id = ANY ($2::UUID[]) UNION ALL SELECT 5 AS model, tags.id
FROM tags
WHERE tags.organization_id = $1::UUID AND tags.id = ANY ($2::UUID[]) UNION ALL SELECT 6 AS model, notes.id
FROM notes
WHERE notes.organization_id = $1::UUID AND notes.id = ANY ($2::UUID[]);
