"""Responses on the wire: byte-equal to those of plain uvicorn, and usually written in one piece."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from graphql_app.http.disconnect import DISCONNECT_WATCHER, ConnectionWatcher
from graphql_app.http.server import server_config
from graphql_app.http.uvicorn_adapter import HttpProtocol
from tests.http.toy import toy_settings

GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nhost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"
OLD = b"GET / HTTP/1.0\r\nhost: x\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
ASKING = b"POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n"
REQUESTS = {"GET": GET, "HEAD": HEAD, "POST": POST, "1.0": OLD, "last": LAST, "asking": ASKING, "two": GET + POST}
TYPE = (b"Content-Type", b"text/plain")


class Transport(asyncio.Transport):
    """Transport that records the written bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.closed = False
        self.protocol: asyncio.BaseProtocol = asyncio.Protocol()

    def write(self, data: Any) -> None:
        self.pieces.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self.protocol

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


def sending(*messages: Message) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(dict(message))

    return app


def start(status: int, *headers: tuple[bytes, bytes]) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers}


def body(text: bytes = b"", **more: bool) -> Message:
    return {"type": "http.response.body", "body": text, **more}


def length(count: int) -> tuple[bytes, bytes]:
    return b"content-length", b"%d" % count


async def reading(scope: Scope, receive: Receive, send: Send) -> None:
    text = (await receive())["body"]
    await sending(start(200, TYPE, length(len(text))), body(text))(scope, receive, send)


async def failing_between(scope: Scope, receive: Receive, send: Send) -> None:
    await send(start(200, TYPE, length(2)))
    await send(body(b"a", more_body=True))
    raise RuntimeError("half of it is sent")


async def failing(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError("nothing is sent")


APPS: dict[str, ASGIApp] = {
    "usual": sending(start(200, TYPE, length(2)), body(b"ab")),
    "twice the same header": sending(start(200, TYPE, (b"vary", b"a"), (b"vary", b"b"), length(2)), body(b"ab")),
    "refused": sending(start(413, TYPE, length(2), (b"connection", b"close")), body(b"ab")),
    "kept": sending(start(200, TYPE, length(2), (b"connection", b"keep-alive")), body(b"ab")),
    "nothing": sending(start(204), body()),
    "empty": sending(start(307, (b"location", b"/x"), length(0)), body()),
    "unchanged": sending(start(304, (b"etag", b'"x"')), body()),
    "unknown status": sending(start(499, length(0)), body()),
    "without length": sending(start(200, TYPE), body(b"ab")),
    "chunked": sending(start(200, TYPE, (b"transfer-encoding", b"chunked")), body(b"ab")),
    "chunked, with a length": sending(start(200, length(2), (b"transfer-encoding", b"chunked")), body(b"ab")),
    "in parts": sending(start(200, TYPE, length(4)), body(b"ab", more_body=True), body(b"cd")),
    "in chunks": sending(start(200, TYPE), body(b"ab", more_body=True), body(b"cd", more_body=True), body()),
    "longer than declared": sending(start(200, TYPE, length(1)), body(b"ab")),
    "shorter than declared": sending(start(200, TYPE, length(3)), body(b"ab")),
    "a header with a line break": sending(start(200, (b"x-a", b"b\r\nx-c: d"), length(2)), body(b"ab")),
    "an invalid header name": sending(start(200, (b"x a", b"b"), length(2)), body(b"ab")),
    "started twice": sending(start(200, length(2)), start(200, length(2)), body(b"ab")),
    "started twice, empty": sending(start(200, length(0)), start(200, length(0)), body()),
    "too long": sending(start(200, length(2)), body(b"ab"), body(b"cd")),
    "body first": sending(body(b"ab")),
    "reading": reading,
    "failing": failing,
    "failing between": failing_between,
}


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
@pytest.mark.parametrize("app", APPS.values(), ids=APPS)
async def test_responses_are_byte_equal_to_those_of_plain_uvicorn(app: ASGIApp, request_: bytes) -> None:
    ours, theirs = [await answered(protocol, app, request_) for protocol in (HttpProtocol, HttpToolsProtocol)]
    assert b"".join(ours.pieces) == b"".join(theirs.pieces)
    assert ours.closed == theirs.closed
    assert theirs.pieces or theirs.closed


@pytest.mark.parametrize("request_", [GET, POST])
async def test_a_usual_response_is_written_in_one_piece(request_: bytes) -> None:
    (piece,) = (await answered(HttpProtocol, APPS["usual"], request_)).pieces
    assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
    assert piece.endswith(b"\r\n\r\nab")


async def test_a_response_waits_while_the_client_does_not_read() -> None:
    transport, protocol = connected(HttpProtocol, APPS["usual"])
    protocol.pause_writing()
    protocol.data_received(GET)
    await turns()
    assert transport.pieces == []
    protocol.resume_writing()
    await turns()
    assert b"".join(transport.pieces).endswith(b"\r\n\r\nab")


async def test_nothing_is_written_after_a_disconnect() -> None:
    transport, protocol = connected(HttpProtocol, APPS["usual"])
    protocol.data_received(GET)
    protocol.connection_lost(None)
    await turns()
    assert transport.pieces == []


async def test_nothing_is_written_after_a_disconnect_with_a_pipelined_request() -> None:
    begun: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        begun.append(scope["method"])
        await asyncio.sleep(0)
        await APPS["usual"](scope, receive, send)

    transport, protocol = connected(HttpProtocol, app)
    protocol.data_received(GET + POST)
    protocol.connection_lost(None)
    await turns()
    assert begun == ["GET"]
    assert transport.pieces == []


async def test_the_watcher_calls_back_when_the_connection_is_lost() -> None:
    calls: list[str] = []
    watchers: list[ConnectionWatcher] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        watchers.append(scope[DISCONNECT_WATCHER])
        assert not scope[DISCONNECT_WATCHER].watch(lambda: calls.append("left"))
        await asyncio.sleep(60)

    _, protocol = connected(HttpProtocol, app)
    protocol.data_received(GET)
    await turns()
    protocol.connection_lost(None)
    assert calls == ["left"]
    assert watchers[0].watch(lambda: calls.append("again"))
    protocol.tasks.pop().cancel()
    await turns()


async def test_a_removed_callback_is_not_called_at_the_disconnect() -> None:
    watcher = ConnectionWatcher()
    watcher.watch(lambda: pytest.fail("called"))
    watcher.unwatch()
    watcher.disconnected()


def connected(
    kind: type[HttpToolsProtocol], app: Callable[[Scope, Receive, Send], Awaitable[None]]
) -> tuple[Transport, HttpToolsProtocol]:
    """Return a connection to ``app``. The server adds one header to responses."""
    config = server_config(app, toy_settings(), lifespan="off")
    config.load()
    state = ServerState()
    state.default_headers = [(b"date", b"today")]
    transport, protocol = Transport(), kind(config, state, {})
    transport.protocol = protocol
    protocol.connection_made(transport)
    return transport, protocol


async def answered(kind: type[HttpToolsProtocol], app: ASGIApp, *requests: bytes) -> Transport:
    transport, protocol = connected(kind, app)
    for request in requests:
        protocol.data_received(request)
        await turns()
        if not transport.pieces or transport.pieces[-1].startswith(b"HTTP/1.1 100"):
            protocol.data_received(b"{}")
            await turns()
    protocol._unset_keepalive_if_required()
    return transport


async def turns(count: Iterable[int] = range(20)) -> None:
    """Run the event loop until nothing is ready."""
    for _ in count:
        await asyncio.sleep(0)
