SELECT books_1.organization_id, books_1.id, books_1.shelf_id, books_1.author_id, books_1.parent_id, books_1.title, books_1.summary, books_1.pages, books_1.place_in_row, books_1.price, books_1.cost, books_1.genre, books_1.lent, books_1.published_at, books_1.created_at, books_1.updated_at, books_1.version, books_1.title AS place_0, books_1.pages AS place_1, authors_1.born AS place_2, books_1.id AS place_3
FROM books AS books_1 LEFT OUTER JOIN authors AS authors_1 ON authors_1.organization_id = $1::UUID AND authors_1.id = books_1.author_id
WHERE books_1.organization_id = $1::UUID AND books_1.title <= $2::VARCHAR AND (books_1.title < $3::VARCHAR OR books_1.title = $4::VARCHAR AND books_1.pages IS NOT NULL OR books_1.title = $5::VARCHAR AND books_1.pages IS NULL AND (authors_1.born > $6::TIMESTAMP WITH TIME ZONE OR authors_1.born IS NULL) OR books_1.title = $7::VARCHAR AND books_1.pages IS NULL AND authors_1.born = $8::TIMESTAMP WITH TIME ZONE AND books_1.id > $9::UUID) ORDER BY books_1.title DESC, books_1.pages ASC NULLS FIRST, authors_1.born ASC, books_1.id ASC
 LIMIT $10::INTEGER;

SELECT NULL AS anon_1
WHERE EXISTS (SELECT 1
FROM books AS books_1 LEFT OUTER JOIN authors AS authors_1 ON authors_1.organization_id = $1::UUID AND authors_1.id = books_1.author_id
WHERE books_1.organization_id = $1::UUID AND books_1.title >= $2::VARCHAR AND (books_1.title > $3::VARCHAR OR false OR books_1.title = $4::VARCHAR AND books_1.pages IS NULL AND authors_1.born < $5::TIMESTAMP WITH TIME ZONE OR books_1.title = $6::VARCHAR AND books_1.pages IS NULL AND authors_1.born = $7::TIMESTAMP WITH TIME ZONE AND books_1.id < $8::UUID OR books_1.title = $9::VARCHAR AND books_1.pages IS NULL AND authors_1.born = $10::TIMESTAMP WITH TIME ZONE AND books_1.id = $11::UUID));
