"""Clients that send or read too slowly, or not at all. On a real uvicorn."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.typing import EventDict
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from graphql_app.http import uvicorn_adapter
from graphql_app.http.disconnect import SendDeadline
from graphql_app.http.uvicorn_adapter import WebSocketProtocol
from tests.http.serving import InnerServer, running, until
from tests.http.toy import Trace, toy_app, toy_settings

HEAD = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n"
CHUNKED_HEAD = HEAD.replace(b"content-length: 100", b"transfer-encoding: chunked")
PROBE = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"
LARGE = {"query": "{ large(kilobytes: 4000) }"}
"""Size of an answer, so that a few of them exceed the kernel's buffers of a connection."""


@asynccontextmanager
async def serving(trace: Trace | None = None, **settings: float) -> AsyncIterator[InnerServer]:
    """Run a server with other time limits."""
    chosen = toy_settings(**{"request_timeout": 60, "send_timeout": 60} | settings)
    app = toy_app(chosen, trace)
    async with app.router.lifespan_context(app), running(app, chosen) as server:
        yield server


async def exchanged(server: InnerServer, *pieces: bytes) -> bytes:
    """Send ``pieces`` one by one and return all data until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    received = asyncio.create_task(everything(reader))
    with contextlib.suppress(ConnectionError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
    answer = await received
    writer.close()
    return answer


async def everything(reader: asyncio.StreamReader) -> bytes:
    """Read until the connection ends or is reset."""
    received = bytearray()
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(65_536):
            received += piece
    return bytes(received)


@asynccontextmanager
async def opened(server: InnerServer) -> AsyncIterator[ClientConnection]:
    """Open an acknowledged socket whose client reads only on request."""
    url = f"ws://127.0.0.1:{server.port}/graphql"
    subprotocols = [Subprotocol("graphql-transport-ws")]
    async with connect(url, subprotocols=subprotocols, max_queue=1, max_size=None, compression=None) as connection:
        await connection.send('{"type": "connection_init"}')
        assert json.loads(await connection.recv()) == {"type": "connection_ack"}
        yield connection


async def subscribe(connection: ClientConnection, *ids: str, query: str = LARGE["query"]) -> None:
    for id in ids:
        await connection.send(json.dumps({"type": "subscribe", "id": id, "payload": {"query": query}}))


def numbers(count: int) -> list[str]:
    return [str(number) for number in range(count)]


async def drained(connection: ClientConnection) -> None:
    while True:
        await connection.recv()


async def ended(connection: ClientConnection) -> tuple[int, str]:
    """Read until the server closes, and return its code and reason."""
    with pytest.raises(ConnectionClosed) as closed:
        await drained(connection)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


@pytest.mark.parametrize("begin", [HEAD, HEAD + b"{", CHUNKED_HEAD, CHUNKED_HEAD + b"1\r\n{\r\n"])
async def test_a_body_that_does_not_arrive_is_rejected_and_the_connection_closed(begin: bytes) -> None:
    async with serving(request_timeout=0.2) as server:
        answer = await exchanged(server, begin)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close\r\n" in answer
    assert answer.endswith(b'"The request body did not arrive in time.","extensions":{"code":"BAD_REQUEST"}}]}')


@pytest.mark.parametrize("begin", [b"P", b"POST /graphql HTTP/1.1\r\n", b"POST /graphql HTTP/1.1\r\nhost: x\r\n"])
@pytest.mark.parametrize("before", [0, 1])
async def test_a_head_that_does_not_arrive_is_rejected_and_the_connection_closed(before: int, begin: bytes) -> None:
    async with serving(request_timeout=0.2) as server:
        answer = await exchanged(server, PROBE * before, begin)
    last = answer[answer.rindex(b"HTTP/1.1 ") :]
    assert answer.count(b"HTTP/1.1 200 ") == before
    assert last.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close\r\n" in last
    assert last.endswith(b'"The request headers did not arrive in time.","extensions":{"code":"BAD_REQUEST"}}]}')


@pytest.mark.parametrize("begin", [b"", b"\r\n"])
async def test_a_connection_without_a_request_is_closed_without_a_response(begin: bytes) -> None:
    async with serving(request_timeout=0.2) as server:
        assert await exchanged(server, begin) == b""


async def test_a_slow_body_after_its_response_ends_with_the_connection() -> None:
    async with serving(request_timeout=0.2) as server:
        head = b"POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n"
        answer = await exchanged(server, head, *[b"x"] * 50)
        await until(lambda: not server.server_state.connections)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.startswith(b"HTTP/1.1 404 ")


async def test_a_request_in_many_pieces_is_answered_if_it_arrives_in_time() -> None:
    async with serving() as server:
        body = b'{"query":"{ hello }"}'
        request = HEAD.replace(b"100", b"%d\r\nconnection: close" % len(body)) + body
        answer = await exchanged(server, *[request[place : place + 10] for place in range(0, len(request), 10)])
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b'{"data":{"hello":"Hello, world!"}}')


async def test_a_deadline_is_extended_by_each_progress() -> None:
    sizes = [30, 20, 20, 10, 10, 10]
    missed = asyncio.Event()

    class Buffer(asyncio.Transport):
        def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
            assert high == 0

        def get_write_buffer_size(self) -> int:
            return sizes.pop(0)

    SendDeadline(Buffer(), 0.01, missed.set).start()
    await missed.wait()
    assert sizes == []


async def test_a_client_that_does_not_read_its_response_is_disconnected() -> None:
    async with serving(send_timeout=0.2) as server:
        body = json.dumps({"query": "{ large(kilobytes: 20000) }"}).encode()
        _, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1)
        writer.write(HEAD.replace(b"100", b"%d" % len(body)) + body)
        await until(lambda: server.server_state.total_requests == 1)
        await until(lambda: not server.server_state.connections)
        writer.close()


async def test_a_slow_reader_receives_the_whole_response() -> None:
    async with serving() as server:
        body = json.dumps({"query": "{ large(kilobytes: 20000) }"}).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=100_000)
        writer.write(HEAD.replace(b"100", b"%d\r\nconnection: close" % len(body)) + body)
        received = 0
        while piece := await reader.read(200_000):
            received += len(piece)
            await asyncio.sleep(0.005)
        writer.close()
    assert received > 20_000_000


async def test_a_socket_that_does_not_read_is_closed_and_its_answers_are_discarded(
    trace: Trace, bound: list[EventDict], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uvicorn_adapter, "CLOSING_TIMEOUT", 0.1)
    async with serving(trace, send_timeout=0.2, socket_operations=3) as server, opened(server) as connection:
        await subscribe(connection, *numbers(40))
        await until(lambda: not server.server_state.connections and not server.server_state.tasks)
        # three, and each whose answer is in the kernel's buffers, which made room
        assert 3 <= trace.started < 10
        connection.transport.abort()
    (closed,) = [line for line in bound if line["event"] == "socket closed"]
    assert (closed["code"], closed["reason"]) == (1013, "The client reads too slowly")


async def test_a_slow_reader_that_reads_again_receives_the_close_reason(bound: list[EventDict]) -> None:
    async with serving(send_timeout=0.2) as server, opened(server) as connection:
        await subscribe(connection, *numbers(40))
        await until(lambda: any(line["event"] == "socket closed" for line in bound))
        assert await ended(connection) == (1013, "The client reads too slowly")
        await until(lambda: not server.server_state.connections)


async def test_a_socket_that_reads_slowly_receives_every_answer() -> None:
    async with serving(socket_operations=2) as server, opened(server) as connection:
        await subscribe(connection, *numbers(20))
        received: list[dict[str, str]] = []
        while len(received) < 40:
            received.append(json.loads(await connection.recv()))
            await asyncio.sleep(0.01)
    assert sorted(message["type"] for message in received) == ["complete"] * 20 + ["next"] * 20
    assert {message["id"] for message in received} == set(numbers(20))


async def test_operations_beyond_the_limit_wait_for_a_slot(trace: Trace) -> None:
    async with serving(trace, socket_operations=2) as server, opened(server) as connection:
        await subscribe(connection, "a", "b", "c", query="{ slow }")
        await connection.send('{"type": "ping"}')
        assert json.loads(await connection.recv()) == {"type": "pong"}
        assert trace.started == 2
        await connection.send('{"type": "complete", "id": "a"}')
        await until(lambda: trace.started == 3)


async def test_an_operation_that_waits_for_a_slot_can_be_cancelled(trace: Trace) -> None:
    async with serving(trace, socket_operations=1) as server, opened(server) as connection:
        await subscribe(connection, "a", "b", query="{ slow }")
        await trace.begun.wait()
        await connection.send('{"type": "complete", "id": "b"}')
        await subscribe(connection, "b", query="{ hello }")
        await connection.send('{"type": "complete", "id": "a"}')
        answers = [json.loads(await connection.recv()) for _ in range(2)]
    assert [(each["type"], each["id"]) for each in answers] == [("next", "b"), ("complete", "b")]
    assert trace.started == 1


async def test_no_operation_starts_while_too_many_bytes_wait_to_be_sent(trace: Trace) -> None:
    async with serving(trace, socket_buffer_bytes=1) as server, opened(server) as connection:
        (socket,) = server.server_state.connections
        assert isinstance(socket, WebSocketProtocol)
        # one answer after the other, until the `complete` of one waits for the transport to pass on its `next`
        while socket.writable.is_set():
            await begin_next(connection, trace)
            if not socket.writable.is_set():
                await asyncio.sleep(0.2)  # the kernel may still accept waiting bytes
        begun = trace.started
        await subscribe(connection, "one more")
        await asyncio.sleep(0.1)
        assert trace.started == begun
        for _ in range(2 * begun + 2):
            await connection.recv()
        assert trace.started == begun + 1


async def begin_next(connection: ClientConnection, trace: Trace) -> None:
    begun = trace.started
    await subscribe(connection, str(begun))
    await until(lambda: trace.started > begun)
    await asyncio.sleep(0.01)


async def test_reading_pauses_while_too_many_bytes_of_requests_wait() -> None:
    async with serving(socket_buffer_bytes=1000) as server, opened(server) as connection:
        await subscribe(connection, "a", query="{ slow(seconds: 0.2) }" + " " * 1000)
        await connection.send('{"type": "ping"}')
        assert [json.loads(await connection.recv())["type"] for _ in range(3)] == ["next", "complete", "pong"]


async def test_reading_pauses_while_pongs_are_not_received() -> None:
    async with serving() as server, opened(server) as connection:
        (socket,) = server.server_state.connections
        assert isinstance(socket, WebSocketProtocol)
        await subscribe(connection, *numbers(3))
        pongs = []
        # a ping that is read between two answers may find all earlier bytes sent
        while not socket.read_paused:
            pongs.append(await connection.ping())
            await asyncio.sleep(0.01)
        for _ in range(6):
            await connection.recv()
        for pong in pongs:
            await pong
        assert not socket.read_paused
