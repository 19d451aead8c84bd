SELECT books_1.title AS output_0
FROM books AS books_1
WHERE books_1.organization_id = $1::UUID ORDER BY books_1.id ASC
 LIMIT $2::INTEGER;
