"""Injected faults: terminated connections, accounts locked in reverse order, and a killed server."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from graphql_app.postgres.admin_connections import connect
from tests.faults.server_process import Server
from tests.support.databases import TestDatabase

TERMINATE = """
SELECT count(pg_terminate_backend(pid)) FROM (
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'workline%' AND xact_start IS NOT NULL
    ORDER BY random() LIMIT 1
) AS victims
"""
LOCK = "SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE"
EVERY = 0.1
SERVER_LIVES = 4.0
"""Seconds between two kills."""


@dataclass
class Trouble:
    """Number of faults injected into PostgreSQL."""

    terminated: int = 0


async def terminate(database: TestDatabase, trouble: Trouble) -> None:
    """Terminate a connection during a transaction, repeatedly."""
    connection = await connect(database.admin)
    try:
        while True:
            trouble.terminated += await connection.fetchval(TERMINATE)
            await asyncio.sleep(EVERY)
    finally:
        await connection.close()


async def lock_backwards(database: TestDatabase, accounts: Sequence[UUID]) -> None:
    """Lock two accounts in the order opposite to the application's. PostgreSQL ends the deadlock at either side."""
    async with database.as_system() as connection:
        while True:
            later, sooner = sorted(random.sample(accounts, 2), reverse=True)
            with contextlib.suppress(asyncpg.DeadlockDetectedError):
                async with connection.transaction():
                    await connection.execute(LOCK, later)
                    await asyncio.sleep(EVERY / 2)
                    await connection.execute(LOCK, sooner)


async def kill(server: Server) -> None:
    """Kill the server, repeatedly."""
    while True:
        await asyncio.sleep(SERVER_LIVES)
        await server.kill()


@asynccontextmanager
async def quick_to_see_deadlocks(database: TestDatabase) -> AsyncIterator[None]:
    """Set deadlock_timeout below its default of a second in all connections opened from now on."""
    connection = await connect(database.admin)
    try:
        await connection.execute(f"ALTER DATABASE {database.name} SET deadlock_timeout = '20ms'")
    finally:
        await connection.close()
    yield


@asynccontextmanager
async def beset(*adversaries: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Run adversaries for the duration of the block. An error in one of them fails the test."""
    tasks = [asyncio.ensure_future(adversary()) for adversary in adversaries]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    failed = [error for error in ended if error is not None and not isinstance(error, asyncio.CancelledError)]
    assert not failed
