"""Bounds of sockets: messages per second, and sockets of one viewer or address in this process."""

import time
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from graphql_app.websocket.protocol import TooManyMessages, TooManySockets

BURST = 10
"""Seconds whose messages may be sent at once."""


class SocketCounts:
    """Numbers of open sockets by viewer or address."""

    def __init__(self) -> None:
        self._open: Counter[Hashable] = Counter()

    @contextmanager
    def counted(self, owner: Hashable, most: int) -> Iterator[None]:
        """Count the block as an open socket of an owner. Raises TooManySockets if ``most`` are open."""
        if self._open[owner] >= most:
            raise TooManySockets
        self._open[owner] += 1
        try:
            yield
        finally:
            self._open[owner] -= 1
            if not self._open[owner]:
                del self._open[owner]


class MessageRate:
    """Leaky bucket of the messages of one socket."""

    def __init__(self, per_second: int) -> None:
        self._per_second, self._left = per_second, float(per_second * BURST)
        self._counted_at = time.monotonic()

    def count(self) -> None:
        """Count a message. Raises TooManyMessages."""
        now = time.monotonic()
        restored = self._left + (now - self._counted_at) * self._per_second
        self._left, self._counted_at = min(restored, self._per_second * BURST) - 1, now
        if self._left < 0:
            raise TooManyMessages
