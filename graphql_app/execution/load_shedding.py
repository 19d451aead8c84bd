"""Load shedding: operations wait before any work is done for them, and are refused early if the server is overloaded.

After Maurer, "Fail at Scale" (ACM Queue 13.8, 2015): a queue that takes too long is overload. During overload, the
newest operation is admitted first, and no operation waits for long. So admitted operations are fast, whereas in a FIFO
queue each of them would wait as long as the longest. Refused ones wait as well, which slows clients down that repeat
them at once.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import randint
from time import perf_counter

from graphql_app.errors import Overloaded

MOST_WAITING = 1_000
"""Operations that wait. Each further one replaces the oldest, so that the memory of their requests is bounded."""
LONGEST_RETRY = 3
"""Seconds up to which refused clients shall wait, at random, so that they do not return at the same time."""


@dataclass(frozen=True, slots=True)
class SheddingLimits:
    """Times of the queue, in seconds.

    The server is overloaded if the queue is too long to be served within ``longest`` at the rate of the last
    ``interval``. An operation waits for up to ``longest`` then, and otherwise for up to two intervals, for bursts.
    With ``interval`` 0, there is no queue.
    """

    interval: float = 0.5
    longest: float = 1.0


class LoadShedder:
    """Queue of operations in front of the pool, as a context manager around each operation.

    ``room`` returns how many more operations the pool can take. ``waited`` is called with the seconds of each wait.
    """

    def __init__(self, limits: SheddingLimits, room: Callable[[], int], waited: Callable[[float], None]) -> None:
        self.refused = 0
        """Number of operations that were refused."""
        self._limits, self._room, self._waited = limits, room, waited
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._running = 0
        self._is_overloaded = False
        self._began, self._ended = 0.0, 0  # of the current interval: its time, and the operations that have ended

    @property
    def waiting(self) -> int:
        """Number of operations that wait."""
        return sum(not turn.done() for turn in self._waiting)

    async def __aenter__(self) -> None:
        """Wait until the pool has room. Raises Overloaded."""
        if self._waiting or self._room() <= 0:
            await self._wait()
        self._running += 1

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    def _leave(self) -> None:
        """Admit operations that wait: two in place of one while the pool has room, so that their number can grow."""
        self._running -= 1
        self._ended += 1
        if self._waiting:
            self._measure(asyncio.get_running_loop().time())
            for _ in range(max(min(2, self._room()), not self._running)):
                self._admit()

    async def _wait(self) -> None:
        if not self._limits.interval:
            return
        loop = asyncio.get_running_loop()
        self._measure(loop.time())
        limit = self._limits.longest if self._is_overloaded else 2 * self._limits.interval
        turn: asyncio.Future[None] = loop.create_future()
        alarm = loop.call_later(limit, self._refuse, turn)
        self._waiting.append(turn)
        if len(self._waiting) > MOST_WAITING:
            self._refuse(self._waiting[0])
        started = perf_counter()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # admitted at the same time
                self._running += 1
                self._leave()
            raise
        finally:
            alarm.cancel()
            self._waited(perf_counter() - started)

    def _measure(self, now: float) -> None:
        """Compare the queue with the operations that have ended, once per interval."""
        self._forget_oldest()
        elapsed = now - self._began
        if not self._waiting:
            self._is_overloaded, self._began, self._ended = False, now, 0
        elif elapsed >= self._limits.interval:
            self._is_overloaded = len(self._waiting) / self._limits.longest > self._ended / elapsed
            self._began, self._ended = now, 0

    def _admit(self) -> None:
        """Admit the newest operation during overload, otherwise the oldest."""
        while self._waiting:
            turn = self._waiting.pop() if self._is_overloaded else self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def _refuse(self, turn: asyncio.Future[None]) -> None:
        if not turn.done():
            self.refused += 1
            turn.set_exception(Overloaded(randint(1, LONGEST_RETRY)))  # noqa: S311 (not a secret)
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        """Remove operations from the end of the queue that were refused, or whose clients have left."""
        while self._waiting and self._waiting[0].done():
            self._waiting.popleft()
