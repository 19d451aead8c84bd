"""Pool of driver connections with a FIFO wait queue.

Ending a snapshot takes a round trip. A returned connection therefore keeps its snapshot for a short time: the next
borrower sends ROLLBACK together with its BEGIN. After that time, the pool rolls it back.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

import asyncpg
from sqlalchemy import URL, NullPool, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from graphql_app.database.column_types import prepare
from graphql_app.database.connection import Driver, PooledConnection, SetUp
from graphql_app.database.errors import check_opening
from graphql_app.database.waiting import ConnectionBreaker, WaitQueue
from graphql_app.models.kinds.documents import load_json
from graphql_app.telemetry.metrics import Metrics

__all__ = ["ConnectionPool"]

REST = 0.01
"""Seconds for which a returned connection keeps its snapshot: harmless to PostgreSQL, long enough under load."""


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """Sizes and times (seconds) of the pool, with the defaults of the settings.

    Up to ``overflow`` connections beyond ``size`` are opened, and closed when they are returned. A connection is tested
    before use if it was idle for ``ping_after``, and replaced if it is older than ``recycle``. A returned connection
    keeps its snapshot for ``rest`` (0: not at all). After a failed attempt to connect, none is made for ``pause``.
    """

    size: int = 10
    overflow: int = 0
    timeout: float = 3.0
    recycle: int = 1800
    ping_after: float = 30.0
    rest: float = REST
    pause: float = 0.1


async def open_connection(
    engine: AsyncEngine, set_up: SetUp | None, watchers: Sequence[Callable[[str], None]]
) -> PooledConnection:
    """Open a connection. Raises the errors of the driver, or ConnectionResetError if it is lost during set-up."""
    try:
        connection = await engine.connect()
    except DBAPIError as error:
        check_opening(error)
        raise
    try:
        driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, asyncpg.Connection)
        if set_up is not None:
            await set_up(driver)
    except BaseException as error:
        await connection.close()
        check_opening(error)
        raise
    return PooledConnection(connection, driver, watchers)


class ConnectionPool:
    """Pool of connections, which requests use through an :class:`~graphql_app.database.session.OperationSession`.

    A connection is either idle or holds a place of the queue while it is opened, tested, borrowed, rolled back or
    closed. The number of places therefore limits the number of connections.
    """

    def __init__(
        self,
        url: URL,
        connect_args: Mapping[str, object],
        options: PoolOptions = PoolOptions(),
        set_up: SetUp | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self.metrics = metrics or Metrics()
        """Metrics of the process, in which the users of the pool record as well."""
        self.discarded = 0
        """Number of connections that were closed while the pool was open."""
        self.listeners: dict[str, Callable[[], None]] = {}
        """Functions of this process that are called after an announced commit, by channel."""
        self.engine: AsyncEngine = create_async_engine(
            url,
            connect_args=dict(connect_args),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            json_deserializer=load_json,
        )
        """SQLAlchemy's engine, which opens and wraps connections and pools none."""
        self._options = options
        self._set_up = partial(prepare, set_up)
        self._places = options.size + options.overflow
        self._queue = WaitQueue[PooledConnection](
            self._places, options.timeout, self._reclaim, self.metrics.pool_wait.observe
        )
        self._idle: list[PooledConnection] = []
        """Idle connections; the last one is borrowed first."""
        self._alarm: asyncio.TimerHandle | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._failed = ConnectionBreaker(options.pause)
        self._closed_at = -1.0
        self._watchers: list[Callable[[str], None]] = []

    async def acquire(self) -> PooledConnection:
        """Borrow a connection. Raises SQLAlchemy's TimeoutError if none is free in time, and OSErrors."""
        handed = await self._queue.enter()
        if handed is not None:
            self._idle.append(handed)
        try:
            return await self._next()
        except BaseException:
            self._queue.leave()
            raise

    def release_nowait(self, connection: PooledConnection) -> bool:
        """Return a connection whose transaction was read-only. Return False if ``release`` is required."""
        if not (self._options.rest and connection.is_resumable and self._is_kept(connection)):
            return False
        self._return(connection)
        return True

    async def release(self, connection: PooledConnection) -> None:
        """Roll back and return a connection; close it if it is not clean, exceeds the size or is too old."""
        try:
            await connection.rollback()
        finally:
            if connection.is_clean and self._is_kept(connection):
                self._return(connection)
            else:
                await asyncio.wait([self.run_in_background(self._discard(connection))])

    def run_in_background(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run ``work`` in a task, for which ``close`` waits."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    @asynccontextmanager
    async def driver(self) -> AsyncIterator[Driver]:
        """Yield a connection of the driver, outside any transaction. Raises the errors of ``acquire``."""
        connection = await self.acquire()
        try:
            await connection.rollback()
            yield connection.driver
        finally:
            await self.release(connection)

    def announce(self, channel: str) -> None:
        """Announce a commit: call the listener of this process, or notify those of other processes in the background.

        NOTIFY within the transaction would serialize the commits. Announcements are hints, which may be lost.
        """
        if channel in self.listeners:
            self.listeners[channel]()
        else:
            self.run_in_background(self._notify(channel))

    async def _notify(self, channel: str) -> None:
        with suppress(Exception):
            async with self.driver() as driver:
                await driver.execute(f"NOTIFY {channel}")

    async def ping(self) -> None:
        """Execute a statement. Raises the errors of the driver if the database is unavailable."""
        async with self.driver() as driver:
            await driver.execute("SELECT 1")

    def watch(self, watcher: Callable[[str], None]) -> None:
        """Call ``watcher`` with the text of every later statement."""

        def executing(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            watcher(statement)

        event.listen(self.engine.sync_engine, "before_cursor_execute", executing)
        self._watchers.append(watcher)

    def status(self) -> dict[str, int]:
        """Return the size of the pool, the numbers of borrowed and idle connections, and that of waiting requests."""
        queue = self._queue
        return {
            "size": self._options.size,
            "borrowed": queue.taken,
            "idle": len(self._idle),
            "waiting": queue.waiting,
        }

    @property
    def room(self) -> int:
        """Number of further borrowers that the pool can take: as many may wait as there are connections."""
        return 2 * self._places - self._queue.load

    async def close(self) -> None:
        """Wait for background work and close idle connections. Borrowed ones are closed when they are returned.

        Later use of the pool opens new connections.
        """
        self._closed_at = time.monotonic()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        while self._idle or self._background:
            while self._idle:
                self.run_in_background(self._idle.pop().close())
            await asyncio.wait(self._background)
        await self.engine.dispose()

    async def _next(self) -> PooledConnection:
        """Return the last idle connection that is usable, or a new one."""
        while self._idle:
            connection = self._idle.pop()
            if await self._is_good(connection):
                return connection
            self.discarded += 1
            await asyncio.wait([self.run_in_background(connection.close())])
        self._failed.check()
        try:
            opened = await open_connection(self.engine, self._set_up, self._watchers)
        except OSError as error:
            self._failed.remember(error)
            raise
        opened.announce = self.announce
        return opened

    async def _is_good(self, connection: PooledConnection) -> bool:
        if not connection.is_usable or self._is_old(connection):
            return False
        if connection.begun or time.monotonic() - connection.returned_at < self._options.ping_after:
            return True
        try:
            await connection.driver.execute("SELECT 1")
        except Exception:
            return False
        except BaseException:
            self.run_in_background(connection.close())
            raise
        return True

    def _is_old(self, connection: PooledConnection) -> bool:
        return time.monotonic() - connection.opened_at >= self._options.recycle

    def _is_kept(self, connection: PooledConnection) -> bool:
        is_full = len(self._idle) >= self._options.size
        return not is_full and connection.opened_at > self._closed_at and not self._is_old(connection)

    def _return(self, connection: PooledConnection) -> None:
        """Hand a connection over to the first waiting request, or keep it idle and free its place."""
        connection.release()
        if self._queue.hand_over(connection):
            return
        self._idle.append(connection)
        self._queue.leave()
        if connection.begun and self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(self._options.rest, self._end_snapshots)

    def _reclaim(self, connection: PooledConnection) -> None:
        """Return a connection that was handed over to a cancelled task."""
        self.run_in_background(self.release(connection))

    async def _discard(self, connection: PooledConnection) -> None:
        self.discarded += 1
        try:
            await connection.close()
        finally:
            self._queue.leave()

    def _end_snapshots(self) -> None:
        """Roll back idle connections that have kept their snapshot for long enough, and set the next alarm."""
        self._alarm, now = None, time.monotonic()
        resting = [each for each in self._idle if each.begun]
        for connection in resting:
            if now - connection.returned_at >= self._options.rest:
                self._idle.remove(connection)
                self._queue.taken += 1  # an idle connection has left its place free
                self.run_in_background(self.release(connection))
        left = [each.returned_at for each in resting if each in self._idle]
        if left:
            delay = min(left) + self._options.rest - now
            self._alarm = asyncio.get_running_loop().call_later(delay, self._end_snapshots)
