SELECT books_1.organization_id, books_1.id, books_1.shelf_id, books_1.author_id, books_1.parent_id, books_1.title, books_1.summary, books_1.pages, books_1.place_in_row, books_1.price, books_1.cost, books_1.genre, books_1.lent, books_1.published_at, books_1.created_at, books_1.updated_at, books_1.version, books_1.id AS place_0
FROM books AS books_1
WHERE books_1.organization_id = $1::UUID AND (books_1.pages < $2::INTEGER AND books_1.pages >= $3::INTEGER OR (books_1.summary ILIKE $4::VARCHAR ESCAPE '/') IS NOT true) AND books_1.genre = ANY ($5::VARCHAR[]) AND (EXISTS (SELECT 1
FROM shelves AS shelves_1
WHERE shelves_1.organization_id = $1::UUID AND shelves_1.id = books_1.shelf_id AND shelves_1.label LIKE $6::VARCHAR ESCAPE '/')) AND books_1.author_id IS NOT NULL AND NOT (EXISTS (SELECT 1
FROM books AS books_2
WHERE books_2.organization_id = $1::UUID AND books_2.parent_id = books_1.id AND (books_2.price IS DISTINCT FROM $7::NUMERIC) IS NOT true)) AND (EXISTS (SELECT 1
FROM tags AS tags_1 JOIN book_tags AS book_tags_1 ON book_tags_1.organization_id = $1::UUID AND book_tags_1.tag_id = tags_1.id
WHERE tags_1.organization_id = $1::UUID AND book_tags_1.book_id = books_1.id AND tags_1.word = $8::VARCHAR)) AND NOT (EXISTS (SELECT 1
FROM tags AS tags_2 JOIN book_tags AS book_tags_2 ON book_tags_2.organization_id = $1::UUID AND book_tags_2.tag_id = tags_2.id
WHERE tags_2.organization_id = $1::UUID AND book_tags_2.book_id = books_1.id AND tags_2.word = $9::VARCHAR)) ORDER BY books_1.id ASC
 LIMIT $10::INTEGER;
