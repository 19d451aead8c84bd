"""Pages of many parents: equal to the page of each parent alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_app.database.connection import PooledConnection
from graphql_app.database.transaction_sql import CUSTOM, GENERIC
from tests.engine.datasets import Libraries, library
from tests.engine.examples import examples
from tests.engine.lists import ARGUMENTS, OWNERS, PAGE, VARIABLES, Books, ids
from tests.engine.orders import Order, filters, orders
from tests.engine.toy_api import Toy

pytestmark = pytest.mark.both_modes


def query_of(owner: str) -> str:
    """Return a query of all parents of a table (its root field has the same name) with a page of books of each."""
    edge = "books: volumes" if owner == "books" else "books"
    parents = f"{owner}(first: 1000) {{ nodes {{ id {edge}({ARGUMENTS}) {{ ...Page }} }} }}"
    return f"query ({VARIABLES}) {{ parents: {parents} }} {PAGE}"


@examples(25)
@given(
    name=st.sampled_from(["large", "large", "small", "single"]),
    owner=st.sampled_from(sorted(OWNERS)),
    order=orders(),
    filter=filters,
    size=st.sampled_from([0, 1, 2, 3, 50]),
    end=st.sampled_from(["first", "last"]),
)
async def test_each_parent_has_its_own_page(
    planned_toy: Toy, libraries: Libraries, name: str, owner: str, order: Order, filter: Any, size: int, end: str
) -> None:
    variables = {"filter": filter[0], "orderBy": order.argument, end: size}
    data = await planned_toy.fetch(query_of(owner), libraries.id(name), **variables)
    parents = {parent["id"]: parent["books"] for parent in data["parents"]["nodes"]}
    assert parents.keys() == {str(row["id"]) for row in library(name).rows[owner]}
    for parent, page in parents.items():
        everything = await Books(name, owner, parent, order, filter).all_ids(libraries)
        assert ids(page) == (everything[:size] if end == "first" else everything[max(0, len(everything) - size) :])
        assert page["totalCount"] == len(everything)
        assert page["pageInfo"]["hasNextPage"] == (end == "first" and len(everything) > size)
        assert page["pageInfo"]["hasPreviousPage"] == (end == "last" and len(everything) > size)


@pytest.mark.parametrize("owner", sorted(OWNERS))
async def test_every_parent_s_second_page_continues_its_first(toy: Toy, libraries: Libraries, owner: str) -> None:
    order = Order([{"pages": {"direction": "DESC", "nulls": "LAST"}}], "b.pages DESC NULLS LAST, b.id DESC")
    large = libraries.id("large")
    first = await toy.fetch(query_of(owner), large, orderBy=order.argument, first=2)
    for parent in first["parents"]["nodes"]:
        books = Books("large", owner, parent["id"], order)
        rest = await books.page(toy, first=1000, after=parent["books"]["pageInfo"]["endCursor"])
        assert [*ids(parent["books"]), *ids(rest)] == await books.all_ids(libraries)


NOTES = 'notes(filter: {body: {neq: "x"}}) { nodes { id } }'
BOOKS = 'books(filter: {title: {neq: "x"}})'
KINDS = {
    f"{{ shelves {{ nodes {{ {BOOKS} {{ totalCount nodes {{ {NOTES} }} }} }} }} }}": [GENERIC],
    f"{{ {BOOKS} {{ totalCount nodes {{ id }} }} }}": [CUSTOM],
    f"{{ {BOOKS} {{ nodes {{ {NOTES} }} }} }}": [CUSTOM, GENERIC],
}


@pytest.mark.parametrize(("query", "kinds"), KINDS.items())
async def test_only_filters_of_a_whole_table_are_planned_for_their_values(
    planned_toy: Toy, libraries: Libraries, monkeypatch: pytest.MonkeyPatch, query: str, kinds: list[str]
) -> None:
    """The plan cache mode is part of the message that begins the transaction, or else a separate message."""
    sent: list[str] = []
    execute = PooledConnection._execute

    async def noted(connection: PooledConnection, sql: str) -> None:
        sent.append(sql)
        await execute(connection, sql)

    monkeypatch.setattr(PooledConnection, "_execute", noted)
    await planned_toy.fetch(query, libraries.id("large"))
    assert len(sent) == len(kinds)
    assert all(message.endswith(kind) for message, kind in zip(sent, kinds, strict=True))
