"""Values of variables: whatever a client sends, plans accept, refuse and coerce it as graphql-core does."""

from typing import Any

import pytest

from tests.engine.asking import viewer_of
from tests.engine.libraries import library
from tests.plan.both import Both

BOOK = str(library("large").rows["books"][0]["id"])
LARGE = viewer_of(library("large").organization)
LIST = "{ books(%s) { totalCount nodes { id } } }"
QUERIES = {
    "size": f"query ($v: Int) {LIST % 'first: $v'}",
    "a size with a default": f"query ($v: Int = 2) {LIST % 'first: $v'}",
    "needed size": f"query ($v: Int!) {LIST % 'first: $v'}",
    "ids": "query ($v: [ID!]!) { nodes(ids: $v) { id } }",
    "ids that may be null": "query ($v: [ID!]) { nodes(ids: $v) { id } }",
    "filter": f"query ($v: BookFilter) {LIST % 'first: 2, filter: $v'}",
    "part of a filter": "query ($v: BookFilter!) " + LIST % "first: 2, filter: {and: [$v]}",
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
CASES += [(name, value) for name in ("ids", "ids that may be null") for value in IDS]
CASES += [(name, value) for name in ("filter", "part of a filter") for value in FILTERS]
CASES += [("order", value) for value in ORDERS]


@pytest.mark.parametrize("name", QUERIES)
async def test_a_value_is_what_graphql_core_makes_of_it(both_toys: Both, name: str) -> None:
    for value in [value for kind, value in CASES if kind == name]:
        await both_toys.ask(QUERIES[name], LARGE, v=value)


@pytest.mark.parametrize("name", QUERIES)
async def test_a_value_that_is_missing_is_what_graphql_core_makes_of_it(both_toys: Both, name: str) -> None:
    await both_toys.ask(QUERIES[name], LARGE)
    await both_toys.ask(QUERIES[name], LARGE, w=1)


async def test_right_values_find_rows(both_toys: Both) -> None:
    for name, value in (("size", 1), ("filter", {"genre": {"in": "NOVEL"}}), ("order", {"title": {}})):
        planned, _ = await both_toys.ask(QUERIES[name], LARGE, v=value)
        assert planned.body["data"]["books"]["nodes"]
