"""uvicorn's protocols for HTTP and WebSocket, with time limits for slow clients.

Adapter for uvicorn's protocol classes. It relies on their undocumented attributes.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from graphql_app.execution.encoding import encode
from graphql_app.execution.failures import request_error
from graphql_app.http.departure import DEPARTURE, Told
from graphql_app.http.drain import Drain
from graphql_app.http.errors import HeadTooSlow
from graphql_app.http.websocket.closing import SlowReader
from graphql_app.http.whole import Whole

CLOSING_TIMEOUT = 5.0
"""Seconds for a slow reader to receive the buffered bytes and the close frame after them."""


class ServerConfig(uvicorn.Config):
    """uvicorn's configuration, and the time limits of the protocols in seconds."""

    def __init__(
        self, app: ASGIApp | Callable[[], ASGIApp] | str, *, request_timeout: float, send_timeout: float, **options: Any
    ) -> None:
        super().__init__(app, **options)
        self.request_timeout = request_timeout
        self.send_timeout = send_timeout


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


class HttpProtocol(HttpToolsProtocol):
    """HTTP connection, on which requests are answered one after the other.

    The head of each request must arrive within ``request_timeout`` seconds. uvicorn has no such limit. A client that
    receives nothing of a response for ``send_timeout`` seconds is disconnected.
    """

    config: ServerConfig

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head_timer: asyncio.TimerHandle | None = None
        self._head_begun = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._departure = Told()
        self._running: RequestResponseCycle | None = None
        self._deadline = SendDeadline(transport, self.config.send_timeout, transport.abort)
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
        self._deadline.stop()
        self._stop_awaiting_head()
        # uvicorn marks the last request received, even if it still waits for the one before it
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
        self._departure.tell()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._deadline.start()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._deadline.stop()

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
        self._running = cycle
        drain: Drain | None = self.app_state.get("drain")
        if drain is not None and drain.announced:
            cycle.keep_alive = False
        scope: Any = cycle.scope
        scope[DEPARTURE] = self._departure
        whole: Any = Whole(app, cycle)
        super()._start_asgi_task(cycle, whole)

    def _is_between_requests(self) -> bool:
        if self.cycle is not None and not self.cycle.response_complete:
            return False
        # a WebSocket handshake hands the transport over to another protocol
        return self.transport.get_protocol() is self and not self.transport.is_closing()

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self.config.request_timeout, self._refuse_slow_head)

    def _stop_awaiting_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse_slow_head(self) -> None:
        """Close the connection. Respond first if part of a request has arrived."""
        self._head_timer = None
        if self._head_begun and not self.transport.is_closing():
            self.transport.write(_slow_head())
        self.transport.close()


class SocketProtocol(WebSocketsSansIOProtocol):
    """WebSocket connection. A client that receives nothing for ``send_timeout`` seconds is disconnected."""

    config: ServerConfig

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline = SendDeadline(transport, self.config.send_timeout, self._close_slow_reader)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._deadline.stop()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._deadline.start()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._deadline.stop()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            self.transport.resume_reading()

    def handle_ping(self) -> None:
        """Answer a ping. Pause reading while the client does not receive the answers."""
        super().handle_ping()
        if not self.writable.is_set() and not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def _close_slow_reader(self) -> None:
        """Discard what waits to be sent, and close.

        The close frame reaches a client that reads again within ``CLOSING_TIMEOUT`` seconds. The connection is aborted
        at once if a close frame was sent before, because that client has had its time.
        """
        self.stop_keepalive()
        if self.close_sent or self.transport.is_closing():
            self.transport.abort()
            return
        code, reason = SlowReader.code, SlowReader.reason
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(CLOSING_TIMEOUT, self.transport.abort)
        # let senders end: none of them may write after the close frame
        self.disconnected = True
        self.writable.set()


def _slow_head() -> bytes:
    error = HeadTooSlow()
    body = encode({"errors": [request_error(error)]})
    lines = (
        STATUS_LINE[error.status],
        b"content-type: application/json; charset=utf-8\r\n",
        b"content-length: %d\r\n" % len(body),
        b"connection: close\r\n\r\n",
    )
    return b"".join((*lines, body))
