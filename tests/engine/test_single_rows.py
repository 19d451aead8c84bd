"""One row found, claimed or saved without the ORM's machinery is as the ORM would have it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Column, Integer, Uuid, func, inspect, null, select, text
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, deferred

from graphql_app.database.connection import PooledConnection
from graphql_app.database.database import Database
from graphql_app.database.gate import Gate
from graphql_app.database.shapes import shape_of
from graphql_app.postgres.connecting import Connection
from tests.engine.asking import Toy
from tests.engine.libraries import library
from tests.engine.toy.models import Author, Book, Genre, Shelf
from tests.engine.watching import assert_clean

LARGE, SMALL = library("large").organization, library("small").organization
SHELF = library("large").rows["shelves"][0]["id"]
BOOKS = library("large").rows["books"]
EVERYTHING = {
    "shelf_id": SHELF,
    "title": "All of it",
    "summary": "",
    "pages": 0,
    "place_in_row": -32768,
    "price": Decimal("12.50"),
    "genre": Genre.ATLAS,
    "lent": False,
    "published_at": datetime(1999, 12, 31, 23, 59, 59, 123456, tzinfo=UTC),
}

type Write = Callable[[Callable[[Database], Awaitable[Any]]], Awaitable[Any]]


@pytest.fixture
async def gate(own_toy: Toy, admin: Connection) -> AsyncIterator[Gate]:
    gate = Gate(own_toy.connections, LARGE)
    yield gate
    await gate.close()
    await assert_clean(own_toy.connections, admin)


@pytest.fixture
def write(gate: Gate) -> Write:
    """Runs a rule in a transaction."""
    return lambda rule: gate.write(lambda lease: rule(Database(lease, LARGE)))


def book(**given: Any) -> Book:
    return Book(organization_id=LARGE, **{"shelf_id": SHELF, "title": "New", **given})


def columns(row: Any) -> dict[str, Any]:
    return {each.key: getattr(row, each.key) for each in inspect(type(row)).column_attrs}


async def by_orm(session: AsyncSession, id: Any) -> dict[str, Any]:
    """The columns of a book in a session that has forgotten it."""
    session.expunge_all()
    return columns(await session.scalar(select(Book).where(Book.id == id)))


@pytest.mark.parametrize("how", ["find", "claim"])
async def test_what_is_read_is_what_the_orm_reads(write: Write, how: str) -> None:
    async def rule(db: Database) -> None:
        saved = await db.save(book(**EVERYTHING))
        for id in (saved.id, *(row["id"] for row in BOOKS[:20])):
            db.session.expunge_all()
            row = await getattr(db, how)(Book, id)
            assert columns(row) == await by_orm(db.session, id)
            assert type(row.genre) in (Genre, type(None))

    await write(rule)


async def test_what_is_saved_is_what_the_orm_reads(write: Write) -> None:
    async def rule(db: Database) -> None:
        for given in ({}, EVERYTHING, {"id": uuid4(), "pages": None, "version": None}):
            saved = await db.save(book(**given))
            assert saved.version == 1
            assert columns(saved) == {**columns(saved), **{k: v for k, v in given.items() if v is not None}}
            assert columns(saved) == await by_orm(db.session, saved.id)

    await write(rule)


async def test_a_value_may_be_an_expression(write: Write) -> None:
    async def rule(db: Database) -> None:
        saved = await db.save(book(title=func.upper("loud"), pages=null()))
        await db.session.refresh(saved)
        assert (saved.title, saved.pages, saved.version) == ("LOUD", None, 1)

    await write(rule)


async def test_each_is_one_statement(own_toy: Toy, write: Write) -> None:
    async def rule(db: Database) -> None:
        await db.find(Shelf, SHELF)
        await db.claim(Book, BOOKS[0]["id"])
        await db.save(book())

    own_toy.statements.clear()
    await write(rule)
    assert [sql.split()[0] for sql in own_toy.statements] == ["SELECT", "SELECT", "INSERT"]
    assert "FOR NO KEY UPDATE" in own_toy.statements[1]


async def test_what_is_changed_afterwards_is_saved(write: Write) -> None:
    async def rule(db: Database) -> list[Any]:
        rows = [await db.find(Book, BOOKS[0]["id"]), await db.claim(Book, BOOKS[1]["id"]), await db.save(book())]
        for row in rows:
            assert row is not None
            row.title = "Changed"
        return [row.id for row in rows if row is not None]

    ids = await write(rule)

    async def look(db: Database) -> list[tuple[str, int]]:
        found = [await db.claim(Book, id) for id in ids]
        return [(row.title, row.version) for row in found]

    assert await write(look) == [("Changed", 2)] * 3


async def test_a_claimed_row_is_as_it_is_now_even_if_it_was_found_before(write: Write, admin: Connection) -> None:
    async def rule(db: Database) -> None:
        id = BOOKS[0]["id"]
        found = await db.find(Book, id)
        await admin.execute("UPDATE books SET title = 'Theirs', version = 7 WHERE id = $1", id)
        claimed = await db.claim(Book, id, 7)
        assert claimed is found
        assert claimed.title == "Theirs"

    await write(rule)


async def test_nobody_else_s_row_is_found(gate: Gate) -> None:
    theirs = library("small").rows["books"][0]["id"]
    for whose in (LARGE, SMALL):
        assert await gate.write(lambda lease: Database(lease, whose).find(Book, theirs)) is None  # noqa: B023


async def test_a_session_is_made_when_somebody_needs_one_and_knows_all_rows_then(gate: Gate) -> None:
    async def work(lease: PooledConnection) -> None:
        db = Database(lease, LARGE)
        rows = [await db.find(Shelf, SHELF), await db.claim(Book, BOOKS[0]["id"]), await db.save(book())]
        assert not lease.in_session
        assert rows == [each for each in rows if each in db.session]
        assert not db.session.dirty
        later = [await db.find(Book, BOOKS[1]["id"]), await db.save(book())]
        assert later == [each for each in later if each in db.session]

    await gate.write(work)


async def test_what_is_changed_is_sent_before_a_new_row_that_may_refer_to_it(write: Write) -> None:
    async def rule(db: Database) -> Any:
        found = await db.find(Book, BOOKS[0]["id"])
        assert found is not None
        found.title = "Changed"
        await db.save(book())
        return await db.session.scalar(text("SELECT title FROM books WHERE id = :id").bindparams(id=found.id))

    assert await write(rule) == "Changed"


async def test_relations_of_a_row_are_never_loaded_by_themselves(write: Write) -> None:
    async def rule(db: Database) -> None:
        for row in (await db.claim(Book, BOOKS[0]["id"]), await db.save(book())):
            with pytest.raises(InvalidRequestError, match="raise"):
                _ = row.shelf

    await write(rule)


async def test_a_broken_constraint_is_named(write: Write) -> None:
    with pytest.raises(IntegrityError) as raised:
        await write(lambda db: db.save(book(pages=-1)))
    assert getattr(raised.value.orig, "constraint_name", None) == "ck_books_pages"


async def test_what_waits_to_be_sent_is_sent_with_a_new_row(write: Write) -> None:
    async def rule(db: Database) -> None:
        author = Author(id=uuid4(), organization_id=LARGE, name="First")
        db.session.add(author)
        saved = await db.save(book(author_id=author.id))
        assert (await db.session.get(Author, (LARGE, author.id)), saved.version) == (author, 1)

    await write(rule)


async def test_a_row_that_was_undone_with_its_savepoint_is_not_kept(write: Write) -> None:
    async def rule(db: Database) -> None:
        row = book()
        with suppress(KeyError):
            async with db.savepoint():
                await db.save(row)
                raise KeyError
        assert row not in db.session
        assert await db.session.scalar(text("SELECT count(*) FROM books WHERE title = 'New'")) == 0

    await write(rule)


def test_models_that_ask_for_more_are_left_to_the_orm() -> None:
    class Own(DeclarativeBase):
        pass

    class Plain(Own):
        __tablename__ = "plain"
        id = Column(Uuid, primary_key=True)

    class Counted(Own):
        __tablename__ = "counted"
        id = Column(Integer, primary_key=True)

    class Heir(Plain):
        note = Column(Integer)

    class Late(Own):
        __tablename__ = "late"
        id = Column(Uuid, primary_key=True)
        body = deferred(Column(Integer))

    class Elsewhere(Own):
        __tablename__ = "elsewhere"
        key = Column(Uuid, primary_key=True)

    assert shape_of(Plain) is not None
    assert [shape_of(model) for model in (Counted, Heir, Late, Elsewhere)] == [None] * 4


async def test_a_row_that_a_new_one_refers_to_comes_with_it(own_toy: Toy, write: Write) -> None:
    async def rule(db: Database) -> None:
        saved, shelf = await db.save_with(book(**EVERYTHING), Book.shelf)
        nobody = await db.save_with(book(), Book.author)
        assert (saved.version, nobody[1]) == (1, None)
        assert [sql.split()[0] for sql in own_toy.statements] == ["WITH", "WITH"]
        assert (saved in db.session, shelf in db.session) == (True, True)
        assert columns(saved) == await by_orm(db.session, saved.id)
        assert columns(shelf) == columns(await db.session.get(Shelf, (LARGE, SHELF)))

    own_toy.statements.clear()
    await write(rule)


async def test_a_row_that_is_known_already_is_the_one_that_comes_with_a_new_one(write: Write) -> None:
    async def rule(db: Database) -> None:
        known = await db.claim(Shelf, SHELF)
        known.label = "Changed"
        _, shelf = await db.save_with(book(), Book.shelf)
        assert (shelf is known, shelf.label) == (True, "Changed")

    await write(rule)


async def test_where_the_orm_inserts_the_row_that_it_refers_to_is_found(write: Write) -> None:
    async def rule(db: Database) -> None:
        async with db.savepoint():
            saved, shelf = await db.save_with(book(title=func.upper("loud")), Book.shelf)
            _, nobody = await db.save_with(book(), Book.author)
        assert (saved.shelf_id, shelf.id, nobody) == (SHELF, SHELF, None)

    await write(rule)


async def test_a_new_row_that_refers_to_nothing_is_refused(write: Write) -> None:
    with pytest.raises(IntegrityError) as raised:
        await write(lambda db: db.save_with(book(shelf_id=uuid4()), Book.shelf))
    assert "shelf_id" in getattr(raised.value.orig, "constraint_name", "")
