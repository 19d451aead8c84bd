"""Who can tell that a client has left: the server itself, or whoever waits for the message that ASGI has for it."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from starlette.types import Receive, Scope

from graphql_app.http.tasks import begun

DEPARTURE = "workline.departure"
"""In the scope of a request: the :class:`Departure` of a server that tells it without being asked."""


class Departure(Protocol):
    """What becomes of the client of one request, whose body has been read."""

    def watch(self, left: Callable[[], None]) -> bool:
        """Call ``left`` when the client leaves. Returns whether it has left already; nothing is called then."""

    def forget(self) -> None:
        """From now on nothing is called."""


def departure_of(scope: Scope, receive: Receive) -> Departure:
    """The departure of a request's client."""
    told: Departure | None = scope.get(DEPARTURE)
    return Heard(receive) if told is None else told


class Told:
    """By the server, when the connection is lost; it answers one request after the other."""

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
        """The client has left."""
        self._is_gone = True
        if self._left is not None:
            self._left()


class Heard:
    """By ASGI's message: a task waits for it."""

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
        # who ends all tasks ends this one too; and a callback that is on its way comes, although it was removed
        if self._left is not None and not hearing.cancelled():
            self._left()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
