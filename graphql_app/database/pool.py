"""Pool of driver connections with a FIFO wait queue: made when the server starts, closed when it stops.

To end a snapshot that has been read costs a message. So a connection rests for a moment as it is when it comes back:
the next borrower sends ROLLBACK together with its BEGIN. What is not borrowed by then is rolled back.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, NullPool, event
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from graphql_app.database.connection import Driver, PooledConnection, SetUp

REST = 0.01
"""Seconds: next to nothing for PostgreSQL, and longer than it takes until the next of many requests."""


class WaitQueue[T]:
    """Gives out ``places``, in the order in which they are requested; a request waits for ``timeout`` seconds at most.

    A place can be handed over together with a thing. The thing that was handed to a task which was cancelled meanwhile
    is passed to ``reclaim``, and its place is still taken.
    """

    def __init__(self, places: int, timeout: float, reclaim: Callable[[T], None]) -> None:
        self.taken = 0
        self._places = places
        self._timeout = timeout
        self._reclaim = reclaim
        self._waiting: deque[asyncio.Future[T | None]] = deque()

    async def enter(self) -> T | None:
        """Take a place; return what was handed over with it, if anything. Raises SQLAlchemy's TimeoutError."""
        if self.taken < self._places:
            self.taken += 1
            return None
        turn: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        alarm = turn.get_loop().call_later(self._timeout, self._expire, turn)
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._decline(turn.result())
            raise
        finally:
            alarm.cancel()

    def leave(self) -> None:
        """Give a place back, to the first request that waits."""
        if not self.hand_over(None):
            self.taken -= 1

    def hand_over(self, thing: T | None) -> bool:
        """Give a place to the first request that waits, with a thing. False if none waits: then it is still taken."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(thing)
                return True
        return False

    def _decline(self, thing: T | None) -> None:
        if thing is None:
            self.leave()
        else:
            self._reclaim(thing)

    def _expire(self, turn: asyncio.Future[T | None]) -> None:
        if not turn.done():
            turn.set_exception(PoolTimeout(f"No connection of the pool came free in {self._timeout:g} seconds."))


class FailedAttempt:
    """The last failed attempt to reach the server.

    While a database is away, every operation would try to connect: two attempts of about 10 ms of CPU each. After an
    attempt that failed, further ones fail alike, without being made, for ``pause`` seconds.
    """

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._error: OSError | None = None
        self._until = 0.0

    def check(self) -> None:
        """Raise an error like that of the last attempt if it is recent."""
        if self._error is not None and time.monotonic() < self._until:
            raise type(self._error)(*self._error.args)

    def remember(self, error: OSError) -> None:
        """Let further attempts fail for a while."""
        self._error, self._until = error.with_traceback(None), time.monotonic() + self._pause


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """Sizes and times (seconds) of the pool; the defaults are those of the settings.

    ``overflow`` connections may be borrowed beside ``size``, and are closed when they come back. One that was idle for
    ``ping_after`` is tested before it is borrowed, one that is older than ``recycle`` replaced. A snapshot may stay
    open for ``rest`` after its borrower (0: not at all). After a failed attempt to connect there is none for ``pause``.
    """

    size: int = 10
    overflow: int = 0
    timeout: float = 3.0
    recycle: int = 1800
    ping_after: float = 30.0
    rest: float = REST
    pause: float = 0.1


async def _set_up_nothing(_: Driver) -> None:
    pass


class ConnectionPool:
    """Owns the connections. Requests borrow through a :class:`~graphql_app.database.session.Gate`, never directly.

    A connection is either idle or holds a place of the queue: borrowed, being opened, tested, ended or closed. So there
    are never more than there are places.
    """

    def __init__(
        self,
        url: URL,
        connect_args: Mapping[str, Any],
        options: PoolOptions = PoolOptions(),
        set_up: SetUp = _set_up_nothing,
    ) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url, connect_args=dict(connect_args), poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
        """SQLAlchemy's, which opens connections and wraps them; it keeps none."""
        self._options = options
        self._set_up = set_up
        self._queue = WaitQueue[PooledConnection](options.size + options.overflow, options.timeout, self._reclaim)
        self._idle: list[PooledConnection] = []
        """The last one that came back is borrowed first."""
        self._alarm: asyncio.TimerHandle | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._failed = FailedAttempt(options.pause)
        self._closed_at = -1.0
        self._watchers: list[Callable[[str], None]] = []

    async def acquire(self) -> PooledConnection:
        """Borrow a connection. Raises SQLAlchemy's TimeoutError when none comes free in time, and OSErrors."""
        handed = await self._queue.enter()
        if handed is not None:
            self._idle.append(handed)
        try:
            return await self._next()
        except BaseException:
            self._queue.leave()
            raise

    def release_nowait(self, connection: PooledConnection) -> bool:
        """Return a connection in whose snapshot nothing but reading happened. False if ``release`` has to do it."""
        if not (self._options.rest and connection.is_resumable and self._is_kept(connection)):
            return False
        self._return(connection)
        return True

    async def release(self, connection: PooledConnection) -> None:
        """Roll back and return a connection; one that is not clean, too many or too old is closed."""
        try:
            await connection.rollback()
        finally:
            if connection.is_clean and self._is_kept(connection):
                self._return(connection)
            else:
                await asyncio.wait([self.run_in_background(self._discard(connection))])

    def run_in_background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do ``work`` in a task of its own; ``close`` waits for it."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    @asynccontextmanager
    async def driver(self) -> AsyncIterator[Driver]:
        """The driver's own connection, outside of any transaction. Raises what ``acquire`` does."""
        connection = await self.acquire()
        try:
            await connection.rollback()
            yield connection.driver
        finally:
            await self.release(connection)

    async def ping(self) -> None:
        """Wait for an answer of the database; raises what the driver raises when there is none."""
        async with self.driver() as driver:
            await driver.execute("SELECT 1")

    def watch(self, watcher: Callable[[str], None]) -> None:
        """Call ``watcher`` with the text of every statement that is sent from now on."""

        def executing(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            watcher(statement)

        event.listen(self.engine.sync_engine, "before_cursor_execute", executing)
        self._watchers.append(watcher)

    def status(self) -> dict[str, int]:
        """How many connections the pool keeps, and how many are borrowed and idle."""
        return {"size": self._options.size, "borrowed": self._queue.taken, "idle": len(self._idle)}

    async def close(self) -> None:
        """Close every idle connection, once work in the background has ended; borrowed ones close when they come back.

        A pool that is used again opens new ones.
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
        """The idle connection that came back last and is still good, or a new one."""
        while self._idle:
            connection = self._idle.pop()
            if await self._is_good(connection):
                return connection
            await asyncio.wait([self.run_in_background(connection.close())])
        self._failed.check()
        try:
            return await PooledConnection.open(self.engine, self._set_up, self._watchers)
        except OSError as error:
            self._failed.remember(error)
            raise

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
        is_one_too_many = len(self._idle) >= self._options.size
        return not is_one_too_many and connection.opened_at > self._closed_at and not self._is_old(connection)

    def _return(self, connection: PooledConnection) -> None:
        """Pass a connection on to the first request that waits, or keep it idle and leave its place."""
        connection.release()
        if self._queue.hand_over(connection):
            return
        self._idle.append(connection)
        self._queue.leave()
        if connection.begun and self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(self._options.rest, self._end_snapshots)

    def _reclaim(self, connection: PooledConnection) -> None:
        """Return a connection that was handed to a task which was cancelled."""
        self.run_in_background(self.release(connection))

    async def _discard(self, connection: PooledConnection) -> None:
        try:
            await connection.close()
        finally:
            self._queue.leave()

    def _end_snapshots(self) -> None:
        """Roll back what has rested for long enough; the others are looked at again when it is their time."""
        self._alarm, now = None, time.monotonic()
        resting = [each for each in self._idle if each.begun]
        for connection in resting:
            if now - connection.returned_at >= self._options.rest:
                self._idle.remove(connection)
                self._queue.taken += 1  # of the places that idle connections leave free
                self.run_in_background(self.release(connection))
        left = [each.returned_at for each in resting if each in self._idle]
        if left:
            delay = min(left) + self._options.rest - now
            self._alarm = asyncio.get_running_loop().call_later(delay, self._end_snapshots)
