"""Connections at run time: a list that has been asked for, of which only the selected parts are loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from graphql_app.loaders.groups import Group, Measured
from graphql_app.loaders.loaders import Loaders
from graphql_app.loaders.pages import LoadedPage
from graphql_app.statements.aggregates import Grouping, Measure
from graphql_app.statements.cursors import encode
from graphql_app.statements.orders import fingerprint
from graphql_app.statements.select import List, Page


@dataclass(frozen=True, slots=True)
class EdgeItem:
    """A row and its cursor."""

    node: Any
    cursor: str


@dataclass(frozen=True, slots=True)
class Connection:
    """One page of one list; ``key`` is that of the row whose list it is, None for a list of everything."""

    loaders: Loaders
    wanted: List
    page: Page
    key: UUID | None = None

    async def nodes(self) -> list[Any]:
        return [item.row for item in (await self._loaded()).items]

    async def edges(self) -> list[EdgeItem]:
        mark = fingerprint(self.wanted.model, self.wanted.order)
        return [EdgeItem(item.row, encode(mark, item.place)) for item in (await self._loaded()).items]

    async def total_count(self) -> int:
        return await self.loaders.count(self.wanted, self.key)

    async def aggregates(self, measures: tuple[Measure, ...]) -> Measured:
        return await self.loaders.aggregates(self.wanted, measures, self.key)

    async def groups(self, grouping: Grouping) -> Sequence[Group]:
        return await self.loaders.groups(self.wanted, grouping, self.key)

    async def start_cursor(self) -> str | None:
        return self._cursor((await self._loaded()).items[:1])

    async def end_cursor(self) -> str | None:
        return self._cursor((await self._loaded()).items[-1:])

    async def has_next_page(self) -> bool:
        """Read forwards, the page itself tells by one row more; otherwise what the page left out is asked for."""
        if not self.page.backward and (await self._loaded()).overflow:
            return True
        place = self.page.before
        return place is not None and await self.loaders.beyond(self.wanted, place, self.key, forward=True)

    async def has_previous_page(self) -> bool:
        if self.page.backward and (await self._loaded()).overflow:
            return True
        place = self.page.after
        return place is not None and await self.loaders.beyond(self.wanted, place, self.key, forward=False)

    async def _loaded(self) -> LoadedPage:
        return await self.loaders.page(self.wanted, self.page, self.key)

    def _cursor(self, items: Any) -> str | None:
        return encode(fingerprint(self.wanted.model, self.wanted.order), items[0].place) if items else None
