"""DataLoaders derived from the mapping, which batch and cache the reads of one operation.

There is one loader per table and key column, shared by every edge to it, and one per list and page. A batch
is one statement, whatever the number of keys. Loaders are created on first use and dropped after a write, because
cached values may have changed.
"""

from collections.abc import Awaitable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from aiodataloader import DataLoader
from sqlalchemy import Executable, Result
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.database.session import OperationSession
from graphql_app.models.base import Base
from graphql_app.pacing import RESOLVED, BatchLoader, PacedLoader, Pacing
from graphql_app.sql.aggregates import COUNT, Grouping, Measure, select_aggregates, select_groups
from graphql_app.sql.compiled import Compiled
from graphql_app.sql.edges import Edge
from graphql_app.sql.orders import Place
from graphql_app.sql.row_rules import Audience
from graphql_app.sql.select import (
    List,
    Page,
    select_beyond,
    select_by,
    select_computed,
    select_page,
    select_types,
)

__all__ = ["Loaders"]

type Measured = Mapping[Measure, Any]
"""Requested measures with their values, of the types of their columns."""
type LoadedRow = Sequence[Any]
"""Row of a statement, whose columns have different types."""
ROWS = 500
"""Number of rows that become ORM objects in one pass of the event loop."""


class Loader[K, V](Protocol):
    """Loader of values by keys. The keys that are requested in one pass of the event loop form a batch."""

    def load(self, key: K, /) -> Awaitable[V]:
        """Return the value of ``key``, which is loaded once."""


_select_by, _select_types, _select_computed = cache(select_by), cache(select_types), cache(select_computed)
"""Statements that depend only on the schema."""


@dataclass(frozen=True, slots=True)
class Item:
    """Row, and its position in the list's order."""

    row: Any
    place: Place


@dataclass(frozen=True, slots=True)
class LoadedPage:
    """Items in the order of the list. ``overflow`` is true if rows follow in the direction of reading."""

    items: Sequence[Item]
    overflow: bool


def read_pages(rows: Iterable[LoadedRow], page: Page) -> dict[int, LoadedPage]:
    """Return the page of each key, from rows of (number of the key, row, sort key values) in the order of reading."""
    found: dict[int, list[Item]] = {}
    for number, row, *place in rows:
        found.setdefault(number, []).append(Item(row, tuple(place)))
    return {number: _page(items, page) for number, items in found.items()}


def _page(items: list[Item], page: Page) -> LoadedPage:
    kept = items[: page.size]
    return LoadedPage(kept[::-1] if page.backward else kept, overflow=len(items) > page.size)


EMPTY_PAGE = LoadedPage((), overflow=False)


@dataclass(frozen=True, slots=True)
class Group:
    """Group of rows. ``key`` has the common values by column."""

    key: Mapping[str, Any]
    values: Measured


def group_of(grouping: Grouping, row: LoadedRow) -> Group:
    """Return the group of a row with its buckets and measures."""
    shared, values = row[: len(grouping.buckets)], row[len(grouping.buckets) :]
    key = {bucket.column: value for bucket, value in zip(grouping.buckets, shared, strict=True)}
    return Group(key, dict(zip(grouping.measures, values, strict=True)))


class Loaders:
    """Loaders of one operation. ``nodes`` are the models that ``node(id:)`` finds."""

    def __init__(self, session: OperationSession, nodes: Sequence[type[Base]], pacing: Pacing) -> None:
        self._session, self._pacing = session, pacing
        self.nodes = nodes
        self._loaders: dict[Hashable, Loader[Any, Any]] = {}

    def forget(self) -> None:
        """Drop all cached values, which a write may have changed."""
        self._loaders.clear()

    def custom[K, V](self, name: Hashable, batch: BatchLoader[K, V]) -> Loader[K, V]:
        """Return the operation's loader ``name``, which is created with ``batch`` on first use.

        Like the derived loaders, it lives as long as the operation and is dropped after a write.
        """
        return self._loader(("custom", name), batch)

    @property
    def audience(self) -> Audience | None:
        """Audience of the statements for the present viewer."""
        return self._session.access.audience

    def _visible(self, listing: List) -> List:
        """Return the list without rows that rules hide from the viewer."""
        audience = self.audience
        return listing if audience is None else replace(listing, audience=audience)

    async def by_id[M: Base](self, model: type[M], id: UUID) -> M | None:
        """Return the row of ``model`` with this id, or None if the viewer's organization has none."""
        row: M | None = await self._by(model, "id").load(id)
        return row

    async def computed(self, model: type[Base], name: str, id: UUID) -> Any:
        """Return a value of a row that PostgreSQL computes."""

        async def batch(ids: list[UUID]) -> list[Any]:
            found = dict(await self._rows(_select_computed(model, name, self.audience), ids, generic=True))
            return [found.get(id) for id in ids]

        return await self._loader(("computed", model, name), batch).load(id)

    async def one(self, edge: Edge, source: Any) -> Any:
        """Return the row that ``source`` refers to by a to-one ``edge``, or None."""
        key = getattr(source, edge.parent_key)
        return None if key is None else await self._by(edge.target, edge.target_column).load(key)

    async def page(self, listing: List, page: Page, key: UUID | None) -> LoadedPage:
        """Return a page of the list. ``key`` is the parent's, or None for a list without an edge."""
        listing = self._visible(listing)

        async def batch(keys: list[UUID | None]) -> list[LoadedPage]:
            rows = await self._rows(select_page(listing, page), keys)
            found = read_pages(rows if listing.edge else [(1, *row) for row in rows], page)
            return [found.get(number, EMPTY_PAGE) for number in range(1, len(keys) + 1)]

        return await self._load(("page", listing, page), batch, key)

    async def count(self, listing: List, key: UUID | None) -> int:
        """Return the number of rows of the list."""
        measured = await self.aggregates(listing, (COUNT,), key)
        return int(measured[COUNT])

    async def beyond(self, listing: List, place: Place, key: UUID | None, *, forward: bool) -> bool:
        """Return True if the list has a row at ``place`` or beyond it (after it if ``forward``)."""
        listing = self._visible(listing)

        async def batch(keys: list[UUID | None]) -> list[bool]:
            found = {row[0] for row in await self._rows(select_beyond(listing, place, forward=forward), keys)}
            return [key in found for key in keys]

        return await self._load(("beyond", listing, place, forward), batch, key)

    async def aggregates(self, listing: List, measures: tuple[Measure, ...], key: UUID | None) -> Measured:
        """Return the measures of all rows of the list."""
        listing = self._visible(listing)

        async def batch(keys: list[UUID | None]) -> list[Measured]:
            rows = await self._rows(select_aggregates(listing, measures), keys)
            found = {row[0]: dict(zip(measures, row[1:], strict=True)) for row in rows}
            nothing = {measure: 0 if measure == COUNT else None for measure in measures}
            return [found.get(key, nothing) for key in keys]

        return await self._load(("aggregates", listing, measures), batch, key)

    async def groups(self, listing: List, grouping: Grouping, key: UUID | None) -> Sequence[Group]:
        """Return the groups of the list, the largest first."""
        listing = self._visible(listing)

        async def batch(keys: list[UUID | None]) -> list[list[Group]]:
            found: dict[UUID | None, list[Group]] = {}
            for row in await self._rows(select_groups(listing, grouping), keys):
                found.setdefault(row[0], []).append(group_of(grouping, row[2:]))
            return [found.get(key, []) for key in keys]

        return await self._load(("groups", listing, grouping), batch, key)

    async def type_of(self, id: UUID) -> type[Base] | None:
        """Return the model whose table has a row with this id, or None. One statement covers all tables and ids."""

        async def batch(ids: list[UUID]) -> list[type[Base] | None]:
            found = {
                row.id: self.nodes[row.model]
                for row in await self._rows(_select_types(tuple(self.nodes), self.audience), ids, generic=True)
            }
            return [found.get(id) for id in ids]

        return await self._load("type", batch, id)

    async def rows(self, name: Hashable, statement: Compiled, values: Mapping[str, object]) -> Sequence[LoadedRow]:
        """Return the rows of a statement, which is executed once per ``name``.

        It has one plan for all values, and the parameters of the organization and the viewer like every statement.
        """

        async def batch(keys: list[None]) -> list[Sequence[Any]]:  # records
            arguments = statement.arguments({**self._session.ids, **values})
            return [await self._session.fetch(statement.sql, arguments, generic=True)]

        return await self._load(name, batch, None)

    async def node(self, id: UUID) -> Any:
        """Return the row with this id, from any of the tables, or None."""
        model = await self.type_of(id)
        return None if model is None else await self.by_id(model, id)

    def _by(self, model: type[Base], column: str) -> Loader[UUID, Any]:
        async def batch(keys: list[UUID]) -> list[Base | None]:
            rows = await self._rows(_select_by(model, column, (), self.audience), keys, generic=True)
            found = {getattr(row[0], column): row[0] for row in rows}
            return [found.get(key) for key in keys]

        return self._loader((model, column), batch)

    async def _load[K, V](self, name: Hashable, batch: BatchLoader[K, V], key: K) -> V:
        value: V = await self._loader(name, _boxed(batch)).load((key,))
        return value

    def _loader[K, V](self, name: Hashable, batch: BatchLoader[K, V]) -> Loader[K, V]:
        if name not in self._loaders:
            paced = self._pacing.is_resolved_slowly
            self._loaders[name] = PacedLoader(batch, self._pacing.pacer) if paced else DataLoader(batch)
        return self._loaders[name]

    async def _rows(
        self, statement: Executable, keys: Sequence[UUID | None], *, generic: bool = False
    ) -> Sequence[Any]:
        parameters = {**self._session.ids, "keys": keys}

        async def all_rows(session: AsyncSession) -> Sequence[Any]:
            return await self._all(await session.execute(statement, parameters))

        return await self._session.read(all_rows, generic=generic)

    async def _all(self, result: Result[Any]) -> Sequence[Any]:
        """Return the rows of a result, converted to objects in slices."""
        if not self._pacing.is_resolved_slowly:
            return result.all()
        rows: list[Any] = []
        for part in result.partitions(ROWS):
            rows.extend(part)
            await self._pacing.pacer.turn(len(part) * RESOLVED)
        return rows


def _boxed[K, V](batch: BatchLoader[K, V]) -> BatchLoader[tuple[K], V]:
    """Return ``batch`` for keys in 1-tuples, because a DataLoader rejects None, the key of a list without a parent."""

    async def unboxed(boxes: list[tuple[K]]) -> list[V]:
        return await batch([key for (key,) in boxes])

    return unboxed
