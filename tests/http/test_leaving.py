"""Clients that leave, and servers that stop, while something is going on. On a real uvicorn."""

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
async def test_a_client_that_leaves_cancels_what_it_asked_for_once(
    app: Starlette, settings: Settings, trace: Trace, protocol: type[HttpToolsProtocol]
) -> None:
    async with running(app, settings, http=protocol) as server:
        await leave_during(server, SLOW, trace)
        await until(lambda: trace.cancelled == 1)
        assert await ask(server.port, {"query": "{ hello }"}) == {"data": {"hello": "Hello, world!"}}
    assert (trace.started, trace.finished, trace.cancelled) == (1, 0, 1)


async def test_a_client_that_leaves_during_its_body_is_forgotten(
    app: Starlette, settings: Settings, trace: Trace
) -> None:
    async with running(app, settings) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HEAD + b"{")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()
        await until(lambda: not server.server_state.tasks)
        assert await ask(server.port, {"query": "{ hello }"}) == {"data": {"hello": "Hello, world!"}}
    assert len(trace.viewers) == 1


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_client_that_sends_far_too_much_sees_why_it_is_refused(
    app: Starlette, settings: Settings, *, chunked: bool
) -> None:
    async with running(app, settings) as server, httpx.AsyncClient(verify=PLAIN, timeout=60) as client:
        body = chunks(b" " * 100_000, 300) if chunked else b" " * 30_000_000
        headers = {"content-type": "application/json"}
        response = await client.post(f"http://127.0.0.1:{server.port}/graphql", content=body, headers=headers)
    assert response.status_code == 413
    assert response.headers["connection"] == "close"


async def test_a_client_that_never_stops_sending_is_cut_off(
    app: Starlette, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphql_app.http.body.LINGERING", 0.05)
    async with running(app, settings) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HEAD.replace(b"content-length: 100", b"transfer-encoding: chunked"))
        with pytest.raises(ConnectionError):
            await send_for_ever(writer, b"10000\r\n" + b" " * 0x10000 + b"\r\n")


async def test_a_client_that_asks_first_is_refused_before_it_sends(app: Starlette, settings: Settings) -> None:
    async with running(app, settings) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HEAD.replace(b"content-length: 100", b"expect: 100-continue\r\ncontent-length: 30000000"))
        answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_who_is_cancelled_by_somebody_else_is_not_said_to_have_lost_its_client() -> None:
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
    """Work for a client, and take some turns of the event loop to clean up, of which each is noted."""
    with CancelOnDisconnect(ReceiveWatcher(receive)):
        try:
            await asyncio.sleep(60)
        finally:
            for step in range(3):
                await asyncio.sleep(0)
                steps.append(step)


async def test_the_clean_up_of_what_is_cancelled_is_not_interrupted() -> None:
    steps: list[int] = []

    async def gone() -> dict[str, str]:
        await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    with pytest.raises(ClientDisconnected):
        await clean_up_slowly(gone, steps)
    assert steps == [0, 1, 2]
    await asyncio.sleep(0)  # nothing is left of the cancellation


async def test_nothing_is_begun_for_a_client_that_has_left_already() -> None:
    async def gone() -> dict[str, str]:
        return {"type": "http.disconnect"}

    steps = []
    with pytest.raises(ClientDisconnected), CancelOnDisconnect(ReceiveWatcher(gone)):
        steps.append("begun")
    assert steps == []
    await asyncio.sleep(0)  # and who asked is not cancelled


@pytest.mark.parametrize("turns", [0, 1])
async def test_who_has_finished_when_the_client_leaves_is_not_cancelled(turns: int) -> None:
    leaving: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def receive() -> dict[str, str]:
        return await leaving

    with CancelOnDisconnect(ReceiveWatcher(receive)):
        await asyncio.sleep(0)
        leaving.set_result({"type": "http.disconnect"})
        for _ in range(turns):
            await asyncio.sleep(0)  # it is known that the client has left, and its consequence is on its way
    for _ in range(3):
        await asyncio.sleep(0)


async def test_the_clean_up_of_what_ends_with_everything_else_is_not_interrupted() -> None:
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
async def test_a_request_that_runs_when_the_server_stops_is_answered() -> None:
    async with child(SHUTDOWN_TIMEOUT="20") as server:
        answer = asyncio.create_task(ask(server.port, BRIEF))
        await server.began()
        server.terminate()
        assert await answer == {"data": {"slow": "done"}}
        assert await server.ended() == -15
    assert any("Application shutdown complete" in line for line in server.log)


@pytest.mark.slow
async def test_a_request_that_runs_too_long_when_the_server_stops_is_told_so() -> None:
    async with child(SHUTDOWN_TIMEOUT="1") as server:
        answer = asyncio.create_task(post(server.port, SLOW))
        await server.began()
        server.terminate()
        response = await answer
        assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["SERVICE_UNAVAILABLE"]
        assert (response.status_code, response.headers["retry-after"]) == (503, "1")
        assert await server.ended() == -15


@pytest.mark.slow
async def test_open_sockets_do_not_keep_the_server_alive() -> None:
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
async def test_an_operation_on_a_socket_is_answered_before_the_socket_is_closed() -> None:
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
async def test_an_operation_on_a_socket_that_takes_too_long_does_not_keep_the_server_alive() -> None:
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
async def test_every_line_of_the_servers_log_has_one_form() -> None:
    async with child(SHUTDOWN_TIMEOUT="5") as server, socket(server.port) as connection:
        await ask(server.port, {"query": "{ hello }"})
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


async def ask(port: int, request: dict[str, str]) -> Any:
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


async def leave_during(server: InnerServer, request: dict[str, str], trace: Trace) -> None:
    task = asyncio.create_task(ask(server.port, request))
    await trace.begun.wait()
    task.cancel()
    await asyncio.wait([task])
