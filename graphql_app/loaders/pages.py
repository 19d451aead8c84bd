"""What a loader gives for a list: the rows of one page, and whether more lie in the direction it was read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from graphql_app.statements.orders import Place
from graphql_app.statements.select import Page


@dataclass(frozen=True, slots=True)
class Item:
    """A row and its place in the list's order."""

    row: Any
    place: Place


@dataclass(frozen=True, slots=True)
class LoadedPage:
    """Items in the list's order. ``overflow``: the list goes on past the page, in the direction it was read."""

    items: Sequence[Item]
    overflow: bool


def pages_by_key(rows: Iterable[Any], page: Page) -> dict[UUID | None, LoadedPage]:
    """Sort rows ``(key, row, place value, ..)``, each key's in the order they were read, into pages."""
    found: dict[UUID | None, list[Item]] = {}
    for key, row, *place in rows:
        found.setdefault(key, []).append(Item(row, tuple(place)))
    return {key: _page(items, page) for key, items in found.items()}


def _page(items: list[Item], page: Page) -> LoadedPage:
    kept = items[: page.size]
    return LoadedPage(kept[::-1] if page.backward else kept, overflow=len(items) > page.size)


EMPTY_PAGE = LoadedPage((), overflow=False)
