"""Orderly stop of a server, from the view of clients before, during and after it stops listening."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from graphql_app.http.server import server_config
from graphql_app.settings import Settings
from tests.http.serving import InnerServer, running, until
from tests.http.toy import Trace, toy_app, toy_settings
from tests.support.processes import PLAIN

BODY = json.dumps({"query": "{ hello }"}).encode()
REQUEST = (
    b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY)
    + BODY
)
DELAY = 0.5


class LateServer(InnerServer):
    """Server with connections in the backlog at the time when it stops listening."""

    late: list[socket.socket]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.late = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(20)]
        for connection in self.late[1:]:  # the first one sends nothing
            connection.sendall(REQUEST)
        await super().shutdown(sockets)


def received(connection: socket.socket) -> bytes:
    """Return all data of a connection until the peer closes it."""
    with connection:
        return b"".join(iter(lambda: connection.recv(65_536), b""))


async def test_connections_in_the_backlog_are_answered_at_the_stop(app: Starlette, settings: Settings) -> None:
    server = LateServer(server_config(app, settings, port=0))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.port
    server.should_exit = True
    await serving
    silent, *answers = [received(connection) for connection in server.late]
    assert silent == b""
    assert {answer[:15] for answer in answers} == {b"HTTP/1.1 200 OK"}
    assert all(b"connection: close" in answer for answer in answers)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


@pytest.fixture
async def slow_to_stop(trace: Trace) -> AsyncIterator[InnerServer]:
    """Run a server that continues to serve for the drain delay."""
    settings = toy_settings(drain_delay=DELAY)
    async with running(toy_app(settings, trace), settings) as server:
        yield server


async def test_the_server_is_not_ready_but_serves_during_the_drain_delay(slow_to_stop: InnerServer) -> None:
    address, port = f"http://127.0.0.1:{slow_to_stop.port}", slow_to_stop.port
    async with (
        httpx.AsyncClient(verify=PLAIN, base_url=address, timeout=60) as kept,
        httpx.AsyncClient(verify=PLAIN, base_url=address) as new,
    ):
        ready = await kept.get("/health/ready")
        assert (ready.status_code, ready.headers.get("connection")) == (200, None)
        slow_to_stop.should_exit = True
        await until(lambda: slow_to_stop.lifespan.state["drain"].announced)
        answer = await kept.post("/graphql", json={"query": "{ hello }"})
        assert (answer.status_code, answer.headers["connection"]) == (200, "close")
        ready = await new.get("/health/ready")
        assert (ready.status_code, ready.headers["connection"]) == (503, "close")
        assert (await new.get("/health/live")).status_code == 200
        await until(lambda: not slow_to_stop.listeners[0].is_open)
        with pytest.raises(httpx.ConnectError):
            await httpx.AsyncClient(verify=PLAIN).get(f"http://127.0.0.1:{port}/health/live")


async def test_a_request_that_runs_at_the_announcement_closes_its_connection(
    slow_to_stop: InnerServer, trace: Trace
) -> None:
    async with httpx.AsyncClient(verify=PLAIN, timeout=60) as client:
        url = f"http://127.0.0.1:{slow_to_stop.port}/graphql"
        request = asyncio.create_task(client.post(url, json={"query": "{ slow(seconds: 0.3) }"}))
        await trace.begun.wait()
        slow_to_stop.should_exit = True
        answer = await request
    assert answer.json() == {"data": {"slow": "done"}}
    assert answer.headers["connection"] == "close"


async def test_a_second_interrupt_ends_the_drain_delay() -> None:
    settings = toy_settings(drain_delay=3600)
    async with running(toy_app(settings), settings) as server:
        server.should_exit = True
        await until(lambda: server.lifespan.state["drain"].announced)
        server.force_exit = True
