"""The pool: one engine, made when the server starts and disposed when it stops."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, event, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from graphql_app.database.lease import Lease
from graphql_app.database.pool import ConnectionPool, check_if_idle, discard_if_unclean, pool_of


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """Sizes and times (seconds) of the pool; the defaults are those of the settings."""

    size: int = 10
    overflow: int = 0
    timeout: float = 3.0
    recycle: int = 1800
    ping_after: float = 30.0


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
        self._ping_after = options.ping_after
        self._watchers: list[Callable[[str], None]] = []
        self._releasing: set[asyncio.Task[None]] = set()
        event.listen(self.engine.sync_engine, "checkin", discard_if_unclean)
        event.listen(self.engine.sync_engine, "checkout", check_if_idle(options.ping_after))

    async def lend(self) -> Lease:
        """A connection of the pool. Raises SQLAlchemy's TimeoutError when none comes free in time, and OSErrors."""
        pool = pool_of(self.engine)
        if pool.is_ready(self._ping_after):
            return Lease(self.engine, pool.connect(), self._watchers)
        connection = await self.engine.connect()
        assert connection.sync_connection is not None
        return Lease(self.engine, connection.sync_connection.connection, self._watchers)

    def watch(self, watcher: Callable[[str], None]) -> None:
        """Tell ``watcher`` the text of every statement that is sent from now on, whoever sends it."""

        def executing(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            watcher(statement)

        event.listen(self.engine.sync_engine, "before_cursor_execute", executing)
        self._watchers.append(watcher)

    async def ping(self) -> None:
        """Ask the database for an answer; raises what the driver raises when there is none."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    def status(self) -> dict[str, int]:
        """How many connections are open, borrowed and idle."""
        pool = pool_of(self.engine)
        return {"size": pool.size(), "borrowed": pool.checkedout(), "idle": pool.checkedin()}

    def finish(self, closing: Coroutine[Any, Any, None]) -> None:
        """Let an operation end in the background; the pool is not disposed before it has."""
        task = asyncio.create_task(closing)
        self._releasing.add(task)
        task.add_done_callback(self._releasing.discard)

    async def settled(self) -> None:
        """Wait until every operation that was released has ended."""
        while self._releasing:
            await asyncio.wait(self._releasing)

    async def dispose(self) -> None:
        """Close every idle connection, once released operations have ended; borrowed ones close when they come back."""
        await self.settled()
        await self.engine.dispose()
