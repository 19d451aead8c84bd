"""Loaders: one statement per batch, and a cache until the next write."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from graphql_app.database.session import OperationSession
from graphql_app.loaders import Loaders
from graphql_app.pacing import Pacer, Pacing
from graphql_app.sql.conditions import And, Compare
from graphql_app.sql.edges import edge_of
from graphql_app.sql.orders import complete
from graphql_app.sql.select import List, Page
from tests.engine.datasets import library
from tests.engine.toy.models import NODES, Book, BookTag, Cover, Shelf, Tag
from tests.engine.toy_api import Toy

pytestmark = pytest.mark.both_modes

LARGE, ROWS = library("large").organization, library("large").rows
BOOKS, SHELVES = ([row["id"] for row in ROWS[table]] for table in ("books", "shelves"))
UNKNOWN_ID = UUID(int=0)


@pytest.fixture
async def session(toy: Toy) -> AsyncIterator[OperationSession]:
    toy.statements.clear()
    session = OperationSession(toy.connections, LARGE)
    yield session
    await session.close()


@pytest.fixture
def loaders(session: OperationSession) -> Loaders:
    return Loaders(session, NODES, Pacing(Pacer(), 0))


def books_of(**condition: int) -> List:
    """Return the list of the books of a shelf, filtered by these columns."""
    parts = tuple(Compare(column, "eq", value) for column, value in condition.items())
    return List(Book, And(parts), complete(()), edge_of(Shelf.books))


async def test_concurrent_keys_take_one_statement(toy: Toy, loaders: Loaders) -> None:
    found = await asyncio.gather(*(loaders.by_id(Book, id) for id in [*BOOKS, UNKNOWN_ID]))
    assert [book and book.id for book in found] == [*BOOKS, None]
    assert len(toy.statements) == 1


async def test_a_key_is_loaded_once(toy: Toy, loaders: Loaders) -> None:
    first, second = await asyncio.gather(loaders.by_id(Book, BOOKS[0]), loaders.by_id(Book, BOOKS[0]))
    assert first is second is await loaders.by_id(Book, BOOKS[0])
    assert await loaders.by_id(Book, UNKNOWN_ID) is await loaders.by_id(Book, UNKNOWN_ID) is None
    assert len(toy.statements) == 2


async def test_a_write_clears_the_caches(toy: Toy, loaders: Loaders) -> None:
    await loaders.by_id(Book, BOOKS[0])
    loaders.forget()
    await loaders.by_id(Book, BOOKS[0])
    assert len(toy.statements) == 2


async def test_a_loader_of_the_application_batches_keys_and_is_dropped_after_a_write(loaders: Loaders) -> None:
    batches: list[list[int]] = []

    async def double(keys: list[int]) -> list[int]:
        batches.append(keys)
        return [2 * key for key in keys]

    assert await asyncio.gather(*(loaders.custom("double", double).load(key) for key in (1, 2, 1))) == [2, 4, 2]
    loaders.forget()
    assert await loaders.custom("double", double).load(1) == 2
    assert batches == [[1, 2], [1]]


async def test_edges_to_the_same_table_share_a_statement(toy: Toy, loaders: Loaders) -> None:
    volume = next(row["id"] for row in ROWS["books"] if row["parent_id"])
    book, cover = await asyncio.gather(loaders.by_id(Book, volume), loaders.by_id(Cover, ROWS["covers"][0]["id"]))
    loaders.forget()
    toy.statements.clear()
    await asyncio.gather(loaders.one(edge_of(Book.parent), book), loaders.one(edge_of(Cover.book), cover))
    assert len(toy.statements) == 1


async def test_only_pages_of_the_same_list_share_a_statement(toy: Toy, loaders: Loaders) -> None:
    page = Page(3)
    pages = await asyncio.gather(*(loaders.page(books_of(), page, shelf) for shelf in [*SHELVES, *SHELVES]))
    assert len(toy.statements) == 1
    assert [len(each.items) for each in pages] == 2 * [
        min(3, sum(row["shelf_id"] == shelf for row in ROWS["books"])) for shelf in SHELVES
    ]
    for wanted, other in ((books_of(pages=10), page), (books_of(), Page(4)), (books_of(), Page(3, backward=True))):
        before = len(toy.statements)
        await loaders.page(wanted, other, SHELVES[0])
        assert len(toy.statements) == before + 1


async def test_equal_lists_share_a_statement(toy: Toy, loaders: Loaders) -> None:
    await asyncio.gather(*(loaders.count(books_of(pages=10), SHELVES[0]) for _ in range(3)))
    assert len(toy.statements) == 1


async def test_counts_of_a_many_to_many(loaders: Loaders) -> None:
    wanted = List(Tag, And(()), complete(()), edge_of(Book.tags))
    counts = await asyncio.gather(*(loaders.count(wanted, book) for book in BOOKS))
    links = [link["book_id"] for link in ROWS["book_tags"]]
    assert counts == [links.count(book) for book in BOOKS]
    assert BookTag.__tablename__ == "book_tags"


async def test_types_of_any_number_of_ids_take_one_statement(toy: Toy, loaders: Loaders) -> None:
    ids = [ROWS[model.__tablename__][0]["id"] for model in NODES]
    kinds = await asyncio.gather(*(loaders.type_of(id) for id in [*ids, UNKNOWN_ID]))
    assert kinds == [*NODES, None]
    (statement,) = toy.statements
    assert statement.count("UNION ALL") == len(NODES) - 1
    assert await loaders.node(ids[1]) is await loaders.by_id(NODES[1], ids[1])


async def test_an_error_is_raised_for_every_key_and_not_cached(loaders: Loaders) -> None:
    broken = List(Book, Compare("pages", "eq", "no number"), complete(()), edge_of(Shelf.books))
    outcomes = await asyncio.gather(*(loaders.count(broken, shelf) for shelf in SHELVES[:2]), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [DBAPIError, DBAPIError]
    with pytest.raises(DBAPIError):
        await loaders.count(broken, SHELVES[0])


async def test_each_operation_has_its_own_loaders(toy: Toy, session: OperationSession, loaders: Loaders) -> None:
    await loaders.by_id(Book, BOOKS[0])
    await Loaders(session, NODES, Pacing(Pacer(), 0)).by_id(Book, BOOKS[0])
    assert len(toy.statements) == 2
