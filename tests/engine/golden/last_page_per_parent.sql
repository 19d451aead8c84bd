SELECT CAST(shelves_1.id AS TEXT) AS output_0
FROM shelves AS shelves_1
WHERE shelves_1.organization_id = $1::UUID ORDER BY shelves_1.id DESC
 LIMIT $2::INTEGER;

SELECT keys.number, page.output_0
FROM unnest(CAST(string_to_array($1::VARCHAR, ',') AS UUID[])) WITH ORDINALITY AS keys(key, number) JOIN LATERAL (SELECT books_1.title AS output_0
FROM books AS books_1
WHERE books_1.organization_id = $2::UUID AND books_1.shelf_id = keys.key ORDER BY books_1.pages DESC NULLS LAST, books_1.id DESC
 LIMIT $3::INTEGER) AS page ON true;
