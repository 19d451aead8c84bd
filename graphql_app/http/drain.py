"""Ending well: what is running may finish, nothing new begins, and somebody knows when all is done."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Counted:
    """Counts the blocks that are running, as many as there are at once; ``ended`` is set at the end of each."""

    def __init__(self, ended: asyncio.Event) -> None:
        self.running = 0
        self._ended = ended

    def __enter__(self) -> None:
        self.running += 1

    def __exit__(self, *_: object) -> None:
        self.running -= 1
        self._ended.set()


class Drain:
    """Counts the running operations of an application, and tells its sockets when it is going to stop."""

    def __init__(self) -> None:
        self.begun = False
        self._changed = asyncio.Event()
        self.operations = Counted(self._changed)
        """Around each operation."""
        self._sockets: dict[object, Callable[[], None]] = {}

    def begin(self) -> None:
        """The server is going to stop: readiness says so from now on, and a socket closes when it has nothing to do."""
        if self.begun:
            return
        self.begun = True
        for retire in list(self._sockets.values()):
            retire()

    @contextmanager
    def socket(self, retire: Callable[[], None]) -> Iterator[None]:
        """Counts the block as an open socket; ``retire`` is called, in the event loop, when the drain begins."""
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
