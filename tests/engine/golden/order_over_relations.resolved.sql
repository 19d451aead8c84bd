SELECT books_1.organization_id, books_1.id, books_1.shelf_id, books_1.author_id, books_1.parent_id, books_1.title, books_1.summary, books_1.pages, books_1.place_in_row, books_1.price, books_1.cost, books_1.genre, books_1.lent, books_1.published_at, books_1.created_at, books_1.updated_at, books_1.version, authors_1.name AS place_0, (SELECT count(*) AS count_1
FROM tags AS tags_1 JOIN book_tags AS book_tags_1 ON book_tags_1.organization_id = $1::UUID AND book_tags_1.tag_id = tags_1.id
WHERE tags_1.organization_id = $1::UUID AND book_tags_1.book_id = books_1.id) AS place_1, books_1.id AS place_2
FROM books AS books_1 LEFT OUTER JOIN books AS books_2 ON books_2.organization_id = $1::UUID AND books_2.id = books_1.parent_id LEFT OUTER JOIN authors AS authors_1 ON authors_1.organization_id = $1::UUID AND authors_1.id = books_2.author_id
WHERE books_1.organization_id = $1::UUID ORDER BY authors_1.name ASC, (SELECT count(*) AS count_1
FROM tags AS tags_1 JOIN book_tags AS book_tags_1 ON book_tags_1.organization_id = $1::UUID AND book_tags_1.tag_id = tags_1.id
WHERE tags_1.organization_id = $1::UUID AND book_tags_1.book_id = books_1.id) DESC, books_1.id DESC
 LIMIT $2::INTEGER;
