"""Lists of one key each that are asked for alike in several root fields: one statement reads all of them."""

from typing import Any

import pytest

from tests.engine.asking import viewer_of
from tests.engine.libraries import library
from tests.plan.both import Both

LARGE = viewer_of(library("large").organization)
BOOKS = library("large").rows["books"]
SHELVES = [*dict.fromkeys(str(book["shelf_id"]) for book in BOOKS)]
NO_ID, NO_SHELF = "x", str(LARGE.organization_id)
NODES = "{ nodes { title notes(first: 1) { nodes { id } } } }"
EDGES = "{ edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } totalCount }"


def alike(shown: str, *filters: str, more: str = "", count: int = 5, kind: str = "ID!") -> str:
    """A query of lists that differ in variables alone."""
    filtered = [
        f"l{index}: books(filter: {filters[index % len(filters)].replace('$v', f'$v{index}')}{more}) {shown}"
        for index in range(count)
    ]
    return f"query ({', '.join(f'$v{index}: {kind}' for index in range(count))}) {{ {' '.join(filtered)} }}"


def given(*values: Any) -> dict[str, Any]:
    return {f"v{index}": value for index, value in enumerate(values)}


KEYED = "{shelfId: {eq: $v}}"


async def test_lists_that_differ_in_their_keys_are_read_together(both_toys: Both) -> None:
    for shown, statements in ((NODES, 2), (EDGES, 2)):
        query = alike(shown, KEYED, more=", first: 2")
        for keys in (SHELVES[:5], SHELVES[1:6], SHELVES[:1] * 5):
            planned, _ = await both_toys.ask(query, LARGE, **given(*keys))
            assert len(planned.statements) == statements
    query = alike(NODES, KEYED, more=", first: 2").replace("notes(first: 1) { nodes { id } }", "")
    planned, resolved = await both_toys.ask(query, LARGE, **given(*SHELVES[:5]))
    assert (len(planned.statements), len(resolved.statements)) == (1, 5)


async def test_lists_that_differ_in_more_are_read_on_their_own(both_toys: Both) -> None:
    lists = [
        f'books(filter: {{shelfId: {{eq: "{SHELVES[0]}"}}}}, first: 2) {NODES}',
        f'books(filter: {{shelfId: {{eq: "{SHELVES[0]}"}}}}, first: 1) {NODES}',
        f'books(filter: {{shelfId: {{eq: "{SHELVES[1]}"}}}}, last: 2) {NODES}',
        f'books(filter: {{shelfId: {{eq: "{SHELVES[1]}"}}, pages: {{gt: 3}}}}, first: 2) {NODES}',
        f'books(filter: {{shelfId: {{eq: "{SHELVES[1]}"}}, pages: {{gt: 30}}}}, first: 2) {NODES}',
        f'books(filter: {{shelfId: {{eq: "{SHELVES[2]}"}}}}, first: 2, orderBy: {{title: {{}}}}) {NODES}',
        f'books(filter: {{shelfId: {{eq: "{SHELVES[2]}", neq: "{SHELVES[2]}"}}}}, first: 2) {NODES}',
        f'books(filter: {{not: {{shelfId: {{eq: "{SHELVES[2]}"}}}}}}, first: 2) {NODES}',
        f'books(filter: {{id: {{eq: "{BOOKS[0]["id"]}"}}, genre: {{isNull: false}}}}) {NODES}',
    ]
    for _ in range(2):
        await both_toys.ask(f"{{ {' '.join(f'l{index}: {each}' for index, each in enumerate(lists))} }}", LARGE)
    for more in (", first: 2", ", first: 1", ", last: 1", ", orderBy: {title: {direction: DESC}}"):
        await both_toys.ask(
            alike(EDGES, KEYED, "{shelfId: {eq: $v}, pages: {gt: 3}}", more=more), LARGE, **given(*SHELVES)
        )


@pytest.mark.parametrize("wrong", [NO_ID, NO_SHELF, None, ""])
async def test_a_key_that_is_refused_is_an_error_of_its_field_alone(both_toys: Both, wrong: str | None) -> None:
    query = alike(NODES, KEYED, kind="ID")
    for place in range(3):
        keys: list[str | None] = [*SHELVES[:5]]
        keys[place] = wrong
        await both_toys.ask(query, LARGE, **given(*keys))
    planned, _ = await both_toys.ask(query, LARGE, v0=SHELVES[0], v2=wrong)  # the others are missing
    assert bool(planned.errors) is (wrong != NO_SHELF)
