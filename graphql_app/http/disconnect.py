"""Client disconnects: their detection, the deadline of slow readers, and the cancellation of an operation."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from starlette.types import Receive, Scope

DISCONNECT_WATCHER = "workline.disconnect_watcher"
"""Key in the scope of a request, for the watcher of a server that reports the disconnect itself."""


class ClientDisconnected(Exception):
    """Disconnect of the client before the response was ready."""


class DisconnectWatcher(Protocol):
    """Disconnect detection for the client of one request, whose body has been read."""

    def watch(self, callback: Callable[[], None]) -> bool:
        """Call ``callback`` at the disconnect.

        If the client has already disconnected, return True and never call ``callback``.
        """

    def unwatch(self) -> None:
        """Remove the callback."""


def disconnect_watcher(scope: Scope, receive: Receive) -> DisconnectWatcher:
    """Return the disconnect detection for the client of a request."""
    watcher: DisconnectWatcher | None = scope.get(DISCONNECT_WATCHER)
    return ReceiveWatcher(receive) if watcher is None else watcher


class ConnectionWatcher:
    """Disconnect detection by the server, for a connection that carries one request at a time."""

    __slots__ = ("_callback", "_is_disconnected")

    def __init__(self) -> None:
        self._is_disconnected = False
        self._callback: Callable[[], None] | None = None

    def watch(self, callback: Callable[[], None]) -> bool:
        self._callback = None if self._is_disconnected else callback
        return self._is_disconnected

    def unwatch(self) -> None:
        self._callback = None

    def disconnected(self) -> None:
        """Record the disconnect and call the callback, if any."""
        self._is_disconnected = True
        if self._callback is not None:
            self._callback()


class ReceiveWatcher:
    """Disconnect detection by a task that waits for ASGI's `http.disconnect`."""

    __slots__ = ("_callback", "_receive", "_task")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    def watch(self, callback: Callable[[], None]) -> bool:
        self._callback: Callable[[], None] | None = callback
        self._task = asyncio.Task(_until_disconnect(self._receive), loop=asyncio.get_running_loop(), eager_start=True)
        if self._task.done():
            return True
        self._task.add_done_callback(self._received)
        return False

    def unwatch(self) -> None:
        self._callback = None
        self._task.remove_done_callback(self._received)
        self._task.cancel()

    def _received(self, task: asyncio.Task[None]) -> None:
        # shutdown cancels this task too; and a callback that is already scheduled runs even after its removal
        if self._callback is not None and not task.cancelled():
            self._callback()


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class CancelOnDisconnect:
    """Context manager that cancels its block once if the client disconnects, and then raises ClientDisconnected.

    A second cancellation would interrupt the block's clean-up: asyncpg would drop the connection without requesting
    PostgreSQL to cancel the statement.
    """

    __slots__ = ("_cancellations", "_has_cancelled", "_task", "_watcher")

    def __init__(self, watcher: DisconnectWatcher) -> None:
        self._watcher = watcher
        self._has_cancelled = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancellations = task.cancelling()
        if self._watcher.watch(self._cancel):
            raise ClientDisconnected

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._watcher.unwatch()
        # as in asyncio.timeout: only this object's own cancellation becomes an exception
        is_ours = self._has_cancelled and self._task.uncancel() <= self._cancellations
        if is_ours and isinstance(error, asyncio.CancelledError):
            raise ClientDisconnected from None

    def _cancel(self) -> None:
        self._has_cancelled = True
        self._task.cancel("the client disconnected")


class SendDeadline:
    """Deadline for a client to receive what is sent to it, extended at each partial progress.

    The transport calls ``pause_writing`` when the kernel does not accept all bytes at once, and ``resume_writing`` when
    it has accepted all of them.
    """

    def __init__(self, transport: asyncio.Transport, seconds: float, missed: Callable[[], None]) -> None:
        transport.set_write_buffer_limits(high=0)
        self._transport = transport
        self._seconds = seconds
        self._missed = missed
        self._left = 0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Start the deadline for the bytes that are in the transport's buffer."""
        self.stop()
        self._left = self._transport.get_write_buffer_size()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._check)

    def stop(self) -> None:
        """Cancel the deadline: everything was sent, or the connection is lost."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        if self._transport.get_write_buffer_size() < self._left:
            self.start()
        else:
            self._timer = None
            self._missed()
