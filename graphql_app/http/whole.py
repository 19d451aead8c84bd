"""Response writer that sends status line, headers and body in one system call.

uvicorn sends the head and the body separately, which costs a system call and a packet for each, and it validates every
header of every response again.
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
"""Headers that control the transfer of the response. uvicorn interprets them."""
KNOWN = 500
"""Number of encoded headers that are cached. Most responses have the same headers, except for one or two."""


class Whole:
    """Application of one request, with a ``send`` that holds the head of the response back until its body arrives."""

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
    """Send the response and end the cycle as uvicorn does. Return False, without effect, if uvicorn has to send it."""
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
    """Return a header line in wire format. Raises ValueError for headers that uvicorn rejects or interprets."""
    if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value) or name.lower() in SPECIAL:
        raise ValueError(name)
    return b"%b: %b\r\n" % (name.lower(), value)
