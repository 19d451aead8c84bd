SELECT books_1.title AS output_0, books_1.version AS output_1, books_2.title AS output_2, books_2.version AS output_3
FROM books AS books_1 LEFT OUTER JOIN books AS books_2 ON books_2.organization_id = $1::UUID AND books_2.id = books_1.parent_id
WHERE books_1.organization_id = $1::UUID ORDER BY books_1.id ASC
 LIMIT $2::INTEGER;
