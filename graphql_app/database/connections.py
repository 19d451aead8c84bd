"""The pool: one engine, made when the server starts and disposed when it stops."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from graphql_app.database.lease import Lease
from graphql_app.database.lending import Lending
from graphql_app.database.pool import ConnectionPool, check_if_idle, discard_if_unclean, pool_of

REST = 0.01
"""Seconds: next to nothing for PostgreSQL, and longer than it takes until the next of many requests."""


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """Sizes and times (seconds) of the pool; the defaults are those of the settings."""

    size: int = 10
    overflow: int = 0
    timeout: float = 3.0
    recycle: int = 1800
    ping_after: float = 30.0
    rest: float = REST


class Connections:
    """Owns the engine. Requests borrow through a :class:`~graphql_app.database.gate.Gate`, never directly."""

    def __init__(self, url: URL, connect_args: Mapping[str, Any], options: PoolOptions = PoolOptions()) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            connect_args=dict(connect_args),
            poolclass=ConnectionPool,
            pool_size=options.size,
            max_overflow=options.overflow,
            pool_timeout=options.timeout,
            pool_recycle=options.recycle,
            pool_use_lifo=True,
        )
        self.lending = Lending(
            self.engine,
            places=options.size + options.overflow,
            timeout=options.timeout,
            ping_after=options.ping_after,
            rest=options.rest,
        )
        self._watchers: list[Callable[[str], None]] = []
        event.listen(self.engine.sync_engine, "checkin", discard_if_unclean)
        event.listen(self.engine.sync_engine, "checkout", check_if_idle(options.ping_after))

    async def lend(self) -> Lease:
        """A connection of the pool. Raises SQLAlchemy's TimeoutError when none comes free in time, and OSErrors."""
        return Lease(self.engine, self.lending, await self.lending.borrow(), self._watchers)

    @asynccontextmanager
    async def driver(self) -> AsyncIterator["asyncpg.Connection[Any]"]:
        """The driver's own connection, outside of any transaction. Raises what ``lend`` does."""
        lease = await self.lend()
        try:
            await lease.rollback()
            yield lease.driver
        finally:
            await lease.give_back()

    def watch(self, watcher: Callable[[str], None]) -> None:
        """Tell ``watcher`` the text of every statement that is sent from now on, whoever sends it."""

        def executing(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            watcher(statement)

        event.listen(self.engine.sync_engine, "before_cursor_execute", executing)
        self._watchers.append(watcher)

    async def ping(self) -> None:
        """Ask the database for an answer; raises what the driver raises when there is none."""
        async with self.driver() as driver:
            await driver.execute("SELECT 1")

    def status(self) -> dict[str, int]:
        """How many connections are open, borrowed and idle."""
        pool, resting = pool_of(self.engine), self.lending.resting
        return {"size": pool.size(), "borrowed": pool.checkedout() - resting, "idle": pool.checkedin() + resting}

    async def dispose(self) -> None:
        """Close every idle connection, once released operations have ended; borrowed ones close when they come back."""
        await self.lending.settled()
        await self.engine.dispose()
