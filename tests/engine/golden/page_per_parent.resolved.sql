SELECT shelves_1.organization_id, shelves_1.id, shelves_1.label, shelves_1.height, shelves_1.created_at, shelves_1.updated_at, shelves_1.id AS place_0
FROM shelves AS shelves_1
WHERE shelves_1.organization_id = $1::UUID ORDER BY shelves_1.id ASC
 LIMIT $2::INTEGER;

SELECT keys.number, page.organization_id, page.id, page.shelf_id, page.author_id, page.parent_id, page.title, page.summary, page.pages, page.place_in_row, page.price, page.cost, page.genre, page.lent, page.published_at, page.created_at, page.updated_at, page.version, page.place_0, page.place_1
FROM unnest(CAST(string_to_array($1::VARCHAR, ',') AS UUID[])) WITH ORDINALITY AS keys(key, number) JOIN LATERAL (SELECT books_1.organization_id AS organization_id, books_1.id AS id, books_1.shelf_id AS shelf_id, books_1.author_id AS author_id, books_1.parent_id AS parent_id, books_1.title AS title, books_1.summary AS summary, books_1.pages AS pages, books_1.place_in_row AS place_in_row, books_1.price AS price, books_1.cost AS cost, books_1.genre AS genre, books_1.lent AS lent, books_1.published_at AS published_at, books_1.created_at AS created_at, books_1.updated_at AS updated_at, books_1.version AS version, books_1.title AS place_0, books_1.id AS place_1
FROM books AS books_1
WHERE books_1.organization_id = $2::UUID AND books_1.shelf_id = keys.key ORDER BY books_1.title DESC, books_1.id DESC
 LIMIT $3::INTEGER) AS page ON true;
