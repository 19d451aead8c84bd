"""Filters: exactly the matching rows are found."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.datasets import Libraries
from tests.engine.examples import examples
from tests.engine.filter_oracle import KINDS, matches
from tests.engine.filter_trees import filters_of
from tests.engine.toy_api import Toy

QUERY = "query ($filter: %sFilter) { %s(filter: $filter, first: 1000) { totalCount nodes { id } } }"
NAMES = {"books": "Book", "shelves": "Shelf", "authors": "Author", "tags": "Tag", "covers": "Cover", "notes": "Note"}
libraries_with_rows = st.sampled_from(["large", "large", "small", "single"])


async def found(toy: Toy, libraries: Libraries, name: str, table: str, filter: Any) -> set[str]:
    """Return the ids of a library's rows that the filter finds."""
    data = await toy.fetch(QUERY % (NAMES[table], table), libraries.id(name), filter=filter)
    ids = {node["id"] for node in data[table]["nodes"]}
    assert data[table]["totalCount"] == len(ids)
    return ids


def expected_ids(libraries: Libraries, name: str, table: str, filter: Any) -> set[str]:
    """Return the ids of the matching rows."""
    rows = libraries.rows(name)
    return {str(row["id"]) for row in rows[table] if matches(filter, table, row, rows)}


@examples(60)
@given(name=libraries_with_rows, filter=filters_of("books", 4))
async def test_random_filters_of_books(planned_toy: Toy, libraries: Libraries, name: str, filter: Any) -> None:
    assert await found(planned_toy, libraries, name, "books", filter) == expected_ids(libraries, name, "books", filter)


@examples(25)
@given(data=st.data(), name=libraries_with_rows, table=st.sampled_from(sorted(NAMES)))
async def test_random_filters_of_all_tables(
    planned_toy: Toy, libraries: Libraries, data: st.DataObject, name: str, table: str
) -> None:
    filter = data.draw(filters_of(table, 4))
    assert await found(planned_toy, libraries, name, table, filter) == expected_ids(libraries, name, table, filter)


@examples(25)
@given(filter=filters_of("books", 4))
async def test_not_finds_exactly_the_other_rows(planned_toy: Toy, libraries: Libraries, filter: Any) -> None:
    everything = {str(row["id"]) for row in libraries.rows("large")["books"]}
    those = await found(planned_toy, libraries, "large", "books", filter)
    assert await found(planned_toy, libraries, "large", "books", {"not": filter}) == everything - those


@pytest.mark.parametrize("table", sorted(KINDS))
async def test_null_filters_of_every_column(toy: Toy, libraries: Libraries, table: str) -> None:
    for column in KINDS[table]:
        for answer in (True, False):
            filter = {column: {"isNull": answer}}
            assert await found(toy, libraries, "large", table, filter) == expected_ids(
                libraries, "large", table, filter
            )


@pytest.mark.parametrize("special", ["%", "_", "/", "\\", "a%", "a_", "a/b", "a\\b"])
@pytest.mark.parametrize("operator", ["contains", "containsIgnoreCase", "startsWith"])
async def test_special_characters_of_sql_are_literal(
    toy: Toy, libraries: Libraries, operator: str, special: str
) -> None:
    filter = {"summary": {operator: special}}
    assert await found(toy, libraries, "large", "books", filter) == expected_ids(libraries, "large", "books", filter)


@pytest.mark.parametrize(
    "filter",
    [
        {},
        {"and": []},
        {"or": []},
        {"not": {}},
        {"pages": {}},
        {"pages": {"in": []}},
        {"pages": {"nin": []}},
        {"tags": {}},
        {"tags": {"some": {}}},
        {"tags": {"every": {}}},
        {"tags": {"none": {}}},
        {"author": {}},
        {"volumes": {"every": {"pages": {"gte": 0}}}},
        {"pages": {"gte": 10, "lte": 20, "neq": 20}},
    ],
)
async def test_an_empty_filter_matches_all_and_an_empty_list_none(toy: Toy, libraries: Libraries, filter: Any) -> None:
    assert await found(toy, libraries, "large", "books", filter) == expected_ids(libraries, "large", "books", filter)


async def test_a_filter_applies_to_each_parent(toy: Toy, libraries: Libraries) -> None:
    query = (
        "query ($f: BookFilter) { shelves { nodes { id books(filter: $f, first: 1000) { totalCount nodes { id } } } } }"
    )
    filter = {"tags": {"some": {"books": {"some": {"lent": {"eq": True}}}}}, "pages": {"neq": 10}}
    data = await toy.fetch(query, libraries.id("large"), f=filter)
    expected = expected_ids(libraries, "large", "books", filter)
    for shelf in data["shelves"]["nodes"]:
        own = {str(row["id"]) for row in libraries.rows("large")["books"] if str(row["shelf_id"]) == shelf["id"]}
        assert {node["id"] for node in shelf["books"]["nodes"]} == own & expected
        assert shelf["books"]["totalCount"] == len(own & expected)
