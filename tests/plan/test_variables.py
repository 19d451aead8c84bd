"""Values of variables: plans accept, refuse and coerce them like graphql-core."""

from typing import Any
from unittest.mock import Mock

import pytest

from graphql_app.strawberry_adapter import converted_arguments
from tests.engine.datasets import library
from tests.engine.toy_api import viewer_of
from tests.plan.differential import Both

BOOK = str(library("large").rows["books"][0]["id"])
LARGE = viewer_of(library("large").organization)
LIST = "{ books(%s) { totalCount nodes { id } } }"
QUERIES = {
    "size": f"query ($v: Int) {LIST % 'first: $v'}",
    "a size with a default": f"query ($v: Int = 2) {LIST % 'first: $v'}",
    "required size": f"query ($v: Int!) {LIST % 'first: $v'}",
    "ids": "query ($v: [ID!]!) { nodes(ids: $v) { id } }",
    "nullable ids": "query ($v: [ID!]) { nodes(ids: $v) { id } }",
    "filter": f"query ($v: BookFilter) {LIST % 'first: 2, filter: $v'}",
    "part of a filter": "query ($v: BookFilter!) " + LIST % "first: 2, filter: {and: [$v]}",
    "id in a filter": f"query ($v: ID) {LIST % 'first: 2, filter: {id: {eq: $v}}'}",
    "prefix of a string": f'query ($v: String = "B") {LIST % "first: 2, filter: {title: {startsWith: $v}}"}',
    "number in a filter": f"query ($v: Int) {LIST % 'first: 2, filter: {not: {pages: {gt: $v, isNull: false}}}'}",
    "amount in a filter": f"query ($v: Decimal) {LIST % 'first: 2, filter: {tags: {none: {}}, price: {lt: $v}}'}",
    "values in a filter": f"query ($v: [ID!]) {LIST % 'first: 2, filter: {or: [{id: {in: $v}}, {title: {eq: "x"}}]}'}",
    "item of a list in a filter": f"query ($v: Genre) {LIST % 'first: 2, filter: {genre: {nin: [$v, POEMS]}}'}",
    "boolean in a filter": f"query ($v: Boolean) {LIST % 'first: 2, filter: {price: {isNull: $v}, lent: {eq: $v}}'}",
    "direction": f"query ($v: Direction!) {LIST % 'first: 2, orderBy: {title: {direction: $v}}'}",
    "order": f"query ($v: [BookOrderBy!]) {LIST % 'first: 2, orderBy: $v'}",
    "choice": "query ($v: Boolean!) { tags @include(if: $v) { totalCount } }",
}
ANYTHING: list[Any] = [None, 1, -1, 2**40, 1.0, 1.5, 1e400, "", "1", "x", True, [], {}, [1], [None], [[1]], {"a": 1}]
IDS: list[Any] = [BOOK, [BOOK], [BOOK, BOOK], [BOOK, None], [BOOK, 7], ["x"], [[BOOK]], {"id": BOOK}]
FILTERS: list[Any] = [
    {"pages": {"eq": 10}},
    {"pages": {"eq": 10.0}},
    {"pages": {"eq": "10"}},
    {"pages": {"eq": True}},
    {"pages": {"eq": None}},
    {"pages": {"in": 10}},
    {"pages": {"in": [10, None]}},
    {"pages": {"unknown": 1}},
    {"pages": None},
    {"genre": {"eq": "NOVEL"}},
    {"genre": {"eq": "novel"}},
    {"genre": {"in": "NOVEL"}},
    {"genre": {"in": ["NOVEL", 1]}},
    {"lent": {"eq": 1}},
    {"lent": {"eq": False}},
    {"price": {"gt": 1}},
    {"price": {"gt": "1.5"}},
    {"price": {"gt": "much"}},
    {"publishedAt": {"lt": "2026-03-02T00:00:00Z"}},
    {"publishedAt": {"lt": "yesterday"}},
    {"id": {"eq": BOOK}},
    {"id": {"eq": 7}},
    {"title": {"startsWith": 1}},
    {"and": {"pages": {"gte": 1}}},
    {"and": [None]},
    {"or": []},
    {"not": {"author": {"name": {"eq": "Ann"}}}},
    {"tags": {"some": {"word": {"eq": "word 01"}}}},
    {"unknown": 1},
    {"unknown": 1, "pages": {"eq": "x"}, "genre": {"eq": "y"}},
]
ORDERS: list[Any] = [
    {"title": {}},
    [{"title": {}}, {"pages": {"direction": "DESC"}}],
    [{"title": {}, "pages": {}}],
    [{"title": None}],
    [{"title": {"direction": "UP"}}],
    [{"title": {"direction": None}}],
    [{"pages": {"direction": "DESC", "nulls": "LAST"}}],
    [{"author": {"name": {}}}],
    [{"unknown": {}}],
    [{"title": {}}, None],
]
CASES = [(name, value) for name in QUERIES for value in ANYTHING]
CASES += [(name, value) for name in ("ids", "nullable ids") for value in IDS]
CASES += [(name, value) for name in ("filter", "part of a filter") for value in FILTERS]
CASES += [("order", value) for value in ORDERS]
CASES += [(name, value) for name in ("id in a filter", "values in a filter") for value in IDS]
CASES += [("prefix of a string", value) for value in ("B", "%", "_", "/", "b")]
CASES += [("number in a filter", value) for value in (0, 10, 20, 2**31 - 1, 2**31)]
CASES += [("amount in a filter", value) for value in ("0", "10.50", "-1", "1e40", "9" * 25, "NaN")]
CASES += [("item of a list in a filter", value) for value in ("NOVEL", "POEMS", "novel")]
CASES += [("direction", value) for value in ("ASC", "DESC", "UP")]


@pytest.mark.parametrize("name", QUERIES)
async def test_a_value_is_coerced_like_by_graphql_core(both_toys: Both, name: str) -> None:
    for value in [value for kind, value in CASES if kind == name]:
        await both_toys.fetch(QUERIES[name], LARGE, v=value)


@pytest.mark.parametrize("name", QUERIES)
async def test_a_missing_value_is_coerced_like_by_graphql_core(both_toys: Both, name: str) -> None:
    await both_toys.fetch(QUERIES[name], LARGE)
    await both_toys.fetch(QUERIES[name], LARGE, w=1)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("filter", [{"pages": {"gt": 5}}, {"pages": {"gt": 10}}, {"pages": {"gt": 2}}]),
        ("prefix of a string", ["B", "%", "C"]),
        ("values in a filter", [[BOOK], [str(library("large").organization)], [BOOK]]),
    ],
)
async def test_arguments_that_differ_in_compared_values_are_read_once(
    both_toys: Both, monkeypatch: pytest.MonkeyPatch, name: str, values: list[Any]
) -> None:
    read = Mock(wraps=converted_arguments)
    monkeypatch.setattr("graphql_app.plan.lists.converted_arguments", read)
    for value in values:
        await both_toys.fetch(QUERIES[name].replace("($v:", "once($v:"), LARGE, v=value)
    assert read.call_count == 1


async def test_valid_values_find_rows(both_toys: Both) -> None:
    for name, value in (("size", 1), ("filter", {"genre": {"in": "NOVEL"}}), ("order", {"title": {}})):
        planned, _ = await both_toys.fetch(QUERIES[name], LARGE, v=value)
        assert planned.body["data"]["books"]["nodes"]
