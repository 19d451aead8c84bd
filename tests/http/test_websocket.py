"""`/graphql` over WebSocket by the protocol `graphql-transport-ws`. On a real uvicorn."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from structlog.typing import EventDict
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from graphql_app.identity.tokens import Tokens
from graphql_app.settings import Settings
from graphql_app.websocket import conversation
from graphql_app.websocket.protocol import ConnectionInit, Subscribe, parse_message
from tests.http.serving import InnerServer, running, until
from tests.http.toy import VIEWER, Trace, toy_app, toy_settings

PROTOCOL = "graphql-transport-ws"
INIT = {"type": "connection_init"}
HELLO = {"query": "{ hello }"}
SLOW = {"query": "{ slow }"}
WAIT = {"query": "subscription { wait }"}


class Socket:
    """Client that sends and receives messages of the protocol."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, *messages: Any) -> None:
        """Send messages: strings and bytes as they are, other values as JSON."""
        for message in messages:
            await self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def receive(self) -> Any:
        return json.loads(await self.connection.recv())

    async def receive_all(self, count: int) -> list[Any]:
        return [await self.receive() for _ in range(count)]

    async def subscribe(self, id: str, request: Any) -> None:
        await self.send({"type": "subscribe", "id": id, "payload": request})

    async def closed(self) -> tuple[int, str]:
        """Wait until the server closes, and return the close code and reason."""
        with pytest.raises(ConnectionClosed) as ended:
            await self.connection.recv()
        assert ended.value.rcvd is not None
        return ended.value.rcvd.code, ended.value.rcvd.reason


@asynccontextmanager
async def opened(server: InnerServer, *protocols: str, headers: dict[str, str] | None = None) -> AsyncIterator[Socket]:
    offered = [Subprotocol(name) for name in protocols] or None
    url = f"ws://127.0.0.1:{server.port}/graphql"
    async with connect(url, subprotocols=offered, additional_headers=headers) as connection:
        yield Socket(connection)


@pytest.fixture
async def server(app: Starlette, settings: Settings) -> AsyncIterator[InnerServer]:
    async with running(app, settings) as server:
        yield server


@pytest.fixture
async def unacknowledged(server: InnerServer) -> AsyncIterator[Socket]:
    """Open a socket that has sent nothing."""
    async with opened(server, PROTOCOL) as socket:
        yield socket


@pytest.fixture
async def socket(unacknowledged: Socket) -> Socket:
    """Open an acknowledged socket without a token."""
    await unacknowledged.send(INIT)
    assert await unacknowledged.receive() == {"type": "connection_ack"}
    return unacknowledged


async def test_a_query_is_answered_once(socket: Socket) -> None:
    await socket.subscribe("1", {"query": "query($n: String!) { hello(name: $n) }", "variables": {"n": "Ada"}})
    assert await socket.receive_all(2) == [
        {"type": "next", "id": "1", "payload": {"data": {"hello": "Hello, Ada!"}}},
        {"type": "complete", "id": "1"},
    ]


async def test_an_empty_operation_name_counts_as_absent(socket: Socket) -> None:
    await socket.subscribe("1", {"query": "{ hello }", "operationName": ""})
    assert (await socket.receive())["payload"] == {"data": {"hello": "Hello, world!"}}


async def test_a_mutation_may_be_sent_over_a_socket(socket: Socket, trace: Trace) -> None:
    await socket.subscribe("1", {"query": "mutation { change }"})
    assert (await socket.receive())["payload"] == {"data": {"change": 1}}
    assert trace.changes == 1


async def test_operations_run_concurrently_and_free_their_ids(socket: Socket) -> None:
    await socket.subscribe("slow", {"query": "{ slow(seconds: 0.2) }"})
    await socket.subscribe("fast", HELLO)
    assert [message["id"] for message in await socket.receive_all(4)] == ["fast", "fast", "slow", "slow"]
    await socket.subscribe("fast", HELLO)
    assert [message["type"] for message in await socket.receive_all(2)] == ["next", "complete"]


async def test_an_error_of_a_field_is_part_of_the_answer(socket: Socket) -> None:
    await socket.subscribe("1", {"query": "{ hello missing }"})
    answer, complete = await socket.receive_all(2)
    assert answer["type"] == "next"
    assert answer["payload"]["data"] == {"hello": "Hello, world!", "missing": None}
    assert complete["type"] == "complete"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query Private { hello }", "operationName": "Private"}, "UNAUTHENTICATED"),
        ({"query": "query Crash { hello }", "operationName": "Crash"}, "INTERNAL_SERVER_ERROR"),
    ],
)
async def test_a_rejected_operation_receives_an_error_and_the_socket_stays_open(
    socket: Socket, request_: Any, code: str
) -> None:
    await socket.subscribe("1", request_)
    answer = await socket.receive()
    assert (answer["type"], answer["id"]) == ("error", "1")
    assert [error["extensions"]["code"] for error in answer["payload"]] == [code]
    assert "secret" not in json.dumps(answer)
    await socket.subscribe("1", HELLO)
    assert (await socket.receive())["type"] == "next"


async def test_the_token_in_connection_init_identifies_the_viewer(
    unacknowledged: Socket, bearer: dict[str, str], trace: Trace
) -> None:
    await unacknowledged.send({"type": "connection_init", "payload": bearer})
    assert await unacknowledged.receive() == {"type": "connection_ack"}
    await unacknowledged.subscribe("1", {"query": "query Private { hello }", "operationName": "Private"})
    assert (await unacknowledged.receive())["type"] == "next"
    assert trace.viewers == [VIEWER]


KEYS = ["authorization", "Authorization", "AUTHORIZATION", "authToken", "auth_token", "accessToken", "token"]


@pytest.mark.parametrize("key", KEYS)
def test_the_token_may_have_any_key_that_clients_use(key: str) -> None:
    for written in ("Bearer x.y.z", " bearer  x.y.z ", "x.y.z"):
        for payload in ({key: written}, {"headers": {key: written}}, {"Headers": {key: written}, "token": None}):
            message = json.dumps({"type": "connection_init", "payload": payload})
            assert parse_message(message) == ConnectionInit(frozenset({"x.y.z"}))


def test_the_size_of_a_message_is_counted_in_bytes() -> None:
    text = '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": {"name": "äöü€"}}}'
    message = parse_message(text)
    assert isinstance(message, Subscribe)
    assert message.size == len(text.encode()) > len(text)


@pytest.mark.parametrize(
    "form", ['{"Authorization": "Bearer %s"}', '{"headers": {"Authorization": "%s"}}', '{"authToken": "%s"}']
)
async def test_under_every_key_a_valid_token_is_accepted_and_an_invalid_one_closes_with_4403(
    server: InnerServer, tokens: Tokens, trace: Trace, form: str
) -> None:
    token = tokens.issue(VIEWER).text
    async with opened(server, PROTOCOL) as right, opened(server, PROTOCOL) as wrong:
        await right.send('{"type": "connection_init", "payload": %s}' % (form % token))
        assert await right.receive() == {"type": "connection_ack"}
        await right.subscribe("1", HELLO)
        await right.receive_all(2)
        await wrong.send('{"type": "connection_init", "payload": %s}' % (form % f"{token}x"))
        assert await wrong.closed() == (4403, "Forbidden")
    assert trace.viewers == [VIEWER]


async def test_one_token_under_several_keys_is_accepted(unacknowledged: Socket, bearer: dict[str, str]) -> None:
    await unacknowledged.send({"type": "connection_init", "payload": bearer | {"token": None, "headers": bearer}})
    assert await unacknowledged.receive() == {"type": "connection_ack"}


async def test_two_tokens_close_with_4403(unacknowledged: Socket, tokens: Tokens, bearer: dict[str, str]) -> None:
    another = tokens.issue(VIEWER, ttl=timedelta(hours=2)).text
    await unacknowledged.send({"type": "connection_init", "payload": bearer | {"headers": {"Authorization": another}}})
    assert await unacknowledged.closed() == (4403, "Forbidden: more than one token")


async def test_the_handshake_token_is_used_if_connection_init_has_none(
    server: InnerServer, bearer: dict[str, str], trace: Trace
) -> None:
    async with opened(server, PROTOCOL, headers=bearer) as socket:
        await socket.send(INIT)
        assert await socket.receive() == {"type": "connection_ack"}
        await socket.subscribe("1", HELLO)
        await socket.receive_all(2)
    assert trace.viewers == [VIEWER]


async def test_an_invalid_handshake_token_closes_with_4403(server: InnerServer, bearer: dict[str, str]) -> None:
    wrong = {"authorization": "Bearer x.y.z"}
    async with opened(server, PROTOCOL, headers=wrong) as first, opened(server, PROTOCOL, headers=wrong) as second:
        await first.send(INIT)
        assert await first.closed() == (4403, "Forbidden")
        await second.send({"type": "connection_init", "payload": bearer})
        assert await second.receive() == {"type": "connection_ack"}


@pytest.mark.parametrize(
    "payload",
    [{}, None, {"authorization": None}, {"headers": None}, {"headers": {"authorization": None}}, {"somethingElse": 1}],
)
async def test_a_socket_without_a_token_has_no_viewer(unacknowledged: Socket, trace: Trace, payload: Any) -> None:
    await unacknowledged.send({"type": "connection_init", "payload": payload})
    assert await unacknowledged.receive() == {"type": "connection_ack"}
    await unacknowledged.subscribe("1", HELLO)
    await unacknowledged.receive_all(2)
    assert trace.viewers == [None]


@pytest.mark.parametrize("authorization", ["Bearer x.y.z", "", "Basic dTpw"])
async def test_an_invalid_token_closes_with_4403(unacknowledged: Socket, authorization: str) -> None:
    await unacknowledged.send({"type": "connection_init", "payload": {"authorization": authorization}})
    assert await unacknowledged.closed() == (4403, "Forbidden")


async def test_a_socket_closes_when_its_token_expires(unacknowledged: Socket, tokens: Tokens, trace: Trace) -> None:
    token = tokens.issue(VIEWER, ttl=timedelta(seconds=2)).text
    await unacknowledged.send({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
    assert await unacknowledged.receive() == {"type": "connection_ack"}
    await unacknowledged.subscribe("1", SLOW)
    assert await unacknowledged.closed() == (4403, "The token has expired")
    await until(lambda: trace.cancelled == 1)


async def test_an_operation_before_connection_init_closes_with_4401(unacknowledged: Socket, trace: Trace) -> None:
    await unacknowledged.subscribe("1", HELLO)
    assert await unacknowledged.closed() == (4401, "Unauthorized")
    assert trace.viewers == []


async def test_a_second_connection_init_closes_with_4429(socket: Socket) -> None:
    await socket.send(INIT)
    assert await socket.closed() == (4429, "Too many initialisation requests")


async def test_a_missing_connection_init_closes_with_4408(server: InnerServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "INITIALISATION_TIMEOUT", 0.1)
    async with opened(server, PROTOCOL) as silent, opened(server, PROTOCOL) as chatty:
        await chatty.send({"type": "ping"})
        assert await silent.closed() == (4408, "Connection initialisation timeout")
        assert await chatty.receive() == {"type": "pong"}
        assert await chatty.closed() == (4408, "Connection initialisation timeout")


async def test_an_initialized_socket_may_be_idle(server: InnerServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "INITIALISATION_TIMEOUT", 0.1)
    async with opened(server, PROTOCOL) as socket:
        await socket.send(INIT)
        await socket.receive()
        await asyncio.sleep(0.3)
        await socket.subscribe("1", HELLO)
        assert (await socket.receive())["type"] == "next"


async def test_an_id_that_is_in_use_closes_with_4409(socket: Socket, trace: Trace) -> None:
    await socket.subscribe("1", SLOW)
    await trace.begun.wait()
    await socket.subscribe("1", HELLO)
    assert await socket.closed() == (4409, "Subscriber already exists")
    await until(lambda: trace.cancelled == 1)


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "[]",
        '[{"type": "ping"}]',
        "5",
        "null",
        '"ping"',
        "[" * 100_000,
        b'{"type": "ping"}',
        b"\xff\x00",
        "{}",
        '{"type": 5}',
        '{"type": "start", "id": "1"}',
        '{"type": "connection_ack"}',
        '{"type": "next", "id": "1", "payload": {}}',
        '{"type": "ping", "payload": 5}',
        '{"type": "connection_init", "payload": []}',
        '{"type": "connection_init", "payload": {"authorization": 5}}',
        '{"type": "connection_init", "payload": {"authToken": {}}}',
        '{"type": "connection_init", "payload": {"headers": []}}',
        '{"type": "connection_init", "payload": {"headers": {"Authorization": ["Bearer x"]}}}',
        '{"type": "subscribe", "payload": {"query": "{ hello }"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ hello }"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "1", "payload": []}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 5}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": 5}}',
        '{"type": "complete"}',
    ],
    ids=lambda frame: repr(frame[:70]),
)
async def test_an_invalid_message_closes_with_4400(unacknowledged: Socket, frame: str | bytes) -> None:
    await unacknowledged.send(frame)
    code, reason = await unacknowledged.closed()
    assert code == 4400
    assert reason.startswith("Invalid message: ")


async def test_a_frame_over_the_limit_closes_with_1009(unacknowledged: Socket, settings: Settings) -> None:
    await unacknowledged.send(" " * (settings.max_body_bytes + 1))
    assert (await unacknowledged.closed())[0] == 1009


@pytest.mark.parametrize("protocols", [(), ("graphql-ws",), ("soap",)])
async def test_another_subprotocol_closes_with_4406(server: InnerServer, protocols: tuple[str, ...]) -> None:
    async with opened(server, *protocols) as socket:
        assert (await socket.closed())[0] == 4406


async def test_the_newer_of_two_protocols_is_chosen(server: InnerServer) -> None:
    async with opened(server, "graphql-ws", PROTOCOL) as socket:
        assert socket.connection.subprotocol == PROTOCOL


async def test_a_ping_is_answered_with_its_payload_at_any_time(unacknowledged: Socket) -> None:
    await unacknowledged.send({"type": "ping"}, {"type": "ping", "payload": {"n": 1}}, {"type": "pong"}, INIT)
    expected = [{"type": "pong"}, {"type": "pong", "payload": {"n": 1}}, {"type": "connection_ack"}]
    assert await unacknowledged.receive_all(3) == expected


async def test_complete_cancels_an_operation_without_further_messages(socket: Socket, trace: Trace) -> None:
    await socket.subscribe("1", SLOW)
    await trace.begun.wait()
    await socket.send({"type": "complete", "id": "1"}, {"type": "complete", "id": "unknown"})
    await until(lambda: trace.cancelled == 1)
    await socket.subscribe("1", HELLO)
    assert [message["type"] for message in await socket.receive_all(2)] == ["next", "complete"]
    assert (trace.started, trace.finished) == (1, 0)


async def test_closing_a_socket_cancels_its_operations(server: InnerServer, trace: Trace) -> None:
    async with opened(server, PROTOCOL) as socket:
        await socket.send(INIT)
        for id in "abc":
            await socket.subscribe(id, SLOW)
        await until(lambda: trace.started == 3)
    await until(lambda: trace.cancelled == 3)
    assert trace.finished == 0


async def test_a_lost_connection_cancels_its_operations(server: InnerServer, trace: Trace) -> None:
    async with opened(server, PROTOCOL) as socket:
        await socket.send(INIT)
        await socket.subscribe("1", SLOW)
        await trace.begun.wait()
        socket.connection.transport.abort()
        await until(lambda: trace.cancelled == 1)


async def test_each_operation_has_its_own_request_id_and_context(socket: Socket, trace: Trace) -> None:
    for id in "ab":
        await socket.subscribe(id, HELLO)
        await socket.receive_all(2)
    assert len(set(trace.request_ids)) == 2


async def test_each_operation_and_the_socket_itself_are_logged(
    server: InnerServer, bearer: dict[str, str], trace: Trace, bound: list[EventDict]
) -> None:
    async with opened(server, PROTOCOL) as socket:
        await socket.send({"type": "connection_init", "payload": bearer})
        await socket.receive()
        await socket.subscribe("1", {"query": "query Greet { hello missing }", "operationName": "Greet"})
        await socket.receive_all(2)
        await socket.subscribe("2", SLOW)
        await trace.begun.wait()
    await until(lambda: len(bound) == 3)
    assert bearer["authorization"].removeprefix("Bearer ") not in json.dumps(bound)
    answered, cancelled, ended = sorted(bound, key=lambda line: (line["event"], "cancelled" in line))
    assert (answered["event"], answered["operation"], answered["errors"]) == ("operation", "Greet", ["FORBIDDEN"])
    assert cancelled["cancelled"] is True
    assert ended["event"] == "socket closed"
    assert {line["user_id"] for line in bound} == {str(VIEWER.user_id)}
    assert len({line["socket_id"] for line in bound}) == 1


async def test_a_subscription_is_answered_once_per_event(socket: Socket) -> None:
    await socket.subscribe("1", {"query": "subscription ($to: Int!) { count(to: $to) }", "variables": {"to": 2}})
    assert await socket.receive_all(3) == [
        {"type": "next", "id": "1", "payload": {"data": {"count": 1}}},
        {"type": "next", "id": "1", "payload": {"data": {"count": 2}}},
        {"type": "complete", "id": "1"},
    ]


async def test_the_client_ends_a_subscription(socket: Socket, trace: Trace) -> None:
    await socket.subscribe("1", WAIT)
    assert (await socket.receive())["payload"] == {"data": {"wait": "waiting"}}
    await until(lambda: trace.started == 1)
    await socket.send({"type": "complete", "id": "1"})
    await until(lambda: trace.closed == 1)
    await socket.subscribe("1", HELLO)
    assert [message["type"] for message in await socket.receive_all(2)] == ["next", "complete"]


async def test_subscriptions_that_wait_leave_their_slots_to_other_operations(
    socket: Socket, settings: Settings, trace: Trace
) -> None:
    count = settings.socket_operations + 2
    for number in range(count):
        await socket.subscribe(f"wait {number}", WAIT)
    assert {message["id"] for message in await socket.receive_all(count)} == {f"wait {n}" for n in range(count)}
    await socket.subscribe("hello", HELLO)
    assert (await socket.receive())["payload"] == {"data": {"hello": "Hello, world!"}}


async def test_subscriptions_end_when_the_server_stops(app: Starlette, settings: Settings, trace: Trace) -> None:
    async with running(app, settings) as server, opened(server, PROTOCOL) as socket:
        await socket.send(INIT)
        await socket.receive()
        await socket.subscribe("1", WAIT)
        await socket.receive()
        await until(lambda: trace.started == 1)
        server.should_exit = True
        assert await socket.closed() == (1012, "The server is restarting")
    assert trace.closed == 1


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:5173"])
async def test_a_page_of_another_origin_is_closed_with_the_setting_that_allows_it(
    server: InnerServer, origin: str
) -> None:
    async with opened(server, PROTOCOL, headers={"origin": origin}) as socket:
        assert await socket.closed() == (4403, "Forbidden: add the origin of this page to WORKLINE_CORS_ORIGINS")


@pytest.mark.parametrize(
    ("changes", "origin"),
    [
        ({}, None),
        ({}, "http://127.0.0.1:{port}"),
        ({}, "https://127.0.0.1:{port}"),
        ({"cors_origins": "https://app.example"}, "https://app.example"),
        ({"cors_origins": "*"}, "https://any.example"),
        ({"env": "development"}, "http://localhost:5173"),
    ],
)
async def test_a_page_of_this_server_or_of_an_allowed_origin_may_open_a_socket(
    changes: dict[str, Any], origin: str | None
) -> None:
    settings = toy_settings(**changes)
    app = toy_app(settings)
    async with app.router.lifespan_context(app), running(app, settings) as server:
        headers = {} if origin is None else {"origin": origin.format(port=server.port)}
        async with opened(server, PROTOCOL, headers=headers) as socket:
            await socket.send(INIT)
            assert await socket.receive() == {"type": "connection_ack"}


async def test_the_server_sends_pings_and_closes_a_socket_that_does_not_answer(
    app: Starlette, settings: Settings
) -> None:
    handshake = (
        "GET /graphql HTTP/1.1\r\nHost: server\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: {PROTOCOL}\r\n\r\n"
    )
    async with running(app, settings, ws_ping_interval=0.05, ws_ping_timeout=0.05) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(handshake.encode())
        await reader.readuntil(b"\r\n\r\n")
        received = await reader.read()
        writer.close()
    assert received[0] == 0x89  # a ping
    assert b"keepalive ping timeout" in received
