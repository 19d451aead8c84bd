"""Page information: correct for every window of a list."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.datasets import Libraries
from tests.engine.examples import examples
from tests.engine.lists import Books, ids, lists_of_books
from tests.engine.orders import FILTERS, Order
from tests.engine.toy_api import Toy

Filter = tuple[dict[str, Any] | None, str]


@dataclass(frozen=True)
class Window:
    """Arguments of a page: ``after`` and ``before`` as positions in the list without its filter."""

    size: int
    backward: bool
    after: int | None
    before: int | None

    def arguments(self, cursors: list[str]) -> dict[str, Any]:
        places = {"after": self.after, "before": self.before}
        at = {name: cursors[place] for name, place in places.items() if place is not None}
        return {"last" if self.backward else "first": self.size, **at}

    def inside(self, place: int) -> bool:
        return (self.after is None or place > self.after) and (self.before is None or place < self.before)


@st.composite
def windows(draw: st.DrawFn, length: int) -> Window:
    """Return random windows, empty and impossible ones included."""
    places = st.none() | st.integers(0, length - 1) if length else st.none()
    return Window(draw(st.sampled_from([0, 1, 2, 5, 100])), draw(st.booleans()), draw(places), draw(places))


def expected(everything: list[str], filtered: list[str], window: Window) -> dict[str, Any]:
    """Return the expected page information, derived from positions."""
    places = {id: place for place, id in enumerate(everything)}
    within = [id for id in filtered if window.inside(places[id])]
    size = window.size
    page = within[max(0, len(within) - size) :] if window.backward else within[:size]
    left_out = len(within) > size
    behind = window.before is not None and any(places[id] >= window.before for id in filtered)
    ahead = window.after is not None and any(places[id] <= window.after for id in filtered)
    return {
        "page": page,
        "totalCount": len(filtered),
        "hasNextPage": behind or (left_out and not window.backward),
        "hasPreviousPage": ahead or (left_out and window.backward),
    }


async def assert_window(
    toy: Toy, libraries: Libraries, books: Books, filter: Filter, choose: Callable[[int], Window]
) -> None:
    """Assert the page information of a window of these books, chosen by number."""
    whole, filtered = replace(books, filter=FILTERS[0]), replace(books, filter=filter)
    everything = await whole.page(toy, first=1000)
    cursors = [edge["cursor"] for edge in everything["edges"]]
    window = choose(len(cursors))
    page = await filtered.page(toy, **window.arguments(cursors))
    info = {**page["pageInfo"], "totalCount": page["totalCount"], "page": ids(page)}
    own = [edge["cursor"] for edge in page["edges"]]
    assert info == {
        **expected(await whole.all_ids(libraries), await filtered.all_ids(libraries), window),
        "startCursor": own[0] if own else None,
        "endCursor": own[-1] if own else None,
    }


@examples(30)
@given(books=lists_of_books(), filter=st.sampled_from(FILTERS), data=st.data())
async def test_random_windows(
    planned_toy: Toy, libraries: Libraries, books: Books, filter: Filter, data: st.DataObject
) -> None:
    await assert_window(planned_toy, libraries, books, filter, lambda length: data.draw(windows(length)))


@pytest.mark.parametrize(
    "window",
    [
        Window(5, backward=False, after=None, before=None),
        Window(5, backward=True, after=None, before=None),
        Window(2, backward=False, after=7, before=None),
        Window(2, backward=True, after=3, before=20),
        Window(0, backward=False, after=3, before=None),
        Window(100, backward=False, after=20, before=7),
    ],
    ids=str,
)
async def test_fixed_windows(toy: Toy, libraries: Libraries, window: Window) -> None:
    order = Order([{"pages": {"direction": "DESC"}}], "b.pages DESC, b.id DESC")
    await assert_window(toy, libraries, Books("large", None, None, order), FILTERS[2], lambda _: window)


async def test_an_empty_library_has_an_empty_page(toy: Toy, libraries: Libraries) -> None:
    query = "{ books { totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
    info = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert await toy.fetch(query, libraries.id("empty")) == {"books": {"totalCount": 0, "nodes": [], "pageInfo": info}}


async def test_a_cursor_of_one_parent_s_list_is_valid_for_another(toy: Toy, libraries: Libraries) -> None:
    query = """query ($after: String) { shelves { nodes { books(after: $after, orderBy: [{pages: {}}], first: 100) {
        edges { cursor node { id pages } } pageInfo { hasPreviousPage } } } } }"""
    shelves = [shelf["books"] for shelf in (await toy.fetch(query, libraries.id("large")))["shelves"]["nodes"]]
    whole = max(shelves, key=lambda books: len(books["edges"]))
    middle = whole["edges"][len(whole["edges"]) // 2]
    place = (middle["node"]["pages"] is None, middle["node"]["pages"], middle["node"]["id"])
    data = await toy.fetch(query, libraries.id("large"), after=middle["cursor"])
    for before, after in zip(shelves, data["shelves"]["nodes"], strict=True):
        keys = [(edge["node"]["pages"] is None, edge["node"]["pages"], edge["node"]["id"]) for edge in before["edges"]]
        later = [key[2] for key in keys if (key[0], key[1] or 0, key[2]) > (place[0], place[1] or 0, place[2])]
        assert [edge["node"]["id"] for edge in after["books"]["edges"]] == later
        assert after["books"]["pageInfo"]["hasPreviousPage"] == (len(later) < len(keys))
