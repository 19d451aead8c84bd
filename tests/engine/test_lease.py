"""A lease: the driver's statements and a session's run in one transaction, which only the gate commits."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.database.gate import Gate
from graphql_app.database.transactions import WRITE
from graphql_app.postgres.connecting import Connection
from tests.engine.asking import Toy
from tests.engine.libraries import library
from tests.engine.toy.models import Book, Note
from tests.engine.watching import assert_clean, in_session

LARGE = library("large").organization
BOOKS = len(library("large").rows["books"])
SHELF = library("large").rows["shelves"][0]["id"]
STATE = (
    "SELECT pg_current_snapshot()::text AS snapshot, now() AS begun, current_setting('transaction_isolation') AS mode,"
    " current_setting('transaction_read_only') AS read_only, current_setting('app.org') AS organization"
)


@pytest.fixture
async def gate(own_toy: Toy, admin: Connection) -> AsyncIterator[Gate]:
    gate = Gate(own_toy.connections, LARGE)
    yield gate
    await gate.close()
    await assert_clean(own_toy, admin)


async def by_session(gate: Gate, sql: str) -> dict[str, Any]:
    rows = await gate.read(lambda session: session.execute(text(sql)))
    return dict(rows.mappings().one())


async def by_driver(gate: Gate, sql: str) -> dict[str, Any]:
    return dict((await gate.fetch(sql, []))[0])


@pytest.mark.parametrize("ways", [(by_driver, by_session, by_driver), (by_session, by_driver, by_session)])
async def test_driver_and_session_share_one_snapshot(gate: Gate, ways: Any) -> None:
    states = [await way(gate, STATE) for way in ways]
    assert states[0] == states[1] == states[2]
    assert (states[0]["mode"], states[0]["read_only"]) == ("repeatable read", "on")
    assert states[0]["organization"] == str(LARGE)


async def test_a_write_begins_anew_and_reads_after_it_too(gate: Gate) -> None:
    before = await by_driver(gate, STATE)
    written = await gate.write(in_session(lambda session: session.execute(text(STATE))))
    during = dict(written.mappings().one())
    after = await by_driver(gate, STATE)
    assert (during["mode"], during["read_only"]) == ("read committed", "off")
    assert during["organization"] == str(LARGE)
    assert before["begun"] < during["begun"] < after["begun"]


async def test_statements_are_planned_once_for_all_values_or_for_their_own(gate: Gate) -> None:
    mode = "SELECT current_setting('plan_cache_mode') AS mode"
    modes = [(await gate.fetch(mode, [], generic=generic))[0]["mode"] for generic in (True, True, False, True)]
    assert modes == ["force_generic_plan", "force_generic_plan", "force_custom_plan", "force_generic_plan"]
    await gate.restart(LARGE)
    assert (await by_driver(gate, mode))["mode"] == "force_custom_plan"
    await gate.restart(LARGE)
    assert await gate.read(lambda session: session.scalar(text(mode))) == "auto"


async def test_a_rule_cannot_commit(gate: Gate) -> None:
    async def work(session: AsyncSession) -> None:
        await session.execute(text("DELETE FROM notes"))
        await session.commit()

    with pytest.raises(RuntimeError, match="committed by the gate"):
        await gate.write(in_session(work))
    assert (await by_driver(gate, "SELECT count(*) FROM notes"))["count"] > 0


async def test_a_savepoint_takes_back_only_what_came_after_it(gate: Gate) -> None:
    async def work(session: AsyncSession) -> None:
        await session.execute(text("UPDATE books SET pages = 7 WHERE pages IS NULL OR pages <> 7"))
        with pytest.raises(IntegrityError):
            async with session.begin_nested():
                await session.execute(text("UPDATE books SET pages = -1"))

    await gate.write(in_session(work))
    assert (await by_driver(gate, "SELECT count(*) FROM books WHERE pages = 7"))["count"] == BOOKS


async def test_what_is_left_of_a_failed_transaction_is_not_committed(gate: Gate) -> None:
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
            await gate.write(in_session(work))
        assert (await by_driver(gate, "SELECT count(*) FROM notes"))["count"] > 0


async def test_a_savepoint_left_open_is_not_committed(gate: Gate) -> None:
    async def work(session: AsyncSession) -> None:
        await session.begin_nested()
        await session.execute(text("DELETE FROM notes"))

    with pytest.raises(RuntimeError, match="savepoint"):
        await gate.write(in_session(work))
    assert (await by_driver(gate, "SELECT count(*) FROM notes"))["count"] > 0


async def test_a_constraint_that_is_checked_by_the_commit_keeps_it_from_being_one(
    gate: Gate, admin: Connection
) -> None:
    await admin.execute("DELETE FROM notes")
    await admin.execute("ALTER TABLE notes ADD CONSTRAINT once UNIQUE (shelf_id) DEFERRABLE INITIALLY DEFERRED")

    async def work(session: AsyncSession) -> None:
        for body in ("one", "two"):
            session.add(Note(organization_id=LARGE, shelf_id=SHELF, body=body))
            await session.flush()

    with pytest.raises(IntegrityError) as raised:
        await gate.write(in_session(work))
    assert getattr(raised.value.orig, "constraint_name", None) == "once"
    assert (await by_driver(gate, "SELECT count(*) FROM notes"))["count"] == 0


async def test_a_commit_is_a_success_though_nothing_could_be_begun_after_it(own_toy: Toy, admin: Connection) -> None:
    lease = await own_toy.connections.lend()
    await lease.begin(WRITE, LARGE)
    await lease.session().execute(text("DELETE FROM notes"))
    await lease.commit("BEGIN; SELECT 1 / 0", LARGE)
    assert not lease.begun
    assert await admin.fetchval("SELECT count(*) FROM notes WHERE organization_id = $1", LARGE) == 0
    await lease.give_back()
    await assert_clean(own_toy, admin)


async def test_of_a_commit_that_is_cancelled_nobody_claims_to_know_what_became_of_it(
    own_toy: Toy, admin: Connection
) -> None:
    lease = await own_toy.connections.lend()
    await lease.begin(WRITE, LARGE)
    await lease.session().execute(text("DELETE FROM notes"))
    with pytest.raises(ConnectionResetError):
        await lease.commit("SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(10)", LARGE)
    assert await admin.fetchval("SELECT count(*) FROM notes WHERE organization_id = $1", LARGE) == 0
    await lease.give_back()
    await assert_clean(own_toy, admin)


async def test_the_snapshot_after_a_commit_begins_again_when_its_first_statement_is_lost(
    gate: Gate, admin: Connection
) -> None:
    await gate.write(in_session(lambda session: session.execute(text("DELETE FROM notes"))))
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert (await by_driver(gate, "SELECT count(*) FROM notes"))["count"] == 0
    assert gate.read_failed is None


async def test_reads_of_a_session_are_planned_for_their_values(gate: Gate) -> None:
    await gate.write(in_session(lambda session: session.execute(text("SELECT 1"))))
    assert (await by_session(gate, "SELECT current_setting('plan_cache_mode') AS mode"))["mode"] == "auto"


async def test_a_session_that_goes_on_after_its_rollback_sees_nobodys_rows(gate: Gate) -> None:
    seen: list[Any] = []

    async def work(session: AsyncSession) -> None:
        for _ in range(2):
            seen.append(await session.scalar(text("SELECT count(*) FROM books")))
            await session.rollback()

    with pytest.raises(RuntimeError):
        await gate.write(in_session(work))
    assert seen == [BOOKS, 0]
    assert (await by_driver(gate, "SELECT count(*) FROM books"))["count"] == BOOKS


async def test_a_beginning_that_was_cancelled_is_rolled_back(own_toy: Toy, admin: Connection) -> None:
    for _ in range(20):
        gate = Gate(own_toy.connections, LARGE)
        reading = asyncio.create_task(gate.fetch("SELECT 1", []))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await gate.close()
    await assert_clean(own_toy, admin)


async def test_what_the_driver_refuses_is_raised_as_its_own_error(gate: Gate) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        await gate.fetch("SELECT 1 / 0", [])


async def test_a_snapshot_that_only_read_rests_when_it_is_released(own_toy: Toy) -> None:
    unused, used = Gate(own_toy.connections, LARGE), Gate(own_toy.connections, LARGE)
    await used.fetch("SELECT 1", [])
    unused.release()
    used.release()
    assert own_toy.connections.lending.resting == 1
    assert own_toy.connections.status()["borrowed"] == 0


async def test_what_a_session_has_worked_in_ends_in_the_background_when_it_is_released(own_toy: Toy) -> None:
    gate = Gate(own_toy.connections, LARGE)
    await gate.read(lambda session: session.execute(text("SELECT 1")))
    gate.release()
    assert own_toy.connections.lending.resting == 0
    assert own_toy.connections.status()["borrowed"] == 1
    await own_toy.connections.lending.settled()
    assert own_toy.connections.status()["borrowed"] == 0
