"""A kind of field that one module declares: plans and resolvers agree on it, and no other module knows it."""

import pytest

from tests.engine.datasets import library
from tests.engine.toy.initials import initial_of
from tests.engine.toy_api import viewer_of
from tests.plan.differential import Both

LARGE = library("large")
OWNER = viewer_of(LARGE.organization)
SUMMARIES = {str(book["id"]): book["summary"] for book in LARGE.rows["books"]}


async def test_its_value_is_read_with_the_row(both_toys: Both) -> None:
    planned, resolved = await both_toys.fetch("{ books(first: 8) { nodes { id initial } } }", OWNER)
    nodes = planned.body["data"]["books"]["nodes"]
    assert [node["initial"] for node in nodes] == [initial_of(SUMMARIES[node["id"]]) for node in nodes]
    assert {None} < {node["initial"] for node in nodes}
    assert planned.fell_back is None
    assert (len(planned.statements), len(resolved.statements)) == (1, 1)


async def test_its_row_is_joined(both_toys: Both) -> None:
    planned, _ = await both_toys.fetch("{ books(first: 8) { nodes { title parent { initial } } } }", OWNER)
    (statement,) = planned.statements
    assert "JOIN books" in statement


@pytest.mark.parametrize("letter", sorted({initial_of(text) or "" for text in SUMMARIES.values()} - {""}))
async def test_lists_are_filtered_by_it(both_toys: Both, letter: str) -> None:
    query = "query ($letter: String) { books(filter: { initial: $letter }) { totalCount nodes { initial } } }"
    planned, _ = await both_toys.fetch(query, OWNER, letter=letter)
    expected = sum(initial_of(text) == letter for text in SUMMARIES.values())
    books = planned.body["data"]["books"]
    assert books["totalCount"] == expected > 0
    assert {node["initial"] for node in books["nodes"]} == {letter}


async def test_lists_are_sorted_by_it(both_toys: Both) -> None:
    query = "query ($after: String) {{ books(first: 8, after: $after, orderBy: {{ {} {{ nulls: FIRST }} }}) {{ {} }} }}"
    selection = "edges { cursor node { id } }"
    planned, _ = await both_toys.fetch(query.format("initial:", selection), OWNER)
    by_column, _ = await both_toys.fetch(query.format("summary:", selection), OWNER)
    assert planned.body == by_column.body
    edges = planned.body["data"]["books"]["edges"]
    rest, _ = await both_toys.fetch(query.format("initial:", selection), OWNER, after=edges[2]["cursor"])
    assert rest.body["data"]["books"]["edges"][:5] == edges[3:]
