"""An answer that is known as a whole leaves in one piece.

uvicorn sends its head and its body one after the other, which is a system call and a packet for each, and looks at
every header of every answer anew.
"""

from collections.abc import Awaitable
from functools import lru_cache
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

SPECIAL = frozenset({b"connection", b"transfer-encoding"})
"""Headers that say how the answer travels: uvicorn heeds them."""
KNOWN = 500
"""How many headers are remembered: most answers have the same, but for one or two."""


class Whole:
    """The application of one request, with a ``send`` that keeps the head of the answer back until its body comes."""

    __slots__ = ("_app", "_cycle", "_head")

    def __init__(self, app: ASGIApp, cycle: RequestResponseCycle) -> None:
        self._app = app
        self._cycle = cycle
        self._head: Message | None = None

    def __call__(self, scope: Scope, receive: Receive, _send: Send) -> Awaitable[None]:
        return self._app(scope, receive, self._send)

    async def _send(self, message: Message) -> None:
        cycle: Any = self._cycle
        head, self._head = self._head, None
        if head is None and message["type"] == "http.response.start" and not cycle.response_started:
            self._head = message
        elif head is None:
            await cycle.send(message)
        elif not _sent(cycle, head, message):
            await cycle.send(head)
            await cycle.send(message)


def _sent(cycle: RequestResponseCycle, head: Message, message: Message) -> bool:
    """Send the answer, and end the cycle as uvicorn does. False if it is none of the usual ones: nothing was done."""
    is_last = message["type"] == "http.response.body" and not message.get("more_body")
    if not is_last or not cycle.keep_alive or cycle.disconnected or cycle.flow.write_paused:
        return False
    answer = _written(cycle, head, message.get("body", b""))
    if answer is None:
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(answer)
    cycle.message_event.set()
    cycle.on_response()
    return True


def _written(cycle: RequestResponseCycle, head: Message, body: bytes) -> bytes | None:
    headers = head["headers"]
    if cycle.scope["method"] == "HEAD" or (b"content-length", b"%d" % len(body)) not in headers:
        return None
    try:
        lines = [_line(name, value) for name, value in (*cycle.default_headers, *headers)]
    except ValueError:
        return None
    return b"".join((STATUS_LINE[head["status"]], *lines, b"\r\n", body))


@lru_cache(KNOWN)
def _line(name: bytes, value: bytes) -> bytes:
    """A header as it travels. Raises ValueError for what uvicorn refuses, or does more about than to send it."""
    if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value) or name.lower() in SPECIAL:
        raise ValueError(name)
    return b"%b: %b\r\n" % (name.lower(), value)
