"""Pages of a list: all of them together are the list."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.datasets import Libraries
from tests.engine.examples import examples
from tests.engine.lists import Books, ids, lists_of_books
from tests.engine.orders import COLUMNS, COUNTS, Order, nested
from tests.engine.toy_api import Toy

sizes = st.sampled_from([2, 3, 7, 40, 100])


async def forwards(toy: Toy, books: Books, size: int) -> list[str]:
    """Return every id, page by page from the start."""
    page = await books.page(toy, first=size)
    found = [*ids(page)]
    while page["pageInfo"]["hasNextPage"]:
        page = await books.page(toy, first=size, after=page["pageInfo"]["endCursor"])
        assert page["pageInfo"]["hasPreviousPage"]
        found += ids(page)
    return found


async def backwards(toy: Toy, books: Books, size: int) -> list[str]:
    """Return every id, page by page from the end."""
    page = await books.page(toy, last=size)
    found = [*ids(page)]
    while page["pageInfo"]["hasPreviousPage"]:
        page = await books.page(toy, last=size, before=page["pageInfo"]["startCursor"])
        assert page["pageInfo"]["hasNextPage"]
        found = [*ids(page), *found]
    return found


@examples(15)
@given(books=lists_of_books(), size=sizes)
async def test_forward_pages_are_the_whole_list(
    planned_toy: Toy, libraries: Libraries, books: Books, size: int
) -> None:
    assert await forwards(planned_toy, books, size) == await books.all_ids(libraries)


@examples(15)
@given(books=lists_of_books(), size=sizes)
async def test_backward_pages_are_the_whole_list(
    planned_toy: Toy, libraries: Libraries, books: Books, size: int
) -> None:
    assert await backwards(planned_toy, books, size) == await books.all_ids(libraries)


@examples(30)
@given(books=lists_of_books(), size=sizes)
async def test_the_first_and_the_last_page_are_the_ends_of_the_list(
    planned_toy: Toy, libraries: Libraries, books: Books, size: int
) -> None:
    everything = await books.all_ids(libraries)
    assert ids(await books.page(planned_toy, first=size)) == everything[:size]
    assert ids(await books.page(planned_toy, last=size)) == everything[-size:]


@examples(20)
@given(books=lists_of_books(), data=st.data())
async def test_every_cursor_has_the_position_of_its_record(
    planned_toy: Toy, libraries: Libraries, books: Books, data: st.DataObject
) -> None:
    page = await books.page(planned_toy, first=1000)
    everything: Sequence[str] = ids(page)
    if everything:
        at = data.draw(st.integers(0, len(everything) - 1))
        cursor = page["edges"][at]["cursor"]
        assert ids(await books.page(planned_toy, first=1000, after=cursor)) == everything[at + 1 :]
        assert ids(await books.page(planned_toy, first=1000, before=cursor)) == everything[:at]


@pytest.mark.parametrize("path", [*COLUMNS, *COUNTS])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_pages_in_the_order_of_any_key_are_the_whole_list(
    toy: Toy, libraries: Libraries, path: str, direction: str
) -> None:
    leaf, sql = ("count", COUNTS[path]) if path in COUNTS else ("direction", COLUMNS[path])
    order = Order([nested(path, {leaf: direction})], f"{sql} {direction}, b.id {direction}")
    books = Books("large", None, None, order)
    assert await forwards(toy, books, 20) == await backwards(toy, books, 20) == await books.all_ids(libraries)


async def test_a_page_has_25_records_by_default(toy: Toy, libraries: Libraries) -> None:
    data = await toy.fetch(
        "{ books { nodes { id } } tags { nodes { books { nodes { id } } } } }", libraries.id("large")
    )
    assert len(data["books"]["nodes"]) == 25
    assert max(len(tag["books"]["nodes"]) for tag in data["tags"]["nodes"]) == 25
