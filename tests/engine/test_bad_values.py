"""Invalid strings, numbers, amounts and times: refused by their scalar, in variables and in literals."""

from typing import Any

import pytest

from tests.engine.datasets import Libraries
from tests.engine.toy_api import Toy

NULS = ["\0", "a\0b", "\ud800", "a\udfffb"]
MOMENTS = [
    "",
    "now",
    "2026-03-01",
    "2026-03-01T12:00:00",
    "2026-13-01T12:00:00Z",
    "2026-02-30T12:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "10000-01-01T00:00:00Z",
    "infinity",
    0,
    1.5,
    True,
    [],
    {},
]
DECIMALS = ["", "ten", "NaN", "sNaN", "Infinity", "-inf", "1e31", "1e999999999", "1e-31", "1,5", 1.5, True, [], {}]
INTEGERS = [2**31, -(2**31) - 1, 2**63, "1", 1.5, True, float("inf"), [], {}]
BAD = [
    *(("publishedAt", "DateTime", value) for value in MOMENTS),
    *(("price", "Decimal", value) for value in DECIMALS),
    *(("pages", "Int", value) for value in INTEGERS),
    *(("genre", "Genre", value) for value in ["novel", "", 1]),
    *(("lent", "Boolean", value) for value in ["true", 0, 1]),
]


@pytest.mark.parametrize(("column", "scalar", "value"), BAD)
async def test_an_invalid_variable_is_refused(
    toy: Toy, libraries: Libraries, column: str, scalar: str, value: Any
) -> None:
    query = f"query ($value: {scalar}) {{ books(filter: {{{column}: {{eq: $value}}}}) {{ totalCount }} }}"
    response = await toy.respond(query, libraries.id("large"), value=value)
    assert response.codes == ["BAD_USER_INPUT"]
    assert not response.executed
    assert toy.statements == []


@pytest.mark.parametrize(("column", "scalar", "value"), BAD)
async def test_an_invalid_value_inside_a_variable_is_refused(
    toy: Toy, libraries: Libraries, column: str, scalar: str, value: Any
) -> None:
    query = "query ($filter: BookFilter) { books(filter: $filter) { totalCount } }"
    for operator, content in (("eq", value), ("in", [value])):
        response = await toy.respond(query, libraries.id("large"), filter={column: {operator: content}})
        assert response.codes == ["BAD_USER_INPUT"]
        assert toy.statements == []


@pytest.mark.parametrize(
    "literal",
    [
        *(f'publishedAt: {{eq: "{text}"}}' for text in MOMENTS if isinstance(text, str)),
        *(f'price: {{eq: "{text}"}}' for text in DECIMALS if isinstance(text, str)),
        "publishedAt: {eq: 0}",
        "publishedAt: {eq: [1]}",
        "publishedAt: {eq: {a: 1}}",
        "publishedAt: {eq: NOW}",
        "price: {eq: 1.5}",
        "price: {eq: true}",
        "price: {eq: {}}",
        "pages: {eq: 2147483648}",
        "pages: {eq: 1.0}",
        'pages: {eq: "1"}',
        "genre: {eq: novel}",
        'genre: {eq: "NOVEL"}',
        "genre: {eq: NOTHING}",
    ],
)
async def test_an_invalid_literal_is_refused(toy: Toy, libraries: Libraries, literal: str) -> None:
    response = await toy.respond(f"{{ books(filter: {{{literal}}}) {{ totalCount }} }}", libraries.id("large"))
    assert response.codes == ["GRAPHQL_VALIDATION_FAILED"]
    assert toy.statements == []


@pytest.mark.parametrize("text", NULS)
async def test_strings_that_cannot_be_stored_are_refused(toy: Toy, libraries: Libraries, text: str) -> None:
    query = "query ($name: String!, $filter: BookFilter) { ask(name: $name) books(filter: $filter) { totalCount } }"
    error = {"code": "BAD_USER_INPUT", "argumentPath": ["filter", "or", 1, "title", "in", 0]}
    filter = {"or": [{}, {"title": {"in": [text]}}]}
    assert await toy.refuse(query, libraries.id("large"), name="x", filter=filter) == error
    mutation = "mutation ($input: AddBookInput!) { addBook(input: $input) { errors { message } } }"
    error = {"code": "BAD_USER_INPUT", "argumentPath": ["input", "title"]}
    assert await toy.refuse(mutation, libraries.id("large"), input={"title": text, "shelfId": "1"}) == error
    assert toy.statements == []


@pytest.mark.parametrize("escape", ["\\u0000", "\\u{0}", "\\uD800", "a\\u0000b"])
async def test_strings_that_cannot_be_stored_are_refused_as_literals(
    toy: Toy, libraries: Libraries, escape: str
) -> None:
    query = f'{{ books(filter: {{or: [{{}}, {{title: {{in: ["a", "{escape}"]}}}}]}}) {{ totalCount }} }}'
    response = await toy.respond(query, libraries.id("large"))
    if "D800" in escape:  # GraphQL has no such literal
        assert response.codes == ["GRAPHQL_PARSE_FAILED"]
    else:
        (error,) = response.body["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "argumentPath": ["filter", "or", 1, "title", "in", 1]}
    assert toy.statements == []


async def test_a_missing_or_unknown_variable_is_refused(toy: Toy, libraries: Libraries) -> None:
    query = "query ($id: ID!) { book(id: $id) { id } }"
    assert (await toy.respond(query, libraries.id("large"))).codes == ["BAD_USER_INPUT"]
    assert (await toy.respond(query, libraries.id("large"), id=None)).codes == ["BAD_USER_INPUT"]
    filter = {"nonsense": {"eq": 1}}
    query = "query ($filter: BookFilter) { books(filter: $filter) { totalCount } }"
    assert (await toy.respond(query, libraries.id("large"), filter=filter)).codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("levels", [50, 500, 5_000])
async def test_a_deeply_nested_variable_is_refused(toy: Toy, libraries: Libraries, levels: int) -> None:
    query = "query ($filter: BookFilter) { books(filter: $filter) { totalCount } }"
    filter: Any = {"pages": {"eq": 1}}
    for _ in range(levels):
        filter = {"not": filter}
    response = await toy.respond(query, libraries.id("large"), filter=filter)
    assert response.codes == ["BAD_USER_INPUT"]
    assert toy.statements == []


async def test_the_greatest_and_smallest_values_are_accepted(toy: Toy, libraries: Libraries) -> None:
    query = "query ($filter: BookFilter) { books(filter: $filter) { totalCount } }"
    greatest: dict[str, list[Any]] = {
        "pages": [2**31 - 1, -(2**31)],
        "placeInRow": [2**15 - 1, -(2**15)],
        "price": ["9999999999999999.99", "-9999999999999999.99", "0.10000", 7, "1e3", "-0", "0.000"],
        "publishedAt": ["9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "2026-03-01T12:00:00+14:00"],
        "title": ["", "🙂", "'; DROP TABLE books; --", "%s $1 :x", "a" * 100_000],
    }
    for column, values in greatest.items():
        for value in values:
            await toy.fetch(query, libraries.id("large"), filter={column: {"lte": value, "in": [value]}})
