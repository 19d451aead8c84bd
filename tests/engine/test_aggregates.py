"""Aggregates over a list: equal to plain SQL over the same rows, for any number of parents in one statement."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine import expected_aggregates as figures
from tests.engine.datasets import Libraries
from tests.engine.examples import examples
from tests.engine.filter_trees import filters_of
from tests.engine.lists import OWNERS
from tests.engine.toy.types import READER
from tests.engine.toy_api import Toy, viewer_of

AGGREGATES = f"aggregates {{ {figures.SELECTION} }}"
ROOT = f"query ($filter: BookFilter) {{ books(filter: $filter) {{ totalCount {AGGREGATES} }} }}"
AGGREGATE_VALUES = f"SELECT {figures.SQL} FROM {{books}}"
CURATED: list[dict[str, Any]] = [
    {},
    {"pages": {"isNull": True}},
    {"title": {"eq": "nothing has this title"}},
    {"or": [{"lent": {"eq": True}}, {"author": {"name": {"eq": "Ann"}}}]},
    {"tags": {"none": {"word": {"startsWith": "word 0"}}}},
]
some_library = st.sampled_from(["large", "large", "large", "small", "single", "empty"])


def nested(owner: str) -> str:
    """Return all parents of a table, each with the aggregates of its books."""
    edge = "books: volumes" if owner == "books" else "books"
    parents = f"{owner}(first: 1000) {{ nodes {{ id {edge}(filter: $filter) {{ {AGGREGATES} }} }} }}"
    return f"query ($filter: BookFilter) {{ parents: {parents} }}"


async def assert_figures(toy: Toy, libraries: Libraries, name: str, filter: dict[str, Any]) -> None:
    """Assert that the aggregates of all books under a filter equal plain SQL."""
    books = (await toy.fetch(ROOT, libraries.id(name), filter=filter))["books"]
    (expected,) = await figures.query(libraries, name, AGGREGATE_VALUES, figures.meant(name, filter))
    assert figures.shown(books["aggregates"]) == expected
    assert books["totalCount"] == expected[0]


async def assert_figures_of_parents(
    toy: Toy, libraries: Libraries, name: str, owner: str, filter: dict[str, Any]
) -> None:
    """Assert that each parent's aggregates equal plain SQL over its books, in one statement for all parents."""
    parents = (await toy.fetch(nested(owner), libraries.id(name), filter=filter))["parents"]["nodes"]
    assert len(toy.statements) == (2 if parents else 1)
    assert len(parents) == len(libraries.rows(name)[owner])
    ids = figures.meant(name, filter)
    for parent in parents:
        (expected,) = await figures.query(libraries, name, AGGREGATE_VALUES, ids, owner, parent["id"])
        assert figures.shown(parent["books"]["aggregates"]) == expected


@examples(40)
@given(name=some_library, filter=filters_of("books", 3))
async def test_aggregates_equal_plain_sql_under_any_filter(
    planned_toy: Toy, libraries: Libraries, name: str, filter: dict[str, Any]
) -> None:
    await assert_figures(planned_toy, libraries, name, filter)


@examples(20)
@given(name=some_library, owner=st.sampled_from(sorted(OWNERS)), filter=filters_of("books", 3))
async def test_each_parent_has_its_own_aggregates_in_one_statement(
    planned_toy: Toy, libraries: Libraries, name: str, owner: str, filter: dict[str, Any]
) -> None:
    await assert_figures_of_parents(planned_toy, libraries, name, owner, filter)


@pytest.mark.parametrize("filter", CURATED)
async def test_aggregates_equal_plain_sql(toy: Toy, libraries: Libraries, filter: dict[str, Any]) -> None:
    await assert_figures(toy, libraries, "large", filter)


@pytest.mark.parametrize("owner", sorted(OWNERS))
async def test_each_parent_has_its_own_aggregates(toy: Toy, libraries: Libraries, owner: str) -> None:
    await assert_figures_of_parents(toy, libraries, "large", owner, {"pages": {"gte": 10}})


async def test_aggregates_of_no_rows_are_null_and_their_count_is_zero(toy: Toy, libraries: Libraries) -> None:
    aggregates = (await toy.fetch(ROOT, libraries.id("empty")))["books"]["aggregates"]
    assert figures.shown(aggregates) == [0] + [None] * len(figures.MEASURED)


@pytest.mark.parametrize("name", ["large", "small"])
async def test_each_level_of_aggregates_takes_one_more_statement(toy: Toy, libraries: Libraries, name: str) -> None:
    """Tags, their books and the aggregates of both, the books' volumes and their aggregates."""
    counted = "aggregates { count sum { pages } }"
    deep = f"{{ tags {{ {counted} nodes {{ books {{ {counted} nodes {{ volumes {{ {counted} }} }} }} }} }} }}"
    await toy.fetch(deep.replace("sum { pages }", "max { word }", 1), libraries.id(name))
    assert len(toy.statements) == 5


@pytest.mark.parametrize("selection", ["count", "count c: count", "sum { pages } min { title } max { title }"])
async def test_all_aggregates_of_a_list_share_a_statement(toy: Toy, libraries: Libraries, selection: str) -> None:
    await toy.fetch(f"{{ books {{ aggregates {{ {selection} }} }} }}", libraries.id("large"))
    assert len(toy.statements) == 1


async def test_aggregates_of_restricted_columns_are_null(toy: Toy, libraries: Libraries) -> None:
    owners, readers = [
        (await toy.fetch(ROOT, viewer))["books"]["aggregates"]
        for viewer in (viewer_of(libraries.id("large")), viewer_of(libraries.id("large"), READER))
    ]
    assert [owners[function].pop("cost") is None for function in figures.FUNCTIONS] == [False] * 4
    assert [readers[function].pop("cost") for function in figures.FUNCTIONS] == [None] * 4
    assert owners == readers
