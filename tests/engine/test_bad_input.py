"""Invalid arguments: refused without a statement, with the path of the argument."""

from typing import Any

import pytest

from tests.engine.datasets import Libraries
from tests.engine.toy.types import READER
from tests.engine.toy_api import Toy, viewer_of

BOOKS = """query ($filter: BookFilter, $orderBy: [BookOrderBy!], $first: Int, $last: Int) {
    books(filter: $filter, orderBy: $orderBy, first: $first, last: $last) { totalCount nodes { id } } }"""
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
MANY = [{"pages": {"eq": 1}}] * 201


def nested(depth: int, combinator: str = "not") -> dict[str, Any]:
    """Return a filter of this depth."""
    made: dict[str, Any] = {"pages": {"eq": 1}}
    for _ in range(depth - 1):
        made = {combinator: made} if combinator in ("not", "parent") else {combinator: [made]}
    return made


async def refuse(toy: Toy, libraries: Libraries, query: str, path: list[Any], **variables: Any) -> Any:
    """Assert that the query is refused as bad input without a statement. Return the violated limit, or None."""
    error = await toy.refuse(query, libraries.id("large"), **variables)
    limit = error.pop("valueLimit", None)
    assert error == {"code": "BAD_USER_INPUT", "argumentPath": path}
    assert toy.statements == []
    return limit


@pytest.mark.parametrize("id", ["", "1", "nonsense", "00000000-0000-0000-0000-00000000000", "0" * 33, "ä" * 32, "%s"])
async def test_an_invalid_id_is_refused(toy: Toy, libraries: Libraries, id: str) -> None:
    await refuse(toy, libraries, "query ($id: ID!) { book(id: $id) { id } }", ["id"], id=id)
    await refuse(toy, libraries, "query ($id: ID!) { node(id: $id) { id } }", ["id"], id=id)
    await refuse(toy, libraries, BOOKS, ["filter", "authorId", "in", 0], filter={"authorId": {"in": [id]}})
    await refuse(toy, libraries, BOOKS, ["filter", "not", "id", "eq"], filter={"not": {"id": {"eq": id}}})


async def test_an_entry_that_is_no_id_leaves_the_other_records(toy: Toy, libraries: Libraries) -> None:
    first, second = (str(book["id"]) for book in libraries.rows("large")["books"][:2])
    response = await toy.respond(NODES, libraries.id("large"), ids=[first, "nonsense", second, ""])
    assert response.body["data"] == {"nodes": [{"id": first}, None, {"id": second}, None]}
    assert [(error["path"], error["extensions"]) for error in response.body["errors"]] == [
        (["nodes", index], {"code": "BAD_USER_INPUT", "argumentPath": ["ids", index]}) for index in (1, 3)
    ]


@pytest.mark.parametrize("name", ["book", "node"])
async def test_an_argument_that_is_no_id_leaves_the_other_fields(toy: Toy, libraries: Libraries, name: str) -> None:
    query = f'{{ {name}(id: "nonsense") {{ id }} greeting }}'
    response = await toy.respond(query, libraries.id("large"))
    assert response.body["data"] == {name: None, "greeting": "Welcome."}
    assert response.codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    "filter",
    [
        {"pages": None},
        {"not": None},
        {"and": None},
        {"or": None},
        {"and": [{"author": None}]},
        {"tags": None},
        {"tags": {"every": None}},
        {"author": {"name": None}},
    ],
    ids=str,
)
async def test_null_in_place_of_a_part_of_a_filter_counts_as_omitted(
    toy: Toy, libraries: Libraries, filter: dict[str, Any]
) -> None:
    expected = len([book for book in libraries.rows("large")["books"] if "author" not in filter or book["author_id"]])
    assert (await toy.fetch(BOOKS, libraries.id("large"), filter=filter))["books"]["totalCount"] == expected


VARIABLES = """query ($id: ID!, $first: Int, $title: String, $in: BookFilter! = {}, $yes: Boolean = true) {
    book(id: $id) { id } books(first: $first, filter: {and: [{title: {eq: $title}}, $in]}) {
        totalCount @include(if: $yes) } }"""


@pytest.mark.parametrize(
    ("variables", "path"),
    [
        ({"id": 5.5}, ["id"]),
        ({}, ["id"]),
        ({"id": None}, ["id"]),
        ({"id": "1", "first": "many"}, ["first"]),
        ({"id": "1", "first": 2**40}, ["first"]),
        ({"id": "1", "title": 5}, ["filter", "and", 0, "title", "eq"]),
        ({"id": "1", "title": "a\0b"}, ["filter", "and", 0, "title", "eq"]),
        ({"id": "1", "in": {"pages": {"in": [1, "two"]}}}, ["filter", "and", 1, "pages", "in", 1]),
        ({"id": "1", "in": {"pages": {"equals": 1}}}, ["filter", "and", 1, "pages"]),
        ({"id": "1", "in": {"title": {"in": ["a", "b\0"]}}}, ["filter", "and", 1, "title", "in", 1]),
        ({"id": "1", "yes": "no"}, ["if"]),
    ],
    ids=str,
)
async def test_an_invalid_variable_is_located_at_its_argument(
    toy: Toy, libraries: Libraries, variables: dict[str, Any], path: list[Any]
) -> None:
    error = await toy.refuse(VARIABLES, libraries.id("large"), **variables)
    assert error == {"code": "BAD_USER_INPUT", "argumentPath": path}


async def test_each_invalid_part_of_a_variable_is_located(toy: Toy, libraries: Libraries) -> None:
    filter = {"pages": {"eq": "one"}, "not": {"placeInRow": {"in": [1, 2, "three"]}}}
    response = await toy.respond(BOOKS, libraries.id("large"), filter=filter, first="many")
    messages = {error["message"]: error["extensions"]["argumentPath"] for error in response.body["errors"]}
    assert sorted(messages.values(), key=str) == [
        ["filter", "not", "placeInRow", "in", 2],
        ["filter", "pages", "eq"],
        ["first"],
    ]
    assert all(str(path[-1]) in message or path == ["first"] for message, path in messages.items())


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ("filter: {pages: {in: [1, $n]}}", ["filter", "pages", "in", 1]),
        ("filter: {and: [{pages: {in: [$n]}}]}", ["filter", "and", 0, "pages", "in", 0]),
    ],
)
async def test_a_null_variable_in_a_place_that_takes_no_null_is_located(
    toy: Toy, libraries: Libraries, arguments: str, path: list[Any]
) -> None:
    query = f"query ($n: Int = 1) {{ books({arguments}) {{ totalCount }} }}"
    assert await toy.refuse(query, libraries.id("large"), n=None) == {"code": "BAD_USER_INPUT", "argumentPath": path}


async def test_a_variable_that_is_used_in_a_fragment_is_located_there(toy: Toy, libraries: Libraries) -> None:
    query = "query ($n: Int) { ...F } fragment F on Query { books(last: $n) { totalCount } }"
    error = await toy.refuse(query, libraries.id("large"), n="many")
    assert error == {"code": "BAD_USER_INPUT", "argumentPath": ["last"]}


@pytest.mark.parametrize(
    ("sizes", "path"),
    [
        ({"first": -1}, ["first"]),
        ({"first": 1001}, ["first"]),
        ({"last": -1}, ["last"]),
        ({"last": 1001}, ["last"]),
        ({"first": 1, "last": 1}, ["last"]),
        ({"first": 2**31 - 1}, ["first"]),
    ],
)
async def test_an_invalid_page_size_is_refused(
    toy: Toy, libraries: Libraries, sizes: dict[str, int], path: list[Any]
) -> None:
    limit = None if len(sizes) == 2 else {"minimum": 0, "maximum": 1000}
    assert await refuse(toy, libraries, BOOKS, path, **sizes) == limit


async def test_too_many_ids_are_refused(toy: Toy, libraries: Libraries) -> None:
    limit = await refuse(toy, libraries, NODES, ["ids"], ids=[str(libraries.id("large"))] * 1001)
    assert limit == {"maxItems": 1000}


@pytest.mark.parametrize(
    ("filter", "path"),
    [
        (nested(6), ["not"] * 5),
        (nested(6, "parent"), ["parent"] * 5),
        (nested(6, "and"), ["and", 0] * 5),
        ({"tags": {"some": {"books": {"none": nested(4)}}}}, ["tags", "some", "books", "none", "not", "not", "not"]),
        ({"or": MANY}, ["or"]),
        ({"pages": {"in": [1] * 201}}, ["pages", "in"]),
        ({"pages": {"nin": [1] * 201}}, ["pages", "nin"]),
        ({"pages": {"eq": None}}, ["pages", "eq"]),
        ({"pages": {"isNull": None}}, ["pages", "isNull"]),
        ({"pages": {"in": None}}, ["pages", "in"]),
    ],
)
async def test_an_invalid_filter_is_refused(toy: Toy, libraries: Libraries, filter: Any, path: list[Any]) -> None:
    await refuse(toy, libraries, BOOKS, ["filter", *path], filter=filter)


async def test_a_filter_of_too_many_conditions_is_refused(toy: Toy, libraries: Libraries) -> None:
    """Ten lists of 200 conditions: each is below the limit, all together exceed it."""
    path = ["filter", "or", 2, "or", 98]
    await refuse(toy, libraries, BOOKS, path, filter={"or": [{"or": MANY[:200]}] * 10})


async def test_the_largest_filter_is_accepted(toy: Toy, libraries: Libraries) -> None:
    for filter in (nested(5), nested(5, "and"), {"or": MANY[:200]}, {"pages": {"in": [1] * 200}}):
        await toy.fetch(BOOKS, libraries.id("small"), filter=filter)


@pytest.mark.parametrize(
    ("order", "path"),
    [
        ([{"title": {}}] * 9, []),
        (
            [{"title": {}}, {"parent": {"parent": {"parent": {"parent": {"parent": {"title": {}}}}}}}],
            [1, *["parent"] * 5],
        ),
    ],
)
async def test_an_invalid_order_is_refused(toy: Toy, libraries: Libraries, order: Any, path: list[Any]) -> None:
    limit = await refuse(toy, libraries, BOOKS, ["orderBy", *path], orderBy=order)
    assert limit == (None if path else {"maxItems": 8})


@pytest.mark.parametrize(
    "order",
    [[{}], [{"title": {}, "pages": {}}], [{"title": None}], [None], [{"title": {"direction": None}}], [{"title": 1}]],
)
async def test_an_order_of_no_several_or_null_keys_is_refused(toy: Toy, libraries: Libraries, order: Any) -> None:
    response = await toy.respond(BOOKS, libraries.id("large"), orderBy=order)
    assert response.codes == ["BAD_USER_INPUT"]
    assert toy.statements == []


@pytest.mark.parametrize(
    ("argument", "path"),
    [
        ('filter: {cost: {eq: "1"}}', ["filter", "cost"]),
        ("filter: {cost: {isNull: true}}", ["filter", "cost"]),
        ('filter: {not: {volumes: {some: {cost: {gt: "1"}}}}}', ["filter", "not", "volumes", "some", "cost"]),
        ("filter: {parent: {cost: {}}}", ["filter", "parent", "cost"]),
        ("orderBy: [{cost: {}}]", ["orderBy", 0, "cost"]),
        ("orderBy: [{title: {}}, {parent: {cost: {direction: DESC}}}]", ["orderBy", 1, "parent", "cost"]),
    ],
)
async def test_restricted_columns_cannot_be_filtered_or_ordered_by(
    toy: Toy, libraries: Libraries, argument: str, path: list[Any]
) -> None:
    query, reader = f"{{ books({argument}) {{ nodes {{ cost }} }} }}", viewer_of(libraries.id("large"), READER)
    assert await toy.refuse(query, reader) == {"code": "FORBIDDEN", "argumentPath": path}
    assert toy.statements == []
    await toy.fetch(query, libraries.id("large"))


async def test_restricted_columns_are_null(toy: Toy, libraries: Libraries) -> None:
    query, reader = "{ books { nodes { cost } } }", viewer_of(libraries.id("large"), READER)
    assert {book["cost"] for book in (await toy.fetch(query, reader))["books"]["nodes"]} == {None}
    assert {book["cost"] for book in (await toy.fetch(query, libraries.id("large")))["books"]["nodes"]} > {None}
