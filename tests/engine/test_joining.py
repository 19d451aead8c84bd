"""Joins and lookups by key of related rows: different statements, equal responses."""

import pytest
from graphql import parse, visit

from graphql_app.plan.selection import CLASSES, PlanVariables, size_class
from tests.engine.datasets import Libraries
from tests.engine.toy_api import Toy
from tests.support.execution_modes import by_mode

pytestmark = pytest.mark.both_modes

AUTHORS = "query ($first: Int) { books(first: $first) { nodes { title author { name } shelf { label } } } }"
FEW, MANY = 200, 201
"""Largest number of rows to which others are joined, and one more."""


@pytest.mark.parametrize("first", [FEW, MANY])
async def test_related_rows_are_joined_up_to_a_limit_and_looked_up_beyond(
    toy: Toy, libraries: Libraries, first: int
) -> None:
    for _ in range(2):
        await toy.fetch(AUTHORS, libraries.id("large"), first=first)
        assert len(toy.statements) == by_mode(planned=1 if first == FEW else 3, resolved=3)
    await toy.fetch(AUTHORS.replace("$first)", f"{first})").replace("($first: Int)", ""), libraries.id("large"))
    assert len(toy.statements) == by_mode(planned=1 if first == FEW else 3, resolved=3)


async def test_joins_and_lookups_give_the_same_answer(toy: Toy, libraries: Libraries) -> None:
    few, many = [
        (await toy.fetch(AUTHORS, libraries.id("large"), first=first))["books"]["nodes"] for first in (FEW, MANY)
    ]
    assert few == many[:FEW]
    assert any(book["author"] is None for book in few)
    assert any(book["author"] for book in few)


async def test_the_default_page_size_is_below_the_limit(toy: Toy, libraries: Libraries) -> None:
    for variables in ({}, {"first": None}):
        await toy.fetch(AUTHORS, libraries.id("large"), **variables)
        assert len(toy.statements) == by_mode(planned=1, resolved=3)


@pytest.mark.parametrize(("first", "planned"), [(10, 2), (11, 3)])
async def test_rows_of_all_parents_count_toward_the_limit(
    toy: Toy, libraries: Libraries, first: int, planned: int
) -> None:
    query = f"{{ shelves(first: 20) {{ nodes {{ books(last: {first}) {{ nodes {{ author {{ name }} }} }} }} }} }}"
    await toy.fetch(query, libraries.id("large"))
    assert len(toy.statements) == by_mode(planned=planned, resolved=3)


async def test_distinct_looked_up_rows_have_joins(toy: Toy, libraries: Libraries) -> None:
    query = "{ books(first: 1000) { nodes { parent { title shelf { label organization { name } } } } } }"
    await toy.fetch(query, libraries.id("large"))
    assert len(toy.statements) == by_mode(planned=2, resolved=4)


@pytest.mark.parametrize(("first", "planned"), [(2, 3), (3, 4)])
async def test_lists_of_looked_up_rows_count_toward_the_limit(
    toy: Toy, libraries: Libraries, first: int, planned: int
) -> None:
    inner = f"shelf {{ books(first: {first}) {{ nodes {{ author {{ name }} }} }} }}"
    await toy.fetch(f"{{ books(first: 100) {{ nodes {{ {inner} }} }} }}", libraries.id("large"))
    assert len(toy.statements) == by_mode(planned=planned, resolved=4)


async def test_rows_with_further_statements_are_looked_up(toy: Toy, libraries: Libraries) -> None:
    await toy.fetch(
        "{ books(first: 5) { nodes { author { name books(first: 1) { nodes { id } } } } } }", libraries.id("large")
    )
    assert len(toy.statements) == 3


def test_page_sizes_have_classes() -> None:
    assert [size_class(size) for size in (0, 10, 11, 200, 201, 5_000, None)] == [10, 10, 50, 200, 1_000, 1_000, 50]
    assert FEW in CLASSES


def test_only_variables_of_page_sizes_are_collected() -> None:
    document = parse(
        "query ($a: Int, $b: Int, $c: String) { t(first: $a, after: $c) { u(last: $b) v(first: 3, x: $c) } }"
    )
    found = PlanVariables()
    visit(document, found)
    assert found.sizes == {"a", "b"}
