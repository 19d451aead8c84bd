"""The pool: one engine, made when the server starts and disposed when it stops."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

from graphql_app.database.lease import Lease


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
            poolclass=AsyncAdaptedQueuePool,
            pool_size=options.size,
            max_overflow=options.overflow,
            pool_timeout=options.timeout,
            pool_recycle=options.recycle,
            pool_use_lifo=True,
        )
        self._watchers: list[Callable[[str], None]] = []
        self._releasing: set[asyncio.Task[None]] = set()
        event.listen(self.engine.sync_engine, "checkin", _discard_if_unclean)
        event.listen(self.engine.sync_engine, "checkout", _ping_if_idle(options.ping_after))

    async def lend(self) -> Lease:
        """A connection of the pool. Raises SQLAlchemy's TimeoutError when none comes free in time, and OSErrors."""
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
        pool = self.engine.sync_engine.pool
        assert isinstance(pool, AsyncAdaptedQueuePool)
        return {"size": pool.size(), "borrowed": pool.checkedout(), "idle": pool.checkedin()}

    def release(self, closing: Coroutine[Any, Any, None]) -> None:
        """Let an operation end in the background: its response need not wait until its connection was given back."""
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


def _discard_if_unclean(connection: Any, record: ConnectionPoolEntry) -> None:
    """A connection that comes back inside a transaction holds locks and somebody's tenant: it is not used again."""
    record.info["returned"] = time.monotonic()
    if connection is None:
        return
    driver = connection.driver_connection
    if driver.is_closed() or driver.is_in_transaction():
        record.invalidate()


def _ping_if_idle(after: float) -> Any:
    """A ping before every use costs a third of a request: only a connection that was idle for long is asked."""

    def check(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        idle = time.monotonic() - record.info.get("returned", time.monotonic())
        if idle <= after:
            return
        try:
            cursor = connection.cursor()
            cursor.execute("SELECT 1")
            cursor.close()
        except Exception as error:
            raise DisconnectionError from error
        finally:
            connection.rollback()

    return check
