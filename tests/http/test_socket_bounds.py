"""Bounds of WebSockets: sockets of a viewer and of an address, operations of a socket, messages per second."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.http.serving import InnerServer, running
from tests.http.test_websocket import HELLO, INIT, PROTOCOL, SLOW, WAIT, Socket, opened
from tests.http.toy import Trace, toy_app, toy_settings


@asynccontextmanager
async def bounded(trace: Trace | None = None, **bounds: int) -> AsyncIterator[InnerServer]:
    """Run the toy application with these settings."""
    settings = toy_settings(**bounds)
    app = toy_app(settings, trace)
    async with app.router.lifespan_context(app), running(app, settings) as server:
        yield server


async def acknowledged(socket: Socket, payload: Any = None) -> Socket:
    await socket.send({**INIT, "payload": payload} if payload else INIT)
    assert await socket.receive() == {"type": "connection_ack"}
    return socket


async def test_operations_beyond_the_limit_are_rejected_one_by_one(trace: Trace) -> None:
    async with bounded(trace, max_socket_operations=2) as server, opened(server, PROTOCOL) as socket:
        await acknowledged(socket)
        await socket.subscribe("1", SLOW)
        await socket.subscribe("2", WAIT)
        assert (await socket.receive())["id"] == "2"
        await socket.subscribe("3", HELLO)
        answer = await socket.receive()
        assert (answer["type"], answer["id"]) == ("error", "3")
        assert answer["payload"][0]["message"] == "At most 2 operations may run on one socket."
        assert answer["payload"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
        await socket.send({"type": "complete", "id": "1"})
        await socket.subscribe("3", HELLO)
        assert (await socket.receive())["type"] == "next"


async def test_a_viewer_has_a_maximum_of_sockets_whatever_the_others_have(bearer: dict[str, str]) -> None:
    async with bounded(max_sockets_per_viewer=1) as server, opened(server, PROTOCOL) as without_token:
        await acknowledged(without_token)
        async with opened(server, PROTOCOL) as first, opened(server, PROTOCOL) as second:
            await acknowledged(first, bearer)
            await second.send({**INIT, "payload": bearer})
            assert await second.closed() == (1013, "Too many sockets: close others first")
        async with opened(server, PROTOCOL) as third:
            await acknowledged(third, bearer)


async def test_an_address_has_a_maximum_of_sockets() -> None:
    async with bounded(max_sockets_per_address=2) as server:
        async with opened(server, PROTOCOL), opened(server, PROTOCOL) as second, opened(server, PROTOCOL) as third:
            assert await third.closed() == (1013, "Too many sockets: close others first")
            await acknowledged(second)
        async with opened(server, PROTOCOL) as later:
            await acknowledged(later)


async def test_a_client_that_sends_too_many_messages_is_disconnected() -> None:
    async with bounded(socket_messages=2) as server, opened(server, PROTOCOL) as socket:
        await acknowledged(socket)
        await socket.send(*[{"type": "ping"}] * 60)
        assert await socket.receive_all(19) == [{"type": "pong"}] * 19
        with pytest.raises(ConnectionClosed):
            await socket.receive_all(60)
        assert socket.connection.close_code == 4429


async def test_a_burst_of_messages_is_allowed() -> None:
    async with bounded(socket_messages=2) as server, opened(server, PROTOCOL) as socket:
        await acknowledged(socket)
        await socket.send(*[{"type": "ping"}] * 19)
        assert await socket.receive_all(19) == [{"type": "pong"}] * 19
