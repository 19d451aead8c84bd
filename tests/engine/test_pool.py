"""Connection pool: clean connections in FIFO order, and no leaked connection."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.database.pool import ConnectionPool, PoolOptions
from graphql_app.database.session import OperationSession
from graphql_app.database.transaction_sql import READ, WRITE
from tests.engine.backend_activity import in_session, until
from tests.engine.datasets import Libraries

STATE = (
    "SELECT pg_backend_pid() AS pid, current_setting('app.org', true) AS organization, now() AS begun,"
    " current_setting('transaction_read_only') AS read_only"
)
EMPTY = {"size": 1, "borrowed": 0, "idle": 1, "waiting": 0}
"""Status of a pool of one whose connection is free."""


@dataclass(frozen=True)
class Pool:
    """Pool whose sessions are identified by their ``application_name``."""

    connections: ConnectionPool
    libraries: Libraries
    name: str

    def session(self, organization: UUID | None = None) -> OperationSession:
        """Return the database session of a new operation."""
        return OperationSession(self.connections, organization)

    async def state(self, organization: UUID | None = None) -> dict[str, Any]:
        """Return the state of the transaction that an operation of one statement reads in."""
        session = self.session(organization)
        try:
            (row,) = await session.fetch(STATE, [])
        finally:
            session.release()
        return dict(row)

    async def sessions(self, condition: str = "true") -> list[int]:
        """Return the process ids of the pool's sessions for which ``condition`` holds in pg_stat_activity."""
        where = f"application_name = '{self.name}' AND {condition}"
        rows = await self.libraries.query(f"SELECT pid FROM pg_stat_activity WHERE {where}")
        return [row["pid"] for row in rows]

    async def is_idle(self) -> bool:
        """Return True if every connection was returned and no transaction is open."""
        in_transaction = await self.sessions("state LIKE 'idle in transaction%'")
        return self.connections.status()["borrowed"] == 0 and not in_transaction

    async def terminate(self, *pids: int) -> None:
        """End sessions of the pool in PostgreSQL."""
        for pid in pids:
            await self.libraries.query("SELECT pg_terminate_backend($1)", pid)
        await until(lambda: self._have_ended(pids))

    async def _have_ended(self, pids: tuple[int, ...]) -> bool:
        return not set(pids) & set(await self.sessions())


type Open = Callable[..., Any]


@pytest.fixture
async def opened(libraries: Libraries) -> Open:
    """Return a context manager that opens a pool with options, and disposes it."""

    @asynccontextmanager
    async def open_pool(**options: Any) -> AsyncIterator[Pool]:
        address, name = libraries.database.app, f"pool {secrets.token_hex(6)}"
        connect_args = {**address.connect_args, "server_settings": {"application_name": name}}
        pool = Pool(ConnectionPool(address.url, connect_args, PoolOptions(**options)), libraries, name)
        try:
            yield pool
        finally:
            await pool.connections.close()
        assert await pool.sessions() == []

    return open_pool


async def test_consecutive_operations_share_a_connection_but_no_snapshot_and_no_organization(opened: Open) -> None:
    first, second = uuid4(), uuid4()
    async with opened() as pool:
        states = [await pool.state(first), await pool.state(second), await pool.state()]
    assert len({state["pid"] for state in states}) == 1
    assert states[0]["begun"] < states[1]["begun"] < states[2]["begun"]
    assert [state["organization"] for state in states[:2]] == [str(first), str(second)]
    assert states[2]["organization"] in ("", None)


async def test_a_write_follows_a_read_on_the_same_connection(opened: Open) -> None:
    async with opened() as pool:
        read, session = await pool.state(), pool.session()
        row = await session.write(in_session(lambda session: one(session, STATE)))
        await session.close()
    assert (row["pid"], row["read_only"]) == (read["pid"], "off")


async def one(session: AsyncSession, sql: str) -> dict[str, Any]:
    return dict((await session.execute(text(sql))).mappings().one())


@pytest.mark.parametrize("options", [{}, {"rest": 0}], ids=["", "behind a pooler"])
async def test_released_connections_are_idle_outside_of_transactions(opened: Open, options: dict[str, Any]) -> None:
    async with opened(**options) as pool:
        sessions = [pool.session(uuid4()) for _ in range(3)]
        for session in sessions[:2]:
            await session.fetch("SELECT 1", [])
        await sessions[2].read(lambda session: one(session, STATE))
        assert pool.connections.status() == {"size": 10, "borrowed": 3, "idle": 0, "waiting": 0}
        for session in sessions:
            session.release()
        await until(pool.is_idle)
        assert pool.connections.status() == {"size": 10, "borrowed": 0, "idle": 3, "waiting": 0}


async def test_the_connection_returned_last_is_used_next(opened: Open) -> None:
    async with opened() as pool:
        sessions = [pool.session() for _ in range(3)]
        pids = [(await session.fetch(STATE, []))[0]["pid"] for session in sessions]
        for session in sessions:
            await session.close()
        assert (await pool.state())["pid"] == pids[-1]


async def test_at_most_size_and_overflow_are_open_and_only_size_are_kept(opened: Open) -> None:
    async with opened(size=1, overflow=1, timeout=0.05) as pool:
        sessions = [pool.session(), pool.session()]
        for session in sessions:
            await session.fetch("SELECT 1", [])
        with pytest.raises(PoolTimeout):
            await pool.state()
        for session in sessions:
            await session.close()
        assert pool.connections.status() == EMPTY
        await until(lambda: has_sessions(pool, 1))


async def has_sessions(pool: Pool, number: int) -> bool:
    return len(await pool.sessions()) == number


@pytest.mark.parametrize("options", [{}, {"rest": 0}], ids=["", "behind a pooler"])
async def test_operations_are_served_in_fifo_order(opened: Open, options: dict[str, Any]) -> None:
    served: list[int] = []

    async def operation(pool: Pool, number: int) -> None:
        session = pool.session()
        await session.fetch("SELECT 1", [])
        served.append(number)
        session.release()

    async with opened(size=1, **options) as pool:
        await asyncio.gather(*(operation(pool, number) for number in range(20)))
    assert served == list(range(20))


@pytest.mark.parametrize("steps", range(4))
async def test_a_cancelled_operation_in_the_queue_loses_no_connection(opened: Open, steps: int) -> None:
    """It is cancelled so many steps of the event loop after the connection was released."""
    async with opened(size=1) as pool:
        holder = pool.session()
        await holder.fetch("SELECT 1", [])
        first, second = (asyncio.create_task(pool.state()) for _ in range(2))
        await asyncio.sleep(0)
        holder.release()
        for _ in range(steps):
            await asyncio.sleep(0)
        first.cancel()
        assert (await second)["pid"]
        await asyncio.wait([first])
        assert (await pool.state())["pid"]
        await until(pool.is_idle)
        assert pool.connections.status() == EMPTY


async def test_an_operation_that_times_out_leaves_the_queue(opened: Open) -> None:
    async with opened(size=1, timeout=0.05) as pool:
        holder = pool.session()
        await holder.fetch("SELECT 1", [])
        with pytest.raises(PoolTimeout):
            await pool.state()
        await holder.close()
        assert (await pool.state())["pid"]


async def test_a_connection_that_cannot_be_opened_frees_its_slot(libraries: Libraries) -> None:
    address = libraries.database.app
    options = PoolOptions(size=1, timeout=0.05)
    connections = ConnectionPool(address.url.set(database="no such database"), address.connect_args, options)
    for _ in range(3):
        with pytest.raises(DBAPIError, match="does not exist"):
            await OperationSession(connections, None).fetch("SELECT 1", [])
    await connections.close()


@pytest.mark.parametrize(("pause", "is_reached"), [(60.0, False), (0.0, True)])
async def test_no_connection_is_attempted_shortly_after_a_refused_one(
    libraries: Libraries, pause: float, is_reached: bool
) -> None:
    attempts = 0

    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal attempts
        attempts += 1
        writer.transport.abort()

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        host, port = listener.getsockname()
        url = libraries.database.app.url.set(host=host, port=port, query={})
        connections = ConnectionPool(url, {"ssl": False}, PoolOptions(size=2, pause=pause))
        with pytest.raises(ConnectionRefusedError):
            await OperationSession(connections, None).fetch("SELECT 1", [])
        async with await asyncio.start_server(refuse, sock=listener):
            for _ in range(3):
                with pytest.raises(DBAPIError if is_reached else ConnectionRefusedError):
                    await OperationSession(connections, None).fetch("SELECT 1", [])
    assert bool(attempts) == is_reached


async def test_a_connection_lost_during_an_operation_frees_its_slot(opened: Open) -> None:
    async with opened(size=1, timeout=0.05) as pool:
        for _ in range(3):
            session = pool.session()
            (row,) = await session.fetch(STATE, [])
            await pool.terminate(row["pid"])
            with pytest.raises(ConnectionResetError):
                await session.fetch("SELECT pg_sleep(1)", [])
            assert await session.fetch("SELECT 1", [])
            await session.close()
        assert pool.connections.status()["borrowed"] == 0


async def test_connections_lost_while_idle_are_replaced(opened: Open) -> None:
    async with opened(size=3) as pool:
        for _ in range(2):
            sessions = [pool.session() for _ in range(3)]
            pids = [(await session.fetch(STATE, []))[0]["pid"] for session in sessions]
            for session in sessions:
                session.release()
            await pool.terminate(*pids)
            assert (await pool.state())["pid"] not in pids


async def test_a_connection_idle_for_long_is_tested_before_its_use(opened: Open) -> None:
    sent: dict[float, list[str]] = {}
    for ping_after in (30.0, 0.0):
        messages = sent[ping_after] = []
        async with opened(rest=0, ping_after=ping_after) as pool:
            async with pool.connections.driver() as driver:
                driver.add_query_logger(lambda query, messages=messages: messages.append(query.query))
            await pool.state()
            await until(pool.is_idle)
    assert len(sent[0.0]) > len(sent[30.0])


async def test_a_connection_that_is_too_old_is_replaced(opened: Open) -> None:
    async with opened(recycle=0) as pool:
        first = await pool.state()
        await until(pool.is_idle)
        assert (await pool.state())["pid"] != first["pid"]


async def test_the_driver_connection_is_lent_outside_of_any_transaction(opened: Open) -> None:
    async with opened() as pool:
        read = await pool.state(uuid4())
        async with pool.connections.driver() as driver:
            assert driver.get_server_pid() == read["pid"]
            assert not driver.is_in_transaction()
            assert await driver.fetchval("SELECT current_setting('app.org', true)") in ("", None)


async def test_a_driver_connection_returned_in_a_transaction_is_not_used_again(opened: Open) -> None:
    async with opened() as pool:
        async with pool.connections.driver() as driver:
            await driver.execute("BEGIN")
            await driver.execute("LOCK TABLE tags IN ACCESS EXCLUSIVE MODE")
        assert (await pool.state())["pid"] != driver.get_server_pid()
        await until(lambda: is_unlocked(pool))


async def test_a_driver_connection_returned_with_a_running_statement_is_not_used_again(opened: Open) -> None:
    async with opened() as pool:
        async with pool.connections.driver() as driver:
            await driver.execute("BEGIN")
            await driver.execute("LOCK TABLE tags IN ACCESS EXCLUSIVE MODE")
            statement = asyncio.create_task(driver.execute("SELECT pg_sleep(60)"))
            await until(lambda: pool.sessions("state = 'active'"))
        assert (await pool.state())["pid"] != driver.get_server_pid()
        await until(lambda: is_unlocked(pool))
        await asyncio.wait([statement])
        assert statement.exception() is not None


async def is_unlocked(pool: Pool) -> bool:
    held = "SELECT FROM pg_locks WHERE relation = 'tags'::regclass AND mode = 'AccessExclusiveLock'"
    return not await pool.libraries.query(held)


async def test_a_closed_pool_opens_new_connections(opened: Open) -> None:
    async with opened() as pool:
        first = await pool.state()
        await pool.connections.close()
        assert pool.connections.status()["idle"] == 0
        assert (await pool.state())["pid"] != first["pid"]


async def test_concurrent_operations_have_separate_connections(opened: Open) -> None:
    async with opened(size=5) as pool, AsyncExitStack() as stack:
        sessions = [pool.session() for _ in range(5)]
        for session in sessions:
            stack.push_async_callback(session.close)
        states = await asyncio.gather(*(session.fetch(STATE, []) for session in sessions))
        assert len({rows[0]["pid"] for rows in states}) == 5


async def test_a_connection_lost_on_its_way_to_the_next_borrower_is_replaced(opened: Open) -> None:
    async with opened(size=1) as pool:
        first = await pool.connections.acquire()
        await first.begin(READ, None)
        waiting = asyncio.create_task(pool.connections.acquire())
        await asyncio.sleep(0)
        assert pool.connections.release_nowait(first)
        first.driver.terminate()
        second = await waiting
        await second.begin(READ, None)
        assert await second.fetch("SELECT 1", [])
        await pool.connections.release(second)
        assert pool.connections.status() == EMPTY


async def test_a_rollback_that_is_cancelled_leaves_no_transaction_behind(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session rolls back by itself when a flush fails; its client may disconnect at that moment."""

    async def cancelled(sql: str) -> None:
        raise asyncio.CancelledError

    async with opened(size=1) as pool:
        connection = await pool.connections.acquire()
        await connection.begin(WRITE, uuid4())
        session = connection.session()
        await session.execute(text("SELECT 1"))
        with monkeypatch.context() as patched:
            patched.setattr(connection, "_execute", cancelled)
            with pytest.raises(asyncio.CancelledError):
                await session.rollback()
        assert connection.begun
        await connection.rollback()
        assert connection.is_clean
        await pool.connections.release(connection)
        assert pool.connections.status() == EMPTY
        assert await pool.is_idle()
