"""Client disconnect detection: from the server protocol, or from ASGI's `http.disconnect`."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from starlette.types import Receive, Scope

from graphql_app.http.tasks import begun

DEPARTURE = "workline.departure"
"""Key in the scope of a request, for the :class:`Departure` of a server that reports the disconnect itself."""


class Departure(Protocol):
    """Disconnect detection for the client of one request, whose body has been read."""

    def watch(self, left: Callable[[], None]) -> bool:
        """Call ``left`` at the disconnect.

        If the client has already disconnected, return True and never call ``left``.
        """

    def forget(self) -> None:
        """Remove the callback."""


def departure_of(scope: Scope, receive: Receive) -> Departure:
    """Return the disconnect detection for the client of a request."""
    told: Departure | None = scope.get(DEPARTURE)
    return Heard(receive) if told is None else told


class Told:
    """Disconnect detection by the server, for a connection that carries one request at a time."""

    __slots__ = ("_is_gone", "_left")

    def __init__(self) -> None:
        self._is_gone = False
        self._left: Callable[[], None] | None = None

    def watch(self, left: Callable[[], None]) -> bool:
        self._left = None if self._is_gone else left
        return self._is_gone

    def forget(self) -> None:
        self._left = None

    def tell(self) -> None:
        """Record the disconnect and call the callback, if any."""
        self._is_gone = True
        if self._left is not None:
            self._left()


class Heard:
    """Disconnect detection by a task that waits for ASGI's `http.disconnect`."""

    __slots__ = ("_hearing", "_left", "_receive")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    def watch(self, left: Callable[[], None]) -> bool:
        self._left: Callable[[], None] | None = left
        self._hearing = begun(_until_gone(self._receive))
        if self._hearing.done():
            return True
        self._hearing.add_done_callback(self._heard)
        return False

    def forget(self) -> None:
        self._left = None
        self._hearing.remove_done_callback(self._heard)
        self._hearing.cancel()

    def _heard(self, hearing: asyncio.Task[None]) -> None:
        # shutdown cancels this task too; and a callback that is already scheduled runs even after its removal
        if self._left is not None and not hearing.cancelled():
            self._left()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
