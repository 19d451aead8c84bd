"""A line: so many places, and those who wait for one, in the order in which they came."""

import asyncio
from collections import deque
from collections.abc import Callable

from sqlalchemy.exc import TimeoutError as PoolTimeout


class Line[T]:
    """``places`` may be taken at a time; who comes later waits, ``timeout`` seconds at most.

    A place can be left with something in it. What was left to somebody who has gone meanwhile, ``unclaimed`` gets.
    """

    def __init__(self, places: int, timeout: float, unclaimed: Callable[[T], None]) -> None:
        self._free = places
        self._timeout = timeout
        self._unclaimed = unclaimed
        self._waiting: deque[asyncio.Future[T | None]] = deque()

    async def take(self) -> T | None:
        """Take a place; returns what the one before has left there, if anything. Raises SQLAlchemy's TimeoutError."""
        if self._free:
            self._free -= 1
            return None
        turn: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        alarm = turn.get_loop().call_later(self._timeout, self._send_away, turn)
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                # it was its turn already
                self._decline(turn.result())
            raise
        finally:
            alarm.cancel()

    def leave(self) -> None:
        """Leave a place to the next; without a next one it is free."""
        if not self.hand_over(None):
            self._free += 1

    def hand_over(self, left: T | None) -> bool:
        """Leave a place to the next, with something in it. False when nobody waits: then it is still taken."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(left)
                return True
        return False

    def _decline(self, left: T | None) -> None:
        if left is None:
            self.leave()
        else:
            self._unclaimed(left)

    def _send_away(self, turn: asyncio.Future[T | None]) -> None:
        if not turn.done():
            turn.set_exception(PoolTimeout(f"No connection of the pool came free in {self._timeout:g} seconds."))
