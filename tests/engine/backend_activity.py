"""Activity in the database: running and waiting sessions, locks, and the state of returned connections."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.context import Context
from graphql_app.database.connection import PooledConnection
from graphql_app.database.pool import ConnectionPool
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import APP
from tests.support.databases import TestDatabase, connected

TENANT = "SELECT current_setting('app.org', true)"
OURS = f"datname = current_database() AND usename = '{APP}'"


def in_session[T](work: Callable[[AsyncSession], Awaitable[T]]) -> Callable[[PooledConnection], Awaitable[T]]:
    """Return a session to write to, for functions that need one."""
    return lambda connection: work(connection.session())


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 10) -> Any:
    """Wait until a condition is true, and return its result."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):  # noqa: ASYNC110 (the database has no event for it)
            await asyncio.sleep(0.01)
    return found


async def running(admin: DriverConnection) -> list[int]:
    """Return the process ids of the application's sessions in a statement or a transaction."""
    rows = await admin.fetch(f"SELECT pid FROM pg_stat_activity WHERE {OURS} AND state <> 'idle'")
    return [row["pid"] for row in rows]


async def waiting(admin: DriverConnection) -> list[int]:
    """Return the process ids of the application's sessions that wait for a lock."""
    rows = await admin.fetch(f"SELECT pid FROM pg_stat_activity WHERE {OURS} AND wait_event_type = 'Lock'")
    return [row["pid"] for row in rows]


@asynccontextmanager
async def locked(database: TestDatabase, table: str) -> AsyncIterator[None]:
    """Lock ``table`` for the duration of the block: readers and writers wait."""
    async with connected(database.admin) as connection, connection.transaction():
        await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


async def all_returned(connections: ConnectionPool) -> None:
    """Wait until ended operations have returned their connections."""

    async def is_free() -> bool:
        return connections.status()["borrowed"] == 0

    await until(is_free)


async def tenants(connections: ConnectionPool) -> list[str]:
    """Return the tenants that are left on the pool's idle connections, which are all taken at once."""
    async with AsyncExitStack() as stack:
        idle = range(connections.status()["idle"])
        drivers = [await stack.enter_async_context(connections.driver()) for _ in idle]
        return [tenant for driver in drivers if (tenant := await driver.fetchval(TENANT))]


async def assert_clean(connections: ConnectionPool, admin: DriverConnection) -> None:
    """Assert that all connections were returned: no statement, lock, transaction or tenant is left behind."""
    held = f"SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE {OURS}"

    async def is_idle() -> bool:
        # a connection that is being opened has locks before it has a state
        borrowed = connections.status()["borrowed"]
        return not await running(admin) and borrowed == 0 and await admin.fetchval(held) == 0

    await until(is_idle)
    assert await tenants(connections) == []


async def sleep(context: Context) -> str:
    """Run a statement that takes longer than any test."""
    await context.session.read(lambda session: session.execute(text("SELECT pg_sleep(60)")))
    return "slept"
