"""Session of one operation: one statement at a time, one snapshot, one commit, and no use after its end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.context import Context
from graphql_app.database.errors import SessionClosed
from graphql_app.database.pool import ConnectionPool
from graphql_app.database.session import OperationSession
from graphql_app.database.transaction_sql import WRITE
from graphql_app.errors import CommitUnknown
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.sql.parameters import in_tenant
from tests.engine.backend_activity import assert_clean, in_session, running, until
from tests.engine.datasets import library
from tests.engine.toy.models import Book, Note
from tests.engine.toy_api import Toy
from tests.support.databases import TestDatabase

BOOKS = len(library("large").rows["books"])
SHELF = library("large").rows["shelves"][0]["id"]
STATE = (
    "SELECT pg_current_snapshot()::text AS snapshot, now() AS begun, current_setting('transaction_isolation') AS mode,"
    " current_setting('transaction_read_only') AS read_only, current_setting('app.org') AS organization"
)
CANCEL_COMMIT = """
CREATE FUNCTION cancel() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_cancel_backend(pg_backend_pid()), pg_sleep(60); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER cancelled AFTER DELETE ON notes
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cancel();
"""
LARGE, SMALL = library("large").organization, library("small").organization


@pytest.fixture
async def connections(own_database: TestDatabase) -> AsyncIterator[ConnectionPool]:
    connections = ConnectionPool(own_database.app.url, own_database.app.connect_args)
    yield connections
    await connections.close()


@pytest.fixture
async def session(connections: ConnectionPool, admin: DriverConnection) -> AsyncIterator[OperationSession]:
    session = OperationSession(connections, LARGE)
    yield session
    await session.close()
    await assert_clean(connections, admin)


async def slow(session: AsyncSession) -> None:
    await session.execute(text("SELECT pg_sleep(60)"))


async def count_books(session: AsyncSession) -> int:
    return await session.scalar(text("SELECT count(*) FROM books")) or 0


async def test_a_connection_is_taken_with_the_first_statement(
    connections: ConnectionPool, session: OperationSession
) -> None:
    assert connections.status()["borrowed"] == 0
    await session.read(count_books)
    await session.read(count_books)
    assert connections.status()["borrowed"] == 1


async def test_statements_are_serialized(session: OperationSession) -> None:
    inside = most = 0

    async def work(session: AsyncSession) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await session.execute(text("SELECT pg_sleep(0.001)"))
        inside -= 1

    await asyncio.gather(
        *(session.read(work) for _ in range(20)),
        session.write(in_session(work)),
        *(session.read(work) for _ in range(5)),
    )
    assert most == 1


async def test_reads_cannot_write(session: OperationSession) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction"):
        await session.read(lambda session: session.execute(text("DELETE FROM notes")))


async def test_no_row_is_visible_without_a_tenant(connections: ConnectionPool) -> None:
    without_tenant = OperationSession(connections, None)
    assert await without_tenant.read(count_books) == 0
    await without_tenant.close()


async def test_another_tenant_sees_other_rows(session: OperationSession) -> None:
    assert await session.read(count_books) == BOOKS
    await session.restart(SMALL)
    assert await session.read(count_books) == len(library("small").rows["books"])


async def test_any_exception_rolls_back_a_write(session: OperationSession) -> None:
    async def work(session: AsyncSession) -> None:
        await session.execute(text("DELETE FROM notes"))
        raise KeyError("changed my mind")

    with pytest.raises(KeyError):
        await session.write(in_session(work))
    assert await session.read(lambda session: session.scalar(text("SELECT count(*) FROM notes"))) == len(
        library("large").rows["notes"]
    )


async def test_an_error_leaves_the_session_usable(session: OperationSession) -> None:
    with pytest.raises(DBAPIError):
        await session.write(in_session(lambda session: session.execute(text("SELECT 1 / 0"))))
    assert await session.write(in_session(count_books)) == BOOKS


@pytest.mark.parametrize("use", ["read", "fetch"])
async def test_a_snapshot_that_begins_on_a_lost_connection_is_retried(
    session: OperationSession, admin: DriverConnection, use: str
) -> None:
    pid = await session.write(in_session(lambda session: session.scalar(text("SELECT pg_backend_pid()"))))
    await admin.execute("SELECT pg_terminate_backend($1)", pid)
    read = session.read(count_books) if use == "read" else session.fetch("SELECT count(*) FROM books", [])
    assert await read in (BOOKS, [(len(library("large").rows["books"]),)])
    assert session.read_failed is None


@pytest.mark.parametrize("use", ["read", "write"])
async def test_closing_cancels_the_running_statement(
    connections: ConnectionPool, admin: DriverConnection, use: str
) -> None:
    session = OperationSession(connections, LARGE)
    batch, queued = [
        asyncio.create_task(session.read(slow) if use == "read" else session.write(in_session(slow))) for _ in range(2)
    ]
    await until(lambda: running(admin))
    await session.close()
    await assert_clean(connections, admin)
    outcomes = await asyncio.gather(batch, queued, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError, SessionClosed]


async def test_a_closed_session_is_refused(connections: ConnectionPool) -> None:
    session = OperationSession(connections, LARGE)
    await session.close()
    await session.close()
    for use in (session.read(count_books), session.write(in_session(count_books))):
        with pytest.raises(SessionClosed):
            await use
    assert connections.status()["borrowed"] == 0


async def by_session(session: OperationSession, sql: str) -> dict[str, Any]:
    rows = await session.read(lambda session: session.execute(text(sql)))
    return dict(rows.mappings().one())


async def by_driver(session: OperationSession, sql: str) -> dict[str, Any]:
    return dict((await session.fetch(sql, []))[0])


async def notes_left(session: OperationSession) -> int:
    number: int = (await by_driver(session, "SELECT count(*) FROM notes"))["count"]
    return number


@pytest.mark.parametrize("variants", [(by_driver, by_session, by_driver), (by_session, by_driver, by_session)])
async def test_statements_with_and_without_a_session_share_one_snapshot(
    session: OperationSession, variants: Any
) -> None:
    states = [await way(session, STATE) for way in variants]
    assert states[0] == states[1] == states[2]
    assert (states[0]["mode"], states[0]["read_only"]) == ("repeatable read", "on")
    assert states[0]["organization"] == str(LARGE)


async def test_a_write_and_later_reads_begin_new_transactions(session: OperationSession) -> None:
    before = await by_driver(session, STATE)
    written = await session.write(in_session(lambda session: session.execute(text(STATE))))
    during = dict(written.mappings().one())
    after = await by_driver(session, STATE)
    assert (during["mode"], during["read_only"]) == ("read committed", "off")
    assert during["organization"] == str(LARGE)
    assert before["begun"] < during["begun"] < after["begun"]


async def test_the_plan_cache_mode_depends_on_the_statement(session: OperationSession) -> None:
    mode = "SELECT current_setting('plan_cache_mode') AS mode"
    modes = [(await session.fetch(mode, [], generic=generic))[0]["mode"] for generic in (True, True, False, True)]
    assert modes == ["force_generic_plan", "force_generic_plan", "force_custom_plan", "force_generic_plan"]
    assert (await by_session(session, mode))["mode"] == "auto"


async def test_a_rule_cannot_commit(session: OperationSession) -> None:
    async def work(session: AsyncSession) -> None:
        await session.execute(text("DELETE FROM notes"))
        await session.commit()

    with pytest.raises(RuntimeError, match="committed by the session"):
        await session.write(in_session(work))
    assert await notes_left(session) > 0


async def test_a_savepoint_rolls_back_only_later_statements(session: OperationSession) -> None:
    async def work(session: AsyncSession) -> None:
        await session.execute(text("UPDATE books SET pages = 7 WHERE pages IS NULL OR pages <> 7"))
        with pytest.raises(IntegrityError):
            async with session.begin_nested():
                await session.execute(text("UPDATE books SET pages = -1"))

    await session.write(in_session(work))
    assert (await by_driver(session, "SELECT count(*) FROM books WHERE pages = 7"))["count"] == BOOKS


async def test_a_failed_transaction_is_not_committed(session: OperationSession) -> None:
    async def by_statement(session: AsyncSession) -> None:
        await session.execute(text("DELETE FROM notes"))
        with pytest.raises(DBAPIError):
            await session.execute(text("SELECT 1 / 0"))

    async def by_flush(session: AsyncSession) -> None:
        await session.execute(text("DELETE FROM notes"))
        session.add(Book(organization_id=LARGE, shelf_id=SHELF, title="Bad", pages=-1))
        with pytest.raises(IntegrityError):
            await session.flush()

    for work in (by_statement, by_flush):
        with pytest.raises(RuntimeError):
            await session.write(in_session(work))
        assert await notes_left(session) > 0


async def test_an_open_savepoint_is_not_committed(session: OperationSession) -> None:
    async def work(session: AsyncSession) -> None:
        await session.begin_nested()
        await session.execute(text("DELETE FROM notes"))

    with pytest.raises(RuntimeError, match="savepoint"):
        await session.write(in_session(work))
    assert await notes_left(session) > 0


async def test_a_constraint_violated_at_commit_fails_the_write(
    session: OperationSession, admin: DriverConnection
) -> None:
    await admin.execute("DELETE FROM notes")
    await admin.execute("ALTER TABLE notes ADD CONSTRAINT once UNIQUE (shelf_id) DEFERRABLE INITIALLY DEFERRED")

    async def work(session: AsyncSession) -> None:
        for body in ("one", "two"):
            session.add(Note(organization_id=LARGE, shelf_id=SHELF, body=body))
            await session.flush()

    with pytest.raises(IntegrityError) as raised:
        await session.write(in_session(work))
    assert getattr(raised.value.orig, "constraint_name", None) == "once"
    assert await notes_left(session) == 0


async def test_a_cancelled_commit_has_an_unknown_outcome_and_is_not_retried(
    session: OperationSession, admin: DriverConnection
) -> None:
    await admin.execute(CANCEL_COMMIT)
    attempts: list[AsyncSession] = []

    async def work(session: AsyncSession) -> None:
        attempts.append(session)
        await session.execute(text("DELETE FROM notes"))

    with pytest.raises(CommitUnknown):
        await session.write(in_session(work))
    assert len(attempts) == 1
    assert await notes_left(session) > 0


async def test_a_commit_succeeds_even_if_no_transaction_can_begin_after_it(
    connections: ConnectionPool, admin: DriverConnection
) -> None:
    connection = await connections.acquire()
    await connection.begin(WRITE, LARGE)
    await connection.session().execute(text("DELETE FROM notes"))
    await connection.commit("BEGIN; SELECT 1 / 0", LARGE)
    assert not connection.begun
    assert await admin.fetchval("SELECT count(*) FROM notes WHERE organization_id = $1", LARGE) == 0
    await connections.release(connection)
    await assert_clean(connections, admin)


async def test_the_next_borrower_begins_a_transaction_before_it_reads(connections: ConnectionPool) -> None:
    first = OperationSession(connections, LARGE)
    await first.read(count_books)
    await first.close()
    connection = await connections.acquire()
    with pytest.raises(RuntimeError, match="begin first"):
        await connection.fetch("SELECT 1", [])
    await connections.release(connection)


async def test_a_flush_that_fails_in_python_commits_nothing(session: OperationSession) -> None:
    async def work(session: AsyncSession) -> None:
        await session.execute(text("DELETE FROM notes"))
        session.add(Book(organization_id=LARGE, shelf_id=SHELF, title="Bad", pages="many"))
        with pytest.raises(DBAPIError):
            await session.flush()

    with pytest.raises(RuntimeError):
        await session.write(in_session(work))
    assert await notes_left(session) > 0


async def test_a_session_used_after_its_rollback_has_no_organization(session: OperationSession) -> None:
    seen: list[Any] = []

    async def work(session: AsyncSession) -> None:
        for _ in range(2):
            seen.append(await session.scalar(text("SELECT count(*) FROM books")))
            await session.rollback()

    with pytest.raises(RuntimeError):
        await session.write(in_session(work))
    assert seen == [BOOKS, 0]
    assert await session.read(count_books) == BOOKS


async def test_a_read_cancelled_while_it_begins_leaves_a_clean_connection(
    connections: ConnectionPool, admin: DriverConnection
) -> None:
    for _ in range(20):
        session = OperationSession(connections, LARGE)
        reading = asyncio.create_task(session.fetch("SELECT 1", []))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await session.close()
    await assert_clean(connections, admin)


async def test_concurrent_reads_share_one_connection_and_one_snapshot(
    connections: ConnectionPool, session: OperationSession
) -> None:
    books, shelves = library("large").rows["books"], library("large").rows["shelves"]

    async def titles(shelf: UUID) -> list[str]:
        return sorted(await session.scalars(select(Book.title).where(Book.shelf_id == shelf)))

    async def snapshot() -> str | None:
        current: str | None = await session.scalar(text("SELECT pg_current_snapshot()::text"))
        return current

    async def rows() -> list[tuple[UUID, str]]:
        return [(id, title) for id, title in await session.execute(select(Book.id, Book.title).order_by(Book.id))]

    found, snapshots, total, book, listed = await asyncio.gather(
        asyncio.gather(*(titles(shelf["id"]) for shelf in shelves)),
        asyncio.gather(*(snapshot() for _ in range(10))),
        session.scalar(select(func.count()).select_from(Book)),
        session.get(Book, books[0]["id"]),
        rows(),
    )
    assert found == [sorted(each["title"] for each in books if each["shelf_id"] == shelf["id"]) for shelf in shelves]
    assert len(set(snapshots)) == 1
    assert total == BOOKS
    assert book is not None
    assert book.title == books[0]["title"]
    assert listed == sorted((each["id"], each["title"]) for each in books)
    assert connections.status()["borrowed"] == 1


async def test_get_returns_only_rows_of_the_organization(own_database: TestDatabase) -> None:
    own, foreign = library("large").rows["books"][0]["id"], library("small").rows["books"][0]["id"]
    for address in (own_database.app, own_database.admin):  # row-level security does not apply to the administrator
        connections = ConnectionPool(address.url, address.connect_args)
        session = OperationSession(connections, LARGE)
        book = await session.get(Book, own)
        assert book is not None
        assert (book.id, book.organization_id) == (own, LARGE)
        assert await session.get(Book, own) is book
        assert await session.get(Book, foreign) is None
        assert await session.get(Book, UUID(int=0)) is None
        await session.close()
        await connections.close()


async def test_statements_have_the_organization_of_the_session(session: OperationSession) -> None:
    statement = select(func.count()).select_from(Book).where(in_tenant(Book), Book.pages >= bindparam("least"))
    pages = [book["pages"] for book in library("large").rows["books"] if book["pages"] is not None]
    values = {"least": sorted(pages)[len(pages) // 2], "organization": SMALL}
    expected = sum(each >= values["least"] for each in pages)
    assert expected > 0
    assert await session.scalar(statement, values) == expected
    assert (await session.scalars(statement, values)).one() == expected
    assert (await session.execute(statement, values)).scalar_one() == expected


async def test_statements_of_a_reader_cannot_write(session: OperationSession) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction"):
        await session.execute(text("DELETE FROM notes"))


async def test_resolvers_of_one_operation_use_the_session_concurrently(toy: Toy) -> None:
    async def books(context: Context) -> str:
        titles = await context.session.scalars(select(Book.title).where(in_tenant(Book)))
        return str(len(titles.all()))

    toy.script.questions["books"] = books
    fields = " ".join(f'books{index}: ask(name: "books")' for index in range(5))
    answered = await toy.fetch(f"{{ {fields} }}", LARGE)
    assert answered == {f"books{index}": str(BOOKS) for index in range(5)}
