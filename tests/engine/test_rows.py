"""Rows that a rule finds, locks, saves and deletes, together with SQLAlchemy's session of the same transaction."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Column, Integer, Uuid, bindparam, func, inspect, null, select, text, update
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm.exc import StaleDataError

from graphql_app.database.connection import PooledConnection
from graphql_app.database.row_codec import codec_of
from graphql_app.database.session import OperationSession
from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Conflict, Invalid, NotFound
from graphql_app.postgres.admin_connections import DriverConnection
from tests.engine.backend_activity import assert_clean
from tests.engine.datasets import library
from tests.engine.toy.models import Author, Book, BookTag, Genre, Shelf
from tests.engine.toy_api import Toy

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

type Write = Callable[[Callable[[WriteTransaction], Awaitable[Any]]], Awaitable[Any]]


@pytest.fixture
async def session(own_toy: Toy, admin: DriverConnection) -> AsyncIterator[OperationSession]:
    session = OperationSession(own_toy.connections, LARGE)
    yield session
    await session.close()
    await assert_clean(own_toy.connections, admin)


@pytest.fixture
def write(session: OperationSession) -> Write:
    """Return a function that runs a rule in a transaction."""
    return lambda rule: session.write(lambda connection: rule(WriteTransaction(connection, LARGE)))


def book(**given: Any) -> Book:
    return Book(organization_id=LARGE, **{"shelf_id": SHELF, "title": "New", **given})


def columns(row: Any) -> dict[str, Any]:
    return {each.key: getattr(row, each.key) for each in inspect(type(row)).column_attrs}


async def by_orm(session: AsyncSession, id: Any) -> dict[str, Any]:
    """Return the columns of a book from a new session."""
    session.expunge_all()
    return columns(await session.scalar(select(Book).where(Book.id == id)))


async def title_in_database(tx: WriteTransaction, id: Any) -> tuple[str, int]:
    found = await tx.execute(text("SELECT title, version FROM books WHERE id = :id").bindparams(id=id))
    row = found.one()
    return row.title, row.version


@pytest.mark.parametrize("how", ["find", "lock"])
async def test_a_read_row_has_the_values_of_the_orm(write: Write, how: str) -> None:
    async def rule(tx: WriteTransaction) -> None:
        saved = await tx.save(book(**EVERYTHING))
        for id in (saved.id, *(row["id"] for row in BOOKS[:20])):
            tx.session.expunge_all()
            row = await getattr(tx, how)(Book, id)
            assert columns(row) == await by_orm(tx.session, id)
            assert type(row.genre) in (Genre, type(None))

    await write(rule)


async def test_a_saved_row_has_the_values_of_the_orm(write: Write) -> None:
    async def rule(tx: WriteTransaction) -> None:
        for given in ({}, EVERYTHING, {"id": uuid4(), "pages": None, "version": None}):
            saved = await tx.save(book(**given))
            assert saved.version == 1
            assert columns(saved) == {**columns(saved), **{k: v for k, v in given.items() if v is not None}}
            assert columns(saved) == await by_orm(tx.session, saved.id)

    await write(rule)


async def test_a_changed_row_has_the_values_of_the_orm(write: Write) -> None:
    async def rule(tx: WriteTransaction) -> None:
        for row in BOOKS[:3]:
            changed = await tx.change(await tx.lock(Book, row["id"]), **EVERYTHING)
            assert (changed.version, changed.title) == (2, "All of it")
            assert columns(changed) == await by_orm(tx.session, changed.id)

    await write(rule)


async def test_many_rows_have_the_values_of_the_orm(write: Write) -> None:
    async def rule(tx: WriteTransaction) -> None:
        new = [book(title=f"Book {n}", pages=n or None, genre=Genre.POEMS if n % 2 else None) for n in range(7)]
        old = await tx.find_where(Book, id=[row["id"] for row in BOOKS[:5]])
        for number, row in enumerate(old):
            row.title, row.price, row.genre = f"Old {number}", Decimal(number), Genre.ATLAS if number else None
        for row in await tx.save_all([*new, *old]):
            assert row.version == (1 if row in new else 2)
            assert columns(row) == await by_orm(tx.session, row.id)

    await write(rule)


@pytest.mark.parametrize("has_session", [False, True])
async def test_a_value_may_be_an_expression(write: Write, has_session: bool) -> None:
    async def rule(tx: WriteTransaction) -> None:
        if has_session:
            await tx.session.scalar(text("SELECT 1"))
        saved = await tx.save(book(title=func.upper("loud"), pages=null()))
        assert (saved.title, saved.pages, saved.version) == ("LOUD", None, 1)
        changed = await tx.change(saved, title=func.lower("QUIET"), pages=5)
        assert (changed.title, changed.pages, changed.version) == ("quiet", 5, 2)
        assert await title_in_database(tx, saved.id) == ("quiet", 2)

    await write(rule)


async def test_a_number_that_its_column_would_round_is_refused_before_any_statement(own_toy: Toy, write: Write) -> None:
    async def rule(tx: WriteTransaction) -> None:
        row = await tx.lock(Book, BOOKS[0]["id"])
        for change in (tx.save(book(price=Decimal("0.001"))), tx.change(row, pages=2**31)):
            with pytest.raises(Invalid, match="number"):
                await change
        row.pages = 1

    await write(rule)
    assert [sql.split()[0] for sql in own_toy.statements] == ["SELECT", "UPDATE"]


async def test_each_change_is_one_statement(own_toy: Toy, write: Write) -> None:
    async def rule(tx: WriteTransaction) -> None:
        await tx.find(Shelf, SHELF)
        row = await tx.lock(Book, BOOKS[0]["id"])
        await tx.change(row, title="Changed", pages=3)
        await tx.delete(await tx.save(book()))

    own_toy.statements.clear()
    await write(rule)
    assert [sql.split()[0] for sql in own_toy.statements] == ["SELECT", "SELECT", "UPDATE", "INSERT", "DELETE"]
    assert "FOR NO KEY UPDATE" in own_toy.statements[1]


@pytest.mark.parametrize("version", [None, 1])
async def test_a_row_is_updated_and_deleted_by_one_statement_without_a_select(
    own_toy: Toy, write: Write, admin: DriverConnection, version: int | None
) -> None:
    async def rule(tx: WriteTransaction) -> None:
        updated = await tx.update(Book, BOOKS[0]["id"], version, **EVERYTHING)
        assert (updated.title, updated.version) == ("All of it", 2)
        assert columns(updated) == await by_orm(tx.session, updated.id)
        new = await tx.save(book())
        gone = await tx.delete_if(Book, new.id, version, title="New")
        assert gone is new
        assert await tx.find(Book, new.id) is None

    own_toy.statements.clear()
    await write(rule)
    sent = [sql.split()[0] for sql in own_toy.statements]
    assert sent == ["UPDATE", "SELECT", "INSERT", "DELETE", "SELECT"]


async def test_an_update_without_differences_changes_nothing(own_toy: Toy, write: Write) -> None:
    row = BOOKS[0]

    async def rule(tx: WriteTransaction) -> None:
        same = await tx.update(Book, row["id"], 1, title=row["title"], pages=row["pages"])
        assert (same.title, same.version) == (row["title"], 1)
        seen = await tx.update(Book, row["id"], 1)
        assert (seen.version, seen.updated_at) == (1, same.updated_at)

    own_toy.statements.clear()
    await write(rule)
    assert [sql.split()[0] for sql in own_toy.statements] == ["UPDATE", "SELECT"]


async def test_an_update_has_the_errors_of_a_locked_row(write: Write) -> None:
    async def rule(tx: WriteTransaction) -> None:
        for id, version, given, error in (
            (uuid4(), None, {"title": "A"}, NotFound),
            (library("small").rows["books"][0]["id"], None, {"title": "A"}, NotFound),
            (BOOKS[0]["id"], 7, {"title": "A"}, Conflict),
            (BOOKS[0]["id"], None, {"price": Decimal("0.001")}, Invalid),
        ):
            with pytest.raises(error):
                await tx.update(Book, id, version, **given)
        with pytest.raises(Conflict):
            await tx.update(Shelf, SHELF, 1, label="Has no version")

    await write(rule)


async def test_an_update_sends_earlier_changes_and_refreshes_the_row(write: Write) -> None:
    async def rule(tx: WriteTransaction) -> None:
        row = await tx.lock(Book, BOOKS[0]["id"])
        row.pages = 12
        again = await tx.update(Book, row.id, title=func.upper("loud"))
        assert again is row
        assert (row.title, row.pages, row.version) == ("LOUD", 12, 3)

    await write(rule)


@pytest.mark.parametrize(("version", "only"), [(7, {}), (None, {"title": "Other"}), (None, {"author_id": None})])
async def test_a_row_of_another_version_is_not_deleted(write: Write, version: int | None, only: dict[str, Any]) -> None:
    async def rule(tx: WriteTransaction) -> None:
        assert await tx.delete_if(Book, BOOKS[0]["id"], version, **only) is None
        assert await tx.find(Book, BOOKS[0]["id"]) is not None

    await write(rule)


async def test_a_statement_is_sent_after_pending_changes(write: Write) -> None:
    statement = select(Book.title, Book.genre).where(Book.id == bindparam("id", type_=Uuid()))

    async def rule(tx: WriteTransaction) -> None:
        row = await tx.lock(Book, BOOKS[0]["id"])
        row.title, row.genre = "Changed", Genre.POEMS
        for id, found in ((row.id, [("Changed", "poems")]), (uuid4(), [])):
            assert [tuple(each) for each in await tx.fetch(statement, id=id)] == found

    await write(rule)


@pytest.mark.parametrize("has_session", [False, True])
async def test_pending_changes_are_sent_with_the_commit(write: Write, has_session: bool) -> None:
    async def rule(tx: WriteTransaction) -> list[Any]:
        rows = [await tx.find(Book, BOOKS[0]["id"]), await tx.lock(Book, BOOKS[1]["id"]), await tx.save(book())]
        if has_session:
            await tx.session.scalar(text("SELECT 1"))
        for row in rows:
            assert row is not None
            row.title = "Changed"
        return [row.id for row in rows if row is not None]

    ids = await write(rule)

    async def look(tx: WriteTransaction) -> list[tuple[str, int]]:
        found = [await tx.lock(Book, id) for id in ids]
        return [(row.title, row.version) for row in found]

    assert await write(look) == [("Changed", 2)] * 3


async def test_a_session_receives_pending_changes(write: Write) -> None:
    async def rule(tx: WriteTransaction) -> None:
        old, new = await tx.lock(Book, BOOKS[0]["id"]), await tx.save(book())
        old.title, new.title = "Changed", "Changed"
        assert set(tx.session.dirty) == {old, new}
        await tx.session.flush()
        assert [await title_in_database(tx, row.id) for row in (old, new)] == [("Changed", 2)] * 2
        assert (old.version, new.version) == (2, 2)

    await write(rule)


async def test_a_row_changed_by_a_session_is_saved_and_deleted(write: Write) -> None:
    async def rule(tx: WriteTransaction) -> None:
        loaded, locked = await tx.session.scalar(select(Book).where(Book.id == BOOKS[0]["id"])), book()
        tx.session.add(locked)
        assert (await tx.lock(Book, BOOKS[0]["id"])) is loaded
        loaded.title = "Changed"
        await tx.save(locked)
        assert await title_in_database(tx, loaded.id) == ("Changed", 2)
        saved = await tx.change(loaded, title="Again")
        assert (saved.version, tx.session.is_modified(saved)) == (3, False)
        await tx.delete(locked)
        assert locked not in tx.session
        assert await tx.find(Book, locked.id) is None

    await write(rule)


async def test_rows_read_again_include_changes_by_a_session(write: Write) -> None:
    async def rule(tx: WriteTransaction) -> None:
        row = await tx.lock(Book, BOOKS[0]["id"])
        await tx.execute(update(Book).where(Book.id == row.id).values(title="Theirs", version=7))
        for again in (await tx.find(Book, row.id), await tx.lock(Book, row.id, 7)):
            assert again is row
            assert (row.title, row.version) == ("Theirs", 7)
        await tx.change(row, title="Mine")
        assert await title_in_database(tx, row.id) == ("Mine", 8)

    await write(rule)


async def test_a_locked_row_is_current_even_if_it_was_read_before(write: Write, admin: DriverConnection) -> None:
    async def rule(tx: WriteTransaction) -> None:
        id = BOOKS[0]["id"]
        found = await tx.find(Book, id)
        await admin.execute("UPDATE books SET title = 'Theirs', version = 7 WHERE id = $1", id)
        locked = await tx.lock(Book, id, 7)
        assert locked is found
        assert locked.title == "Theirs"

    await write(rule)


@pytest.mark.parametrize("how", ["change", "delete", "save_all"])
async def test_a_row_changed_since_it_was_read_is_not_overwritten(
    write: Write, admin: DriverConnection, how: str
) -> None:
    async def rule(tx: WriteTransaction) -> None:
        found = await tx.find_by_id(Book, [row["id"] for row in BOOKS[:2]])
        rows = [found[row["id"]] for row in BOOKS[:2]]
        await admin.execute("UPDATE books SET title = 'Theirs', version = 7 WHERE id = $1", rows[0].id)
        rows[1].title = "Mine"
        if how == "delete":
            await tx.delete(rows[0])
        rows[0].title = "Mine"
        await (tx.save_all(rows) if how == "save_all" else tx.save(rows[0]))

    with pytest.raises(StaleDataError):
        await write(rule)
    assert await admin.fetchval("SELECT title FROM books WHERE id = $1", BOOKS[0]["id"]) == "Theirs"


async def test_rows_of_other_organizations_are_not_found(session: OperationSession) -> None:
    theirs = library("small").rows["books"][0]["id"]
    for organization in (LARGE, SMALL):
        tx = WriteTransaction
        assert await session.write(lambda connection: tx(connection, organization).find(Book, theirs)) is None  # noqa: B023


async def test_a_session_is_created_lazily_with_all_rows(session: OperationSession) -> None:
    async def work(connection: PooledConnection) -> None:
        tx = WriteTransaction(connection, LARGE)
        rows = [await tx.find(Shelf, SHELF), await tx.lock(Book, BOOKS[0]["id"]), await tx.save(book())]
        assert not connection.in_session
        assert rows == [each for each in rows if each in tx.session]
        assert not tx.session.dirty
        later = [await tx.find(Book, BOOKS[1]["id"]), await tx.save(book())]
        assert later == [each for each in later if each in tx.session]

    await session.write(work)


async def test_changes_are_sent_before_a_new_row_that_may_refer_to_them(write: Write) -> None:
    async def rule(tx: WriteTransaction) -> Any:
        found = await tx.find(Book, BOOKS[0]["id"])
        assert found is not None
        found.title = "Changed"
        await tx.save(book())
        return await title_in_database(tx, found.id)

    assert await write(rule) == ("Changed", 2)


@pytest.mark.parametrize("has_session", [False, True])
async def test_relationships_of_a_row_are_never_loaded_implicitly(write: Write, has_session: bool) -> None:
    async def rule(tx: WriteTransaction) -> None:
        if has_session:
            await tx.session.scalar(text("SELECT 1"))
        many = await tx.save_all([book(), book()])
        for row in (await tx.lock(Book, BOOKS[0]["id"]), await tx.save(book()), *many):
            with pytest.raises(InvalidRequestError, match="raise"):
                _ = row.shelf

    await write(rule)


@pytest.mark.parametrize("how", ["new", "changed", "many"])
async def test_a_violated_constraint_is_named(write: Write, how: str) -> None:
    async def rule(tx: WriteTransaction) -> None:
        if how == "changed":
            await tx.change(await tx.lock(Book, BOOKS[0]["id"]), pages=-1)
        await tx.save_all([book(pages=-1), *([book()] if how == "many" else [])])

    with pytest.raises(IntegrityError) as raised:
        await write(rule)
    assert getattr(raised.value.orig, "constraint_name", None) == "ck_books_pages"


async def test_a_pending_row_of_a_session_is_sent_before_a_new_row(write: Write) -> None:
    async def rule(tx: WriteTransaction) -> None:
        author = Author(id=uuid4(), organization_id=LARGE, name="First")
        tx.session.add(author)
        saved = await tx.save(book(author_id=author.id))
        assert (await tx.session.get(Author, (LARGE, author.id)), saved.version) == (author, 1)

    await write(rule)


async def test_rows_of_a_link_table_are_saved_and_deleted(write: Write) -> None:
    async def rule(tx: WriteTransaction) -> None:
        book_id = (await tx.save(book())).id
        tags = [row["id"] for row in library("large").rows["tags"][:3]]
        links = [BookTag(organization_id=LARGE, book_id=book_id, tag_id=tag) for tag in tags]
        await tx.save_all(links)
        assert all(link.created_at for link in links)
        await tx.delete(links[0])
        await tx.delete_all(links[1:])
        assert await tx.session.scalar(select(func.count()).where(BookTag.book_id == book_id)) == 0

    await write(rule)


@pytest.mark.parametrize("has_session", [False, True])
async def test_a_row_rolled_back_with_its_savepoint_is_not_kept(write: Write, has_session: bool) -> None:
    async def rule(tx: WriteTransaction) -> None:
        kept = await tx.save(book(title="Kept"))
        if has_session:
            await tx.session.scalar(text("SELECT 1"))
        row = book()
        with suppress(KeyError):
            async with tx.savepoint():
                await tx.save(row)
                raise KeyError
        assert row not in tx.session
        assert kept in tx.session
        titles = await tx.session.scalars(text("SELECT title FROM books WHERE title IN ('New', 'Kept')"))
        assert list(titles) == ["Kept"]

    await write(rule)


async def test_a_rolled_back_savepoint_restores_the_values_of_a_row(write: Write) -> None:
    async def rule(tx: WriteTransaction) -> tuple[str, int]:
        row = await tx.change(await tx.lock(Book, BOOKS[0]["id"]), title="Before")
        for save in (True, False):
            with suppress(KeyError):
                async with tx.savepoint():
                    row.title = "Inside"
                    if save:
                        await tx.save(row)
                    await tx.session.scalar(text("SELECT 1"))
                    raise KeyError
            assert (row.title, row.version) == ("Before", 2)
        await tx.change(row, pages=3)
        return await title_in_database(tx, row.id)

    assert await write(rule) == ("Before", 3)


async def test_a_rolled_back_new_row_can_be_saved_again(write: Write) -> None:
    async def rule(tx: WriteTransaction) -> tuple[str, int]:
        row = book()
        with suppress(KeyError):
            async with tx.savepoint():
                await tx.change(await tx.save(row), title="Twice")
                raise KeyError
        await tx.save(row)
        return await title_in_database(tx, row.id)

    assert await write(rule) == ("Twice", 2)


async def test_savepoints_may_be_nested_and_repeated(write: Write) -> None:
    async def rule(tx: WriteTransaction) -> list[str]:
        for outer in "abc":
            with suppress(KeyError):
                async with tx.savepoint():
                    await tx.save(book(title=f"~{outer}"))
                    for inner in "123":
                        with suppress(IntegrityError):
                            async with tx.savepoint():
                                await tx.save(book(title=f"~{outer}{inner}", pages=-1 if inner == "2" else 1))
                    if outer == "b":
                        raise KeyError
        found = await tx.session.scalars(text("SELECT title FROM books WHERE title LIKE '~%' ORDER BY title"))
        return list(found)

    assert await write(rule) == ["~a", "~a1", "~a3", "~c", "~c1", "~c3"]


async def test_a_failed_flush_of_a_session_rolls_back_only_its_savepoint(write: Write) -> None:
    async def rule(tx: WriteTransaction) -> list[str]:
        await tx.save(book(title="~kept"))
        with suppress(IntegrityError):
            async with tx.savepoint():
                tx.session.add_all([book(title="~lost"), book(title="~worse", pages=-1)])
                await tx.session.flush()
                pytest.fail("The constraint holds.")
        return list(await tx.session.scalars(text("SELECT title FROM books WHERE title LIKE '~%'")))

    assert await write(rule) == ["~kept"]


def test_a_model_of_several_tables_is_written_through_a_session() -> None:
    class Own(DeclarativeBase):
        pass

    class Plain(Own):
        __tablename__ = "plain"
        id = Column(Uuid, primary_key=True)
        note = Column(Integer)

    class Renamed(Own):
        __tablename__ = "renamed"
        id = Column(Uuid, primary_key=True)
        remark = Column("note", Integer)

    class Heir(Plain):
        more = Column(Integer)

    assert codec_of(Plain).keys == ("id",)
    assert tuple(codec_of(Renamed).columns) == ("id", "remark")
    with pytest.raises(TypeError, match="session"):
        codec_of(Heir)


async def test_a_row_to_which_a_new_one_refers_is_loaded_with_it(own_toy: Toy, write: Write) -> None:
    async def rule(tx: WriteTransaction) -> None:
        saved, shelf = await tx.save_with(book(**EVERYTHING), Book.shelf)
        without = await tx.save_with(book(), Book.author)
        assert (saved.version, without[1]) == (1, None)
        assert [sql.split()[0] for sql in own_toy.statements] == ["WITH", "WITH"]
        assert (saved in tx.session, shelf in tx.session) == (True, True)
        assert columns(saved) == await by_orm(tx.session, saved.id)
        assert columns(shelf) == columns(await tx.session.get(Shelf, (LARGE, SHELF)))

    own_toy.statements.clear()
    await write(rule)


async def test_a_known_row_is_reused_for_a_new_one_that_refers_to_it(write: Write) -> None:
    async def rule(tx: WriteTransaction) -> None:
        known = await tx.lock(Shelf, SHELF)
        known.label = "Changed"
        _, shelf = await tx.save_with(book(), Book.shelf)
        assert (shelf is known, shelf.label) == (True, "Changed")

    await write(rule)


async def test_a_row_in_the_same_table_to_which_a_new_one_refers_is_loaded(write: Write) -> None:
    async def rule(tx: WriteTransaction) -> None:
        whole = await tx.save(book(title="Whole"))
        for parent in (whole.id, None):
            volume, found = await tx.save_with(book(title=func.upper("loud"), parent_id=parent), Book.parent)
            assert (volume.title, found) == ("LOUD", whole if parent else None)

    await write(rule)


async def test_a_new_row_with_a_dangling_reference_is_refused(write: Write) -> None:
    with pytest.raises(IntegrityError) as raised:
        await write(lambda tx: tx.save_with(book(shelf_id=uuid4()), Book.shelf))
    assert "shelf_id" in getattr(raised.value.orig, "constraint_name", "")
