SELECT books_1.id AS place_0
FROM books AS books_1
WHERE books_1.organization_id = $1::UUID AND (books_1.id) > ($2::UUID) ORDER BY books_1.id ASC
 LIMIT $3::INTEGER;
