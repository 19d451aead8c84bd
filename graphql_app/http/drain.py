"""Orderly stop of an application: counts of running operations and open sockets, and the two steps of the drain."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Counted:
    """Counter of running blocks, which may overlap. ``ended`` is set at the end of each block."""

    def __init__(self, ended: asyncio.Event) -> None:
        self.running = 0
        self._ended = ended

    def __enter__(self) -> None:
        self.running += 1

    def __exit__(self, *_: object) -> None:
        self.running -= 1
        self._ended.set()


class Drain:
    """State of an application that is going to stop.

    First the stop is announced: readiness fails, and responses close their connections, while requests are still served
    for ``delay`` seconds. Then the drain begins: open sockets retire, and no new one is served.
    """

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        """Seconds between the announcement and the beginning of the drain."""
        self.announced = self.begun = False
        self._changed = asyncio.Event()
        self.operations = Counted(self._changed)
        """Context manager around each operation."""
        self._sockets: dict[object, Callable[[], None]] = {}

    def announce(self) -> None:
        """Report from now on that the server is not ready."""
        self.announced = True

    def begin(self) -> None:
        """Retire each socket: it closes as soon as no operation runs on it."""
        self.announce()
        if self.begun:
            return
        self.begun = True
        for retire in list(self._sockets.values()):
            retire()

    @contextmanager
    def socket(self, retire: Callable[[], None]) -> Iterator[None]:
        """Count the block as an open socket. ``retire`` is called, in the event loop, when the drain begins."""
        key = object()
        self._sockets[key] = retire
        try:
            yield
        finally:
            del self._sockets[key]
            self._changed.set()

    async def idle(self) -> None:
        """Wait until no operation runs and no socket is open."""
        await self._until(lambda: not self.operations.running and not self._sockets)

    async def sockets_closed(self) -> None:
        """Wait until no socket is open."""
        await self._until(lambda: not self._sockets)

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()
