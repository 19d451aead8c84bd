"""Lending: who gets which connection of the pool, in which order, and when the snapshot of the one before ends.

As many borrow at a time as the pool may have connections, and the others wait in line. SQLAlchemy's pool opens, tests
and replaces connections, but nobody waits inside it: that takes a greenlet, and newcomers overtake those who wait.

To end a snapshot that has been read costs a message. So its connection rests for a moment as it is: who borrows it next
sends ROLLBACK together with BEGIN. What nobody wants by then is rolled back, and returned to the pool.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection

from graphql_app.database.line import Line
from graphql_app.database.pool import ConnectionPool, pool_of


@dataclass(slots=True, eq=False)
class Borrowed:
    """A connection that is out of the pool: lent, or resting between two who borrow it."""

    pool: ConnectionPool
    proxy: PoolProxiedConnection
    """The pool's. It has no connection any more when that was dropped."""
    adapter: Any
    """SQLAlchemy's, which makes the driver's connection look like any other."""
    driver: "asyncpg.Connection[Any]"
    is_open: bool = False
    """Whether the snapshot of the one before has not been ended."""
    rests_since: float = 0.0
    """By the event loop's clock."""

    @property
    def dropped(self) -> bool:
        return not self.proxy.is_valid


class Lending:
    """Lends connections of one engine's pool, ``places`` at a time.

    Times are in seconds: ``timeout`` is for the line, ``rest`` for a connection between two who borrow it (0: none
    rests), ``ping_after`` for how long one may be idle in the pool before it is tested.
    """

    def __init__(self, engine: AsyncEngine, *, places: int, timeout: float, ping_after: float, rest: float) -> None:
        self._engine = engine
        self._ping_after = ping_after
        self._rest = rest
        self._line = Line(places, timeout, self._take_back)
        self._resting: list[Borrowed] = []
        self._alarm: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def resting(self) -> int:
        """How many connections are neither lent nor in the pool."""
        return len(self._resting)

    async def borrow(self) -> Borrowed:
        """A connection, the one that came back last. Raises SQLAlchemy's TimeoutError, and what connecting raises."""
        while self._resting:
            last = self._resting.pop()
            if not last.driver.is_closed():
                return last
            self.finish(self.put_back(last))
        left = await self._line.take()
        return left or await self._out_of_pool()

    def rest(self, borrowed: Borrowed, *, is_open: bool) -> bool:
        """Lend on, or have rest, what may have a snapshot open. False when it has to be put back instead."""
        if borrowed.pool is not pool_of(self._engine) or not _is_fit(borrowed):
            return False
        borrowed.is_open = is_open
        if self._line.hand_over(borrowed):
            return True
        if self._rest:
            clock = asyncio.get_running_loop()
            borrowed.rests_since = clock.time()
            self._resting.append(borrowed)
            self._alarm = self._alarm or clock.call_later(self._rest, self._wake, clock)
        return self._rest > 0

    async def put_back(self, borrowed: Borrowed) -> None:
        """End the snapshot of what rests, return it to the pool unless it was dropped, and leave its place."""
        try:
            if borrowed.is_open and not borrowed.driver.is_closed():
                with suppress(Exception):  # the pool finds out itself that it is not clean
                    await borrowed.driver.execute("ROLLBACK")
            if not borrowed.dropped:
                await borrowed.pool.take_back(borrowed.proxy)
        finally:
            self._line.leave()

    def finish(self, work: Coroutine[Any, Any, None]) -> None:
        """Do ``work`` in the background; nothing is disposed before it has ended."""
        task = asyncio.create_task(work)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def settled(self) -> None:
        """Wait until nothing rests, and all that goes on in the background has ended."""
        while self._resting or self._ending:
            while self._resting:
                self.finish(self.put_back(self._resting.pop()))
            await asyncio.wait(self._ending)

    async def _out_of_pool(self) -> Borrowed:
        """Raises what connecting raises; then the place is free again."""
        pool = pool_of(self._engine)
        try:
            proxy = pool.connect() if pool.is_ready(self._ping_after) else await self._opened()
        except BaseException:
            self._line.leave()
            raise
        adapter: Any = proxy.dbapi_connection
        return Borrowed(pool, proxy, adapter, adapter.driver_connection)

    async def _opened(self) -> PoolProxiedConnection:
        connection = await self._engine.connect()
        assert connection.sync_connection is not None
        return connection.sync_connection.connection

    def _take_back(self, unclaimed: Borrowed) -> None:
        if not self.rest(unclaimed, is_open=unclaimed.is_open):
            self.finish(self.put_back(unclaimed))

    def _wake(self, clock: asyncio.AbstractEventLoop) -> None:
        """Put back what has rested for long enough: the first ones, as those that came back last are lent first."""
        self._alarm = None
        while self._resting:
            over = self._resting[0].rests_since + self._rest
            if over > clock.time():
                self._alarm = clock.call_at(over, self._wake, clock)
                break
            self.finish(self.put_back(self._resting.pop(0)))


def _is_fit(borrowed: Borrowed) -> bool:
    """Whether it can be lent on without asking the pool."""
    record: Any = borrowed.proxy._connection_record
    return record is not None and borrowed.pool.is_fit(record)
