SELECT NULL AS anon_1, count(*) AS count_1
FROM books AS books_1
WHERE books_1.organization_id = $1::UUID;

SELECT shelves_1.organization_id, shelves_1.id, shelves_1.label, shelves_1.height, shelves_1.created_at, shelves_1.updated_at, shelves_1.id AS place_0
FROM shelves AS shelves_1
WHERE shelves_1.organization_id = $1::UUID ORDER BY shelves_1.id ASC
 LIMIT $2::INTEGER;

SELECT books_1.shelf_id, count(*) AS count_1
FROM books AS books_1
WHERE books_1.organization_id = $1::UUID AND books_1.lent = $2::BOOLEAN AND books_1.shelf_id = ANY ($3::UUID[]) GROUP BY books_1.shelf_id;
