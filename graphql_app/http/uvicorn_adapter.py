"""Adapter of uvicorn's protocols for HTTP and WebSocket: time limits, disconnects, and one write per response.

This is the only module that uses private uvicorn APIs. `tests/architecture/test_adapters.py` fails if a new version of
uvicorn changes one of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from graphql_app.execution.encoding import encode
from graphql_app.execution.errors import request_error
from graphql_app.http.disconnect import DISCONNECT_WATCHER, ConnectionWatcher, SendDeadline
from graphql_app.http.errors import HeadTooSlow
from graphql_app.http.lifespan import Drain

CLOSING_TIMEOUT = 5.0
"""Seconds for a slow reader to receive the buffered bytes and the close frame after them."""
SLOW_READER_CODE, SLOW_READER_REASON = 1013, "The client reads too slowly"
"""Close code and reason for a client that does not read."""
TRANSFER_HEADERS = frozenset({b"connection", b"transfer-encoding"})
"""Headers that control the transfer of the response. uvicorn interprets them."""
CACHED_HEADERS = 500
"""Number of encoded headers that are cached. Most responses have the same headers, except for one or two."""


class ServerConfig(uvicorn.Config):
    """uvicorn's configuration, and the time limits of the protocols in seconds."""

    def __init__(
        self, app: ASGIApp | Callable[[], ASGIApp] | str, *, request_timeout: float, send_timeout: float, **options: Any
    ) -> None:
        super().__init__(app, **options)
        self.request_timeout = request_timeout
        self.send_timeout = send_timeout


class SendDeadlineMixin(asyncio.Protocol):
    """Protocol whose ``deadline``, set in ``connection_made``, runs while the transport cannot send everything."""

    deadline: SendDeadline

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.deadline.stop()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.deadline.start()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.deadline.stop()


class HttpProtocol(SendDeadlineMixin, HttpToolsProtocol):
    """HTTP connection, on which requests are answered in order.

    The head of each request must arrive within ``request_timeout`` seconds. uvicorn has no such limit. A client that
    receives nothing of a response for ``send_timeout`` seconds is disconnected.
    """

    config: ServerConfig

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head_timer: asyncio.TimerHandle | None = None
        self._head_begun = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a stream's transport
        super().connection_made(transport)
        self._watcher = ConnectionWatcher()
        self._running: RequestResponseCycle | None = None
        self.deadline = SendDeadline(transport, self.config.send_timeout, transport.abort)
        self._await_head()

    @property
    def is_new(self) -> bool:
        """True if no request has been received so far."""
        return self.cycle is None

    def close_after_response(self) -> None:
        """Close the connection after the current response, if any, and announce it in the head of that response."""
        if self._running is not None and not self._running.response_started:
            self._running.keep_alive = False

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_awaiting_head()
        # uvicorn marks the last request received, even if it is still waiting for the previous one
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
        self._watcher.disconnected()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_timer is None and self._is_between_requests():
            self._await_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_begun = True

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._head_begun = False
        self._stop_awaiting_head()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Start the application. The only place where a subclass can wrap ``send`` and extend the scope."""
        self._running = cycle
        drain: Drain | None = self.app_state.get("drain")
        if drain is not None and drain.announced:
            cycle.keep_alive = False
        scope: Any = cycle.scope  # a TypedDict without this key
        scope[DISCONNECT_WATCHER] = self._watcher
        writer: Any = ResponseWriter(app, cycle)  # uvicorn declares its own ASGI types
        super()._start_asgi_task(cycle, writer)

    def _is_between_requests(self) -> bool:
        if self.cycle is not None and not self.cycle.response_complete:
            return False
        # a WebSocket handshake hands the transport over to another protocol
        return self.transport.get_protocol() is self and not self.transport.is_closing()

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self.config.request_timeout, self._reject_slow_head)

    def _stop_awaiting_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _reject_slow_head(self) -> None:
        """Close the connection. Respond first if part of a request has arrived."""
        self._head_timer = None
        if self._head_begun and not self.transport.is_closing():
            self.transport.write(_slow_head_response())
        self.transport.close()


class WebSocketProtocol(SendDeadlineMixin, WebSocketsSansIOProtocol):
    """WebSocket connection. A client that receives nothing for ``send_timeout`` seconds is disconnected."""

    config: ServerConfig

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a stream's transport
        super().connection_made(transport)
        self.deadline = SendDeadline(transport, self.config.send_timeout, self._close_slow_reader)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.read_paused and self.queue.empty():
            self._resume_reading()

    def handle_ping(self) -> None:
        """Answer a ping. Pause reading while the client does not receive the answers."""
        super().handle_ping()
        if not self.writable.is_set() and not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def _resume_reading(self) -> None:
        self.read_paused = False
        self.transport.resume_reading()

    def _close_slow_reader(self) -> None:
        """Discard pending messages, and close.

        The close frame reaches a client that reads again within ``CLOSING_TIMEOUT`` seconds. The connection is aborted
        at once if a close frame was sent before, because the grace period has passed.
        """
        self.stop_keepalive()
        if self.close_sent or self.transport.is_closing():
            self.transport.abort()
            return
        code, reason = SLOW_READER_CODE, SLOW_READER_REASON
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self._resume_reading()
        self.close_timer = self.loop.call_later(CLOSING_TIMEOUT, self.transport.abort)
        # let senders end: none of them may write after the close frame
        self.disconnected = True
        self.writable.set()


class ResponseWriter:
    """Application of one request, with a ``send`` that writes status line, headers and body in one system call.

    uvicorn sends the head and the body separately, which costs a system call and a packet for each, and it validates
    every header of every response again.
    """

    __slots__ = ("_app", "_cycle", "_head")

    def __init__(self, app: ASGIApp, cycle: RequestResponseCycle) -> None:
        self._app = app
        self._cycle = cycle
        self._head: Message | None = None

    def __call__(self, scope: Scope, receive: Receive, _send: Send) -> Awaitable[None]:
        return self._app(scope, receive, self._send)

    async def _send(self, message: Message) -> None:
        """Hold the head of the response back until its body arrives."""
        cycle: Any = self._cycle  # uvicorn declares its own message types
        head, self._head = self._head, None
        if head is None and message["type"] == "http.response.start" and not cycle.response_started:
            self._head = message
        elif head is None:
            await cycle.send(message)
        elif not _write(cycle, head, message):
            await cycle.send(head)
            await cycle.send(message)


def _write(cycle: RequestResponseCycle, head: Message, message: Message) -> bool:
    """Write the response and end the cycle as uvicorn does. Return False, without effect, if uvicorn has to do it."""
    is_last = message["type"] == "http.response.body" and not message.get("more_body")
    if not is_last or not cycle.keep_alive or cycle.disconnected or cycle.flow.write_paused:
        return False
    response = _response_bytes(cycle, head, message.get("body", b""))
    if response is None:
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(response)
    cycle.message_event.set()
    cycle.on_response()
    return True


def _response_bytes(cycle: RequestResponseCycle, head: Message, body: bytes) -> bytes | None:
    headers = head["headers"]
    if cycle.scope["method"] == "HEAD" or (b"content-length", b"%d" % len(body)) not in headers:
        return None
    try:
        lines = [_header_line(name, value) for name, value in (*cycle.default_headers, *headers)]
    except ValueError:
        return None
    return b"".join((STATUS_LINE[head["status"]], *lines, b"\r\n", body))


@lru_cache(CACHED_HEADERS)
def _header_line(name: bytes, value: bytes) -> bytes:
    """Return a header line in wire format. Raises ValueError for headers that uvicorn rejects or interprets."""
    if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value) or name.lower() in TRANSFER_HEADERS:
        raise ValueError(name)
    return b"%b: %b\r\n" % (name.lower(), value)


def _slow_head_response() -> bytes:
    error = HeadTooSlow()
    body = encode({"errors": [request_error(error)]})
    lines = (
        STATUS_LINE[error.status],
        b"content-type: application/json; charset=utf-8\r\n",
        b"content-length: %d\r\n" % len(body),
        b"connection: close\r\n\r\n",
    )
    return b"".join((*lines, body))
