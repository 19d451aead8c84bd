"""What a loader gives for a list: the rows of one page, and whether more lie in the direction it was read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

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


def read_pages(rows: Iterable[Sequence[Any]], page: Page) -> dict[int, LoadedPage]:
    """Sort rows ``(key's number, row, place value, ..)``, each key's in the order they were read, into pages."""
    found: dict[int, list[Item]] = {}
    for number, row, *place in rows:
        found.setdefault(number, []).append(Item(row, tuple(place)))
    return {number: _page(items, page) for number, items in found.items()}


def _page(items: list[Item], page: Page) -> LoadedPage:
    kept = items[: page.size]
    return LoadedPage(kept[::-1] if page.backward else kept, overflow=len(items) > page.size)


EMPTY_PAGE = LoadedPage((), overflow=False)
