SELECT books_1.title AS output_0
FROM books AS books_1 LEFT OUTER JOIN books AS books_2 ON books_2.organization_id = $1::UUID AND books_2.id = books_1.parent_id LEFT OUTER JOIN authors AS authors_1 ON authors_1.organization_id = $1::UUID AND authors_1.id = books_2.author_id
WHERE books_1.organization_id = $1::UUID ORDER BY authors_1.name ASC, (SELECT count(*) AS count_1
FROM tags AS tags_1 JOIN book_tags AS book_tags_1 ON book_tags_1.organization_id = $1::UUID AND book_tags_1.tag_id = tags_1.id
WHERE tags_1.organization_id = $1::UUID AND book_tags_1.book_id = books_1.id) DESC, books_1.id DESC
 LIMIT $2::INTEGER;
