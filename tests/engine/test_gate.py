"""The gate of one operation: one statement at a time, and nothing after its end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.database.connections import Connections
from graphql_app.database.gate import Gate, GateClosed
from graphql_app.postgres.connecting import Connection
from tests.engine.asking import Toy
from tests.engine.libraries import library
from tests.engine.watching import assert_clean, in_session, running, until

LARGE, SMALL = library("large").organization, library("small").organization


@pytest.fixture
async def gate(own_toy: Toy, admin: Connection) -> AsyncIterator[Gate]:
    gate = Gate(own_toy.connections, LARGE)
    yield gate
    await gate.close()
    await assert_clean(own_toy, admin)


async def slow(session: AsyncSession) -> None:
    await session.execute(text("SELECT pg_sleep(60)"))


async def count_books(session: AsyncSession) -> int:
    return await session.scalar(text("SELECT count(*) FROM books")) or 0


async def test_takes_a_connection_with_the_first_statement_only(own_toy: Toy, gate: Gate) -> None:
    assert own_toy.connections.status()["borrowed"] == 0
    await gate.read(count_books)
    await gate.read(count_books)
    assert own_toy.connections.status()["borrowed"] == 1


async def test_lets_one_at_a_time_in(gate: Gate) -> None:
    inside = most = 0

    async def work(session: AsyncSession) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await session.execute(text("SELECT pg_sleep(0.001)"))
        inside -= 1

    await asyncio.gather(
        *(gate.read(work) for _ in range(20)), gate.write(in_session(work)), *(gate.read(work) for _ in range(5))
    )
    assert most == 1


async def test_reads_cannot_write(gate: Gate) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction"):
        await gate.read(lambda session: session.execute(text("DELETE FROM notes")))


async def test_without_a_tenant_there_is_no_row(own_toy: Toy) -> None:
    nobody = Gate(own_toy.connections, None)
    assert await nobody.read(count_books) == 0
    await nobody.close()


async def test_going_on_as_another_tenant_changes_the_rows(gate: Gate) -> None:
    assert await gate.read(count_books) == len(library("large").rows["books"])
    await gate.restart(SMALL)
    assert await gate.read(count_books) == len(library("small").rows["books"])


async def test_a_write_is_rolled_back_by_any_exception(gate: Gate) -> None:
    async def work(session: AsyncSession) -> None:
        await session.execute(text("DELETE FROM notes"))
        raise KeyError("changed my mind")

    with pytest.raises(KeyError):
        await gate.write(in_session(work))
    assert await gate.read(lambda session: session.scalar(text("SELECT count(*) FROM notes"))) == len(
        library("large").rows["notes"]
    )


async def test_is_open_for_others_after_an_error(gate: Gate) -> None:
    with pytest.raises(DBAPIError):
        await gate.write(in_session(lambda session: session.execute(text("SELECT 1 / 0"))))
    assert await gate.write(in_session(count_books)) == len(library("large").rows["books"])


@pytest.mark.parametrize("use", ["read", "fetch"])
async def test_a_snapshot_that_begins_on_a_lost_connection_begins_again(
    gate: Gate, admin: Connection, use: str
) -> None:
    pid = await gate.write(in_session(lambda session: session.scalar(text("SELECT pg_backend_pid()"))))
    await admin.execute("SELECT pg_terminate_backend($1)", pid)
    read = gate.read(count_books) if use == "read" else gate.fetch("SELECT count(*) FROM books", [])
    assert await read in (len(library("large").rows["books"]), [(len(library("large").rows["books"]),)])
    assert gate.read_failed is None


@pytest.mark.parametrize("use", ["read", "write"])
async def test_closing_stops_what_is_running(own_toy: Toy, admin: Connection, use: str) -> None:
    gate = Gate(own_toy.connections, LARGE)
    batch, queued = [
        asyncio.create_task(gate.read(slow) if use == "read" else gate.write(in_session(slow))) for _ in range(2)
    ]
    await until(lambda: running(admin))
    await gate.close()
    await assert_clean(own_toy, admin)
    outcomes = await asyncio.gather(batch, queued, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError, GateClosed]


async def test_closed_it_refuses(own_toy: Toy) -> None:
    gate = Gate(own_toy.connections, LARGE)
    await gate.close()
    await gate.close()
    for use in (gate.read(count_books), gate.write(in_session(count_books))):
        with pytest.raises(GateClosed):
            await use
    assert own_toy.connections.status()["borrowed"] == 0


async def test_a_commit_beside_a_running_statement_costs_the_connection_not_the_next_request(
    own_toy: Toy, admin: Connection
) -> None:
    """What happens when somebody goes around the gate: the pool's check throws such a connection away."""
    for end in ("commit", "rollback", "close"):
        session = AsyncSession(await own_toy.connections.engine.connect())
        await session.execute(text("LOCK TABLE tags IN ACCESS EXCLUSIVE MODE"))
        statement = asyncio.create_task(session.execute(text("SELECT pg_sleep(0.2)")))
        await asyncio.sleep(0.05)
        for ending in (getattr(session, end), session.close, session.bind.close):  # type: ignore[union-attr]
            await asyncio.gather(ending(), return_exceptions=True)
        await asyncio.gather(statement, return_exceptions=True)
        await assert_clean(own_toy, admin)
    await own_toy.ask("{ tags { totalCount } }", LARGE)


async def test_a_connection_that_comes_back_in_a_transaction_is_thrown_away(own_toy: Toy, admin: Connection) -> None:
    connections: Connections = own_toy.connections
    async with connections.engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.execute("BEGIN")
        await driver.execute("LOCK TABLE tags IN ACCESS EXCLUSIVE MODE")
        pid = driver.get_server_pid()
    await assert_clean(own_toy, admin)
    async with connections.engine.connect() as connection:
        assert await connection.scalar(text("SELECT pg_backend_pid()")) != pid
