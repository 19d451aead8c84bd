"""Invalid arguments: refused without a statement, with the path of the argument."""

from typing import Any

import pytest

from tests.engine.asking import Toy, viewer_of
from tests.engine.libraries import Libraries
from tests.engine.toy.views import READER

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


async def refuse(toy: Toy, libraries: Libraries, query: str, path: list[Any], **variables: Any) -> None:
    """Assert that the query is refused as bad input without a statement."""
    error = await toy.refuse(query, libraries.id("large"), **variables)
    assert error == {"code": "BAD_USER_INPUT", "argumentPath": path}
    assert toy.statements == []


@pytest.mark.parametrize("id", ["", "1", "nonsense", "00000000-0000-0000-0000-00000000000", "0" * 33, "ä" * 32, "%s"])
async def test_an_invalid_id_is_refused(toy: Toy, libraries: Libraries, id: str) -> None:
    await refuse(toy, libraries, "query ($id: ID!) { book(id: $id) { id } }", ["id"], id=id)
    await refuse(toy, libraries, "query ($id: ID!) { node(id: $id) { id } }", ["id"], id=id)
    await refuse(toy, libraries, NODES, ["ids", 1], ids=[str(libraries.id("large")), id])
    await refuse(toy, libraries, BOOKS, ["filter", "authorId", "in"], filter={"authorId": {"in": [id]}})
    await refuse(toy, libraries, BOOKS, ["filter", "not", "id", "eq"], filter={"not": {"id": {"eq": id}}})


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
    await refuse(toy, libraries, BOOKS, path, **sizes)


async def test_too_many_ids_are_refused(toy: Toy, libraries: Libraries) -> None:
    await refuse(toy, libraries, NODES, ["ids"], ids=[str(libraries.id("large"))] * 1001)


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
        ({"pages": None}, ["pages"]),
        ({"not": None}, ["not"]),
        ({"and": None}, ["and"]),
        ({"and": [{"author": None}]}, ["and", 0, "author"]),
        ({"tags": None}, ["tags"]),
        ({"tags": {"every": None}}, ["tags", "every"]),
        ({"placeInRow": {"gt": 2**15}}, ["placeInRow", "gt"]),
        ({"placeInRow": {"in": [0, -(2**15) - 1]}}, ["placeInRow", "in"]),
        ({"price": {"eq": "0.001"}}, ["price", "eq"]),
        ({"price": {"lt": "1e16"}}, ["price", "lt"]),
        ({"price": {"lt": "-1e29"}}, ["price", "lt"]),
        ({"price": {"in": ["1.00", "0.005"]}}, ["price", "in"]),
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
        await toy.ask(BOOKS, libraries.id("small"), filter=filter)


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
    await refuse(toy, libraries, BOOKS, ["orderBy", *path], orderBy=order)


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
    await toy.ask(query, libraries.id("large"))


async def test_restricted_columns_are_null(toy: Toy, libraries: Libraries) -> None:
    query, reader = "{ books { nodes { cost } } }", viewer_of(libraries.id("large"), READER)
    assert {book["cost"] for book in (await toy.ask(query, reader))["books"]["nodes"]} == {None}
    assert {book["cost"] for book in (await toy.ask(query, libraries.id("large")))["books"]["nodes"]} > {None}
