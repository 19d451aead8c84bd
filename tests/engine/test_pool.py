"""The pool: the short cut to an idle connection keeps every promise of the long way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from graphql_app.database.connections import Connections, PoolOptions
from graphql_app.database.pool import pool_of
from graphql_app.postgres.connecting import Connection
from tests.support.databases import TestDatabase

PID = "SELECT pg_backend_pid() AS pid"


@asynccontextmanager
async def opened(database: TestDatabase, **options: Any) -> AsyncIterator[Connections]:
    connections = Connections(database.app.url, database.app.connect_args, PoolOptions(**options))
    try:
        yield connections
    finally:
        await connections.dispose()


async def borrowed_pid(connections: Connections) -> int:
    lease = await connections.lend()
    try:
        (row,) = await lease.fetch(PID, [])
    finally:
        await lease.give_back()
    pid: int = row["pid"]
    return pid


def is_ready(connections: Connections, ping_after: float = 30) -> bool:
    return pool_of(connections.engine).is_ready(ping_after)


async def test_lends_the_connection_that_came_back_last(own_database: TestDatabase) -> None:
    async with opened(own_database, size=2) as connections:
        first, second = await connections.lend(), await connections.lend()
        assert connections.status() == {"size": 2, "borrowed": 2, "idle": 0}
        (row,) = await second.fetch(PID, [])
        await first.give_back()
        await second.give_back()
        assert connections.status() == {"size": 2, "borrowed": 0, "idle": 2}
        assert await borrowed_pid(connections) == row["pid"]


async def test_lends_no_more_than_its_size_and_overflow(own_database: TestDatabase) -> None:
    async with opened(own_database, size=1, overflow=1, timeout=0.05) as connections:
        leases = [await connections.lend(), await connections.lend()]
        with pytest.raises(PoolTimeout):
            await connections.lend()
        for lease in leases:
            await lease.give_back()
        assert connections.status() == {"size": 1, "borrowed": 0, "idle": 1}


async def test_nothing_is_ready_that_is_lent_or_was_never_opened(own_database: TestDatabase) -> None:
    async with opened(own_database) as connections:
        assert not is_ready(connections)
        lease = await connections.lend()
        assert not is_ready(connections)
        await lease.give_back()
        assert is_ready(connections)


async def test_what_was_idle_for_long_is_pinged_first(own_database: TestDatabase) -> None:
    async with opened(own_database) as connections:
        await borrowed_pid(connections)
        assert is_ready(connections, ping_after=30)
        assert not is_ready(connections, ping_after=0)


async def test_what_is_too_old_is_replaced(own_database: TestDatabase) -> None:
    async with opened(own_database, recycle=0) as connections:
        first = await borrowed_pid(connections)
        assert not is_ready(connections)
        assert await borrowed_pid(connections) != first


async def test_what_the_database_has_closed_meanwhile_is_replaced(
    own_database: TestDatabase, admin: Connection
) -> None:
    async with opened(own_database, size=3) as connections:
        leases = [await connections.lend() for _ in range(3)]
        for lease in leases:
            await lease.give_back()
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        drivers = [lease.driver for lease in leases]
        while not all(driver.is_closed() for driver in drivers):
            await admin.execute("SELECT pg_sleep(0.01)")
        assert not is_ready(connections)
        fresh = [await connections.lend() for _ in range(3)]
        for lease in fresh:
            assert await lease.fetch("SELECT 1", [])
            await lease.give_back()


async def test_a_connection_in_a_transaction_of_somebody_else_is_not_lent_again(own_database: TestDatabase) -> None:
    async with opened(own_database) as connections:
        first = await borrowed_pid(connections)
        lease = await connections.lend()
        await lease.driver.execute("BEGIN")
        await lease.give_back()
        assert await borrowed_pid(connections) != first


async def test_disposed_it_opens_new_ones(own_database: TestDatabase) -> None:
    async with opened(own_database) as connections:
        first = await borrowed_pid(connections)
        await connections.dispose()
        assert connections.status()["idle"] == 0
        assert await borrowed_pid(connections) != first
