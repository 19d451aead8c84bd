"""Client disconnects, and stops of the server, during operations. On a real uvicorn."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Receive
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from graphql_app.http.disconnect import CancelOnDisconnect, ClientDisconnected, ReceiveWatcher
from graphql_app.http.uvicorn_adapter import HttpProtocol
from graphql_app.settings import Settings
from tests.http.serving import InnerServer, child, running, until
from tests.http.toy import Trace
from tests.support.processes import PLAIN

HEAD = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n"
SLOW = {"query": "{ slow }"}
BRIEF = {"query": "{ slow(seconds: 0.5) }"}


@pytest.mark.parametrize("protocol", [HttpProtocol, HttpToolsProtocol])
async def test_a_disconnect_cancels_the_operation_once(
    app: Starlette, settings: Settings, trace: Trace, protocol: type[HttpToolsProtocol]
) -> None:
    async with running(app, settings, http=protocol) as server:
        await disconnect_during(server, SLOW, trace)
        await until(lambda: trace.cancelled == 1)
        assert await post_json(server.port, {"query": "{ hello }"}) == {"data": {"hello": "Hello, world!"}}
    assert (trace.started, trace.finished, trace.cancelled) == (1, 0, 1)


async def test_a_disconnect_during_the_body_ends_the_request(app: Starlette, settings: Settings, trace: Trace) -> None:
    async with running(app, settings) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HEAD + b"{")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()
        await until(lambda: not server.server_state.tasks)
        assert await post_json(server.port, {"query": "{ hello }"}) == {"data": {"hello": "Hello, world!"}}
    assert len(trace.viewers) == 1


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_client_that_sends_too_much_receives_the_reason(
    app: Starlette, settings: Settings, *, chunked: bool
) -> None:
    async with running(app, settings) as server, httpx.AsyncClient(verify=PLAIN, timeout=60) as client:
        body = chunks(b" " * 100_000, 300) if chunked else b" " * 30_000_000
        headers = {"content-type": "application/json"}
        response = await client.post(f"http://127.0.0.1:{server.port}/graphql", content=body, headers=headers)
    assert response.status_code == 413
    assert response.headers["connection"] == "close"


async def test_a_client_that_continues_to_send_is_disconnected(
    app: Starlette, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphql_app.http.body.LINGERING", 0.05)
    async with running(app, settings) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HEAD.replace(b"content-length: 100", b"transfer-encoding: chunked"))
        with pytest.raises(ConnectionError):
            await send_for_ever(writer, b"10000\r\n" + b" " * 0x10000 + b"\r\n")


async def test_a_client_that_expects_100_continue_is_rejected_before_it_sends(
    app: Starlette, settings: Settings
) -> None:
    async with running(app, settings) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HEAD.replace(b"content-length: 100", b"expect: 100-continue\r\ncontent-length: 30000000"))
        answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_cancellation_by_another_task_is_not_a_disconnect() -> None:
    async def patient() -> dict[str, str]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def work() -> None:
        with CancelOnDisconnect(ReceiveWatcher(patient)):
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def clean_up_slowly(receive: Receive, steps: list[int]) -> None:
    """Work until the disconnect, then clean up in several passes of the event loop, each of which is recorded."""
    with CancelOnDisconnect(ReceiveWatcher(receive)):
        try:
            await asyncio.sleep(60)
        finally:
            for step in range(3):
                await asyncio.sleep(0)
                steps.append(step)


async def test_the_clean_up_after_a_disconnect_is_not_interrupted() -> None:
    steps: list[int] = []

    async def gone() -> dict[str, str]:
        await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    with pytest.raises(ClientDisconnected):
        await clean_up_slowly(gone, steps)
    assert steps == [0, 1, 2]
    await asyncio.sleep(0)  # the cancellation has no further effect


async def test_nothing_starts_after_a_disconnect() -> None:
    async def gone() -> dict[str, str]:
        return {"type": "http.disconnect"}

    steps = []
    with pytest.raises(ClientDisconnected), CancelOnDisconnect(ReceiveWatcher(gone)):
        steps.append("begun")
    assert steps == []
    await asyncio.sleep(0)  # the calling task is not cancelled


@pytest.mark.parametrize("turns", [0, 1])
async def test_a_finished_operation_is_not_cancelled_by_a_disconnect(turns: int) -> None:
    leaving: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def receive() -> dict[str, str]:
        return await leaving

    with CancelOnDisconnect(ReceiveWatcher(receive)):
        await asyncio.sleep(0)
        leaving.set_result({"type": "http.disconnect"})
        for _ in range(turns):
            await asyncio.sleep(0)  # the disconnect is received, and its callback is scheduled
    for _ in range(3):
        await asyncio.sleep(0)


async def test_the_clean_up_at_shutdown_is_not_interrupted() -> None:
    steps: list[int] = []

    async def patient() -> dict[str, str]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    task = asyncio.create_task(clean_up_slowly(patient, steps))
    await asyncio.sleep(0)
    for each in asyncio.all_tasks() - {asyncio.current_task()}:
        each.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps == [0, 1, 2]


@pytest.mark.slow
async def test_a_request_that_runs_at_shutdown_is_answered() -> None:
    async with child(SHUTDOWN_TIMEOUT="20") as server:
        answer = asyncio.create_task(post_json(server.port, BRIEF))
        await server.began()
        server.terminate()
        assert await answer == {"data": {"slow": "done"}}
        assert await server.ended() == -15
    assert any("Application shutdown complete" in line for line in server.log)


@pytest.mark.slow
async def test_a_request_that_exceeds_the_shutdown_timeout_receives_503() -> None:
    async with child(SHUTDOWN_TIMEOUT="1") as server:
        answer = asyncio.create_task(post(server.port, SLOW))
        await server.began()
        server.terminate()
        response = await answer
        assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["SERVICE_UNAVAILABLE"]
        assert (response.status_code, response.headers["retry-after"]) == (503, "1")
        assert await server.ended() == -15


@pytest.mark.slow
async def test_open_sockets_do_not_delay_the_shutdown() -> None:
    async with child(SHUTDOWN_TIMEOUT="20") as server, socket(server.port) as idle, socket(server.port) as silent:
        await idle.send('{"type":"connection_init"}')
        await idle.recv()
        server.terminate()
        assert await server.ended() == -15
        for connection in (idle, silent):
            with pytest.raises(ConnectionClosed) as closed:
                await connection.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012


@pytest.mark.slow
async def test_an_operation_on_a_socket_is_answered_before_the_socket_closes() -> None:
    async with child(SHUTDOWN_TIMEOUT="20") as server, socket(server.port) as connection:
        await connection.send('{"type":"connection_init"}')
        await connection.recv()
        await connection.send(json.dumps({"type": "subscribe", "id": "1", "payload": BRIEF}))
        await server.began()
        server.terminate()
        received = [json.loads(await connection.recv())["type"] for _ in range(2)]
        assert received == ["next", "complete"]
        with pytest.raises(ConnectionClosed):
            await connection.recv()
        assert connection.close_code == 1012
        assert await server.ended() == -15


@pytest.mark.slow
async def test_a_long_operation_on_a_socket_does_not_delay_the_shutdown() -> None:
    async with child(SHUTDOWN_TIMEOUT="1") as server, socket(server.port) as connection:
        await connection.send('{"type":"connection_init"}')
        await connection.recv()
        await connection.send(json.dumps({"type": "subscribe", "id": "1", "payload": SLOW}))
        await server.began()
        server.terminate()
        assert await server.ended() == -15
        with pytest.raises(ConnectionClosed):
            await connection.recv()
        assert connection.close_code == 1012


@pytest.mark.slow
async def test_every_log_line_of_the_server_has_the_same_format() -> None:
    async with child(SHUTDOWN_TIMEOUT="5") as server, socket(server.port) as connection:
        await post_json(server.port, {"query": "{ hello }"})
        await connection.close()
        server.terminate()
        await server.ended()
    assert len(server.log) > 5
    lines = [json.loads(line) for line in server.log]
    assert all({"event", "level", "logger", "timestamp"} <= set(line) for line in lines)
    loggers = [line["logger"] for line in lines]
    assert "uvicorn.error" in loggers
    assert loggers.count("workline.http") == 1
    assert not [line for line in lines if "WebSocket" in line["event"]]


def socket(port: int) -> connect:
    return connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")])


async def post_json(port: int, request: dict[str, str]) -> Any:
    return (await post(port, request)).json()


async def post(port: int, request: dict[str, str]) -> httpx.Response:
    async with httpx.AsyncClient(verify=PLAIN, timeout=60) as client:
        return await client.post(f"http://127.0.0.1:{port}/graphql", json=request)


async def chunks(chunk: bytes, count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield chunk


async def send_for_ever(writer: asyncio.StreamWriter, chunk: bytes) -> None:
    while True:
        writer.write(chunk)
        await writer.drain()


async def disconnect_during(server: InnerServer, request: dict[str, str], trace: Trace) -> None:
    task = asyncio.create_task(post_json(server.port, request))
    await trace.begun.wait()
    task.cancel()
    await asyncio.wait([task])
