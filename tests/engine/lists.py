"""Lists of books in the toy API, and the expected ids of each: one plain SQL query without pages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from tests.engine.datasets import Libraries, library
from tests.engine.orders import JOINS, Order, filters, orders
from tests.engine.toy_api import Toy

ARGUMENTS = "filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before"
VARIABLES = "$filter: BookFilter, $orderBy: [BookOrderBy!], $first: Int, $after: String, $last: Int, $before: String"
PAGE = """fragment Page on BookConnection {
    totalCount edges { cursor node { id } } nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
}"""
ROOT = f"query ({VARIABLES}) {{ books({ARGUMENTS}) {{ ...Page }} }} {PAGE}"
NESTED = f"""query ($id: ID!, {VARIABLES}) {{ node(id: $id) {{
    ... on Shelf {{ books({ARGUMENTS}) {{ ...Page }} }}
    ... on Author {{ books({ARGUMENTS}) {{ ...Page }} }}
    ... on Tag {{ books({ARGUMENTS}) {{ ...Page }} }}
    ... on Organization {{ books({ARGUMENTS}) {{ ...Page }} }}
    ... on Book {{ books: volumes({ARGUMENTS}) {{ ...Page }} }}
}} }} {PAGE}"""
OWNERS = {
    "shelves": "b.shelf_id = '{0}'",
    "authors": "b.author_id = '{0}'",
    "books": "b.parent_id = '{0}'",
    "tags": "b.id IN (SELECT book_id FROM book_tags WHERE tag_id = '{0}')",
    "organizations": "b.organization_id = '{0}'",
}
"""Condition in SQL for the books of a row."""


@dataclass(frozen=True)
class Books:
    """List of books: all of a library, or those of one row ``parent`` of the table ``owner``."""

    library: str
    owner: str | None
    parent: UUID | None
    order: Order
    filter: tuple[dict[str, Any] | None, str] = field(default=(None, "true"))

    @property
    def arguments(self) -> dict[str, Any]:
        return {"filter": self.filter[0], "orderBy": self.order.argument}

    async def page(self, toy: Toy, **arguments: Any) -> dict[str, Any]:
        """Query a page with all fields of the connection."""
        viewer, wanted = library(self.library).organization, {**self.arguments, **arguments}
        if self.owner is None:
            data = await toy.fetch(ROOT, viewer, **wanted)
            return dict(data["books"])
        data = await toy.fetch(NESTED, viewer, id=str(self.parent), **wanted)
        return dict(data["node"]["books"])

    async def all_ids(self, libraries: Libraries, *, filtered: bool = True) -> list[str]:
        """Return the ids of the whole list in its order."""
        owned = "true" if self.owner is None else OWNERS[self.owner].format(self.parent)
        where = f"b.organization_id = $1 AND {owned} AND {self.filter[1] if filtered else 'true'}"
        sql = f"SELECT b.id::text FROM books b {JOINS} WHERE {where} ORDER BY {self.order.sql}"
        return await libraries.column(sql, library(self.library).organization)


@st.composite
def lists_of_books(draw: st.DrawFn) -> Books:
    """Return a random list: of any library or any row, with or without books, in any order, filtered or not."""
    name = draw(st.sampled_from(["large", "large", "large", "small", "single", "empty"]))
    owner = draw(st.sampled_from([None, *(owner for owner in OWNERS if library(name).rows[owner])]))
    parent = draw(st.sampled_from(library(name).rows[owner]))["id"] if owner else None
    return Books(name, owner, parent, draw(orders()), draw(filters))


def ids(page: dict[str, Any]) -> Sequence[str]:
    """Return the ids of a page, and assert that ``edges`` and ``nodes`` agree."""
    assert [edge["node"] for edge in page["edges"]] == page["nodes"]
    return [node["id"] for node in page["nodes"]]
