"""Waits for connections: the queue of the pool, and the pause after a failed attempt to connect."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from sqlalchemy.exc import TimeoutError as PoolTimeout


class WaitQueue[T]:
    """FIFO queue for a number of ``places``; a request waits for up to ``timeout`` seconds.

    An item can be handed over together with a place. If the receiving task was cancelled, the item is passed to
    ``reclaim``, and its place is still taken. ``waited`` is called with the seconds of each wait.
    """

    def __init__(
        self, places: int, timeout: float, reclaim: Callable[[T], None], waited: Callable[[float], None]
    ) -> None:
        self.taken = 0
        self._waited = waited
        self._places = places
        self._timeout = timeout
        self._reclaim = reclaim
        self._waiting: deque[asyncio.Future[T | None]] = deque()

    async def enter(self) -> T | None:
        """Take a place, and return the item that was handed over with it, if any. Raises SQLAlchemy's TimeoutError."""
        if self.taken < self._places:
            self.taken += 1
            return None
        turn: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        alarm = turn.get_loop().call_later(self._timeout, self._expire, turn)
        self._waiting.append(turn)
        started = time.perf_counter()
        try:
            return await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                if (item := turn.result()) is None:
                    self.leave()
                else:
                    self._reclaim(item)
            raise
        finally:
            alarm.cancel()
            self._waited(time.perf_counter() - started)

    @property
    def waiting(self) -> int:
        """Number of waiting requests."""
        return sum(not turn.done() for turn in self._waiting)

    @property
    def load(self) -> int:
        """Number of taken places and of waiting requests, including those that were cancelled since."""
        return self.taken + len(self._waiting)

    def leave(self) -> None:
        """Free a place for the first waiting request."""
        if not self.hand_over(None):
            self.taken -= 1

    def hand_over(self, item: T | None) -> bool:
        """Give a taken place, with an item, to the first waiting request. Return False if none waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(item)
                return True
        return False

    def _expire(self, turn: asyncio.Future[T | None]) -> None:
        if not turn.done():
            turn.set_exception(PoolTimeout(f"No connection of the pool was free within {self._timeout:g} seconds."))


class ConnectionBreaker:
    """Circuit breaker for connecting: the last failed attempt.

    While the database is down, every operation would make two attempts of about 10 ms of CPU time each. For ``pause``
    seconds after a failed attempt, further ones raise the same error at once.
    """

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._error: OSError | None = None
        self._until = 0.0

    def check(self) -> None:
        """Raise the error of the last attempt again if it is recent."""
        if self._error is not None and time.monotonic() < self._until:
            raise type(self._error)(*self._error.args)

    def remember(self, error: OSError) -> None:
        """Make further attempts fail for ``pause`` seconds."""
        self._error, self._until = error.with_traceback(None), time.monotonic() + self._pause
