"""Listening socket of a serving process, which other processes may share."""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableSequence
from itertools import islice

logger = logging.getLogger(__name__)

TURN = 0.001
"""Seconds for which a process leaves a new connection to another process with fewer connections.

Without it, the process that wakes up first keeps winning: of 800 connections that were made in turn, one of two idle
processes accepted 573.
"""
ABSENT = -1
"""Number of connections of a process that does not listen."""
EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
"""Errors of ``accept`` that last for a while (accept(2))."""
EXHAUSTED_PAUSE = 1.0
"""Seconds until the next attempt."""


class Share:
    """Connection count of one process, and of the others that accept on the same socket.

    ``counts`` is memory that the processes share; each writes at its own ``index``.
    """

    def __init__(self, counts: MutableSequence[int], index: int) -> None:
        self._counts, self._index = counts, index

    def count(self, connections: int) -> None:
        """Publish the number of connections of this process, or ``ABSENT``."""
        self._counts[self._index] = connections

    @property
    def is_ahead(self) -> bool:
        """True if a process that listens has fewer connections than this one."""
        own = self._counts[self._index]
        return any(ABSENT < each < own for each in self._counts)


class Listener:
    """Acceptor that passes connections to ``connect``. ``share`` is set when several processes share the socket."""

    def __init__(
        self,
        bound: socket.socket,
        connect: Callable[[socket.socket], Awaitable[object]],
        *,
        backlog: int,
        share: Share | None,
    ) -> None:
        self.socket = bound
        self._connect = connect
        self._backlog = backlog
        self._share = share
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._connecting: set[asyncio.Task[None]] = set()

    @property
    def is_open(self) -> bool:
        """True until ``stop``."""
        return self.socket.fileno() >= 0

    def start(self) -> None:
        """Begin to listen and to accept."""
        self.socket.setblocking(False)
        self.socket.listen(self._backlog)
        self._resume()

    async def stop(self) -> None:
        """Close the socket, and serve connections that the system has already accepted on it.

        Another process may accept on the same socket until it stops listening as well. The last process to close the
        socket serves the remaining connections, so that none is reset.
        """
        self._loop.remove_reader(self.socket)
        if self._timer is not None:
            self._timer.cancel()
        with self.socket, contextlib.suppress(OSError):
            for connection in self._accepted():
                self._start_connecting(connection)
        if self._connecting:
            await asyncio.wait(self._connecting)

    def _resume(self) -> None:
        self._timer = None
        self._loop.add_reader(self.socket, self._accept)

    def _pause(self, seconds: float, callback: Callable[[], None]) -> None:
        self._loop.remove_reader(self.socket)
        self._timer = self._loop.call_later(seconds, callback)

    def _accept(self) -> None:
        """Accept all waiting connections, unless another process has fewer connections."""
        if self._share is not None and self._share.is_ahead:
            self._pause(TURN, self._accept_one)
        else:
            self._accept_up_to(self._backlog if self._share is None else 1)

    def _accept_one(self) -> None:
        """Accept a connection that no other process has accepted in the meantime."""
        self._resume()
        self._accept_up_to(1)

    def _accept_up_to(self, count: int) -> None:
        try:
            for connection in islice(self._accepted(), count):
                self._start_connecting(connection)
        except OSError as error:
            if error.errno not in EXHAUSTED:
                raise
            logger.exception("No connection can be accepted. Raise the limit of open files of the server.")
            self._pause(EXHAUSTED_PAUSE, self._resume)

    def _accepted(self) -> Iterator[socket.socket]:
        """Yield the waiting connections. Raises OSError if the system has no resources left."""
        while True:
            try:
                connection, _ = self.socket.accept()
            except BlockingIOError:
                return
            except ConnectionAbortedError:
                continue
            connection.setblocking(False)
            yield connection

    def _start_connecting(self, connection: socket.socket) -> None:
        task = asyncio.create_task(self._connect_quietly(connection))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect_quietly(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the client has disconnected already
            await self._connect(connection)
