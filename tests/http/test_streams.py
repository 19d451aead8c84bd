"""Subscriptions over HTTP: server-sent events and multipart responses, on a real uvicorn."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, tzinfo
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from graphql_app.http import streaming
from graphql_app.http.negotiation import EVENT_STREAM, GRAPHQL_RESPONSE
from graphql_app.identity.tokens import Tokens
from graphql_app.settings import Settings
from tests.http.serving import InnerServer, running, until
from tests.http.toy import VIEWER, Trace, toy_app, toy_settings
from tests.support.processes import PLAIN

MULTIPART = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0"
APOLLO = f"{MULTIPART},{GRAPHQL_RESPONSE},application/json;q=0.9"
URQL = f"{GRAPHQL_RESPONSE}, application/graphql+json, application/json, text/event-stream, multipart/mixed"
COUNT = {"query": "subscription { count(to: 3) }"}
WAIT = {"query": "subscription { wait }"}


@pytest.fixture
async def server(app: Starlette, settings: Settings) -> AsyncIterator[InnerServer]:
    async with running(app, settings) as server:
        yield server


@asynccontextmanager
async def streamed(
    server: InnerServer, request: dict[str, Any], accept: str, **headers: str
) -> AsyncIterator[httpx.Response]:
    url = f"http://127.0.0.1:{server.port}/graphql"
    async with (
        httpx.AsyncClient(verify=PLAIN, timeout=20) as client,
        client.stream("POST", url, json=request, headers={"accept": accept, **headers}) as response,
    ):
        yield response


async def body_of(server: InnerServer, request: dict[str, Any], accept: str, **headers: str) -> str:
    async with streamed(server, request, accept, **headers) as response:
        assert response.status_code == 200
        return (await response.aread()).decode()


def events_of(body: str) -> list[tuple[str, Any]]:
    """Return the name and the data of each server-sent event, without comments."""
    blocks = [dict(line.split(":", 1) for line in block.split("\n")) for block in body.split("\n\n") if block]
    named = [block for block in blocks if "event" in block]
    return [(each["event"].strip(), json.loads(each["data"]) if each["data"].strip() else None) for each in named]


def parts_of(body: str) -> list[Any]:
    """Return the bodies of all parts of a complete multipart response."""
    before, *parts, after = body.split("\r\n--graphql")
    assert (before, after) == ("", "--\r\n")
    return [json.loads(part.removeprefix("\r\ncontent-type: application/json\r\n\r\n")) for part in parts]


async def test_events_are_sent_as_server_sent_events(server: InnerServer) -> None:
    async with streamed(server, COUNT, "text/event-stream") as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["cache-control"] == "no-store, no-transform"
        body = (await response.aread()).decode()
    numbers = [("next", {"data": {"count": number}}) for number in (1, 2, 3)]
    assert events_of(body) == [*numbers, ("complete", None)]


async def test_events_are_sent_as_parts_to_apollo_client(server: InnerServer) -> None:
    async with streamed(server, COUNT, APOLLO) as response:
        assert response.headers["content-type"] == 'multipart/mixed; boundary="graphql"; subscriptionSpec=1.0'
        body = (await response.aread()).decode()
    assert parts_of(body) == [{"payload": {"data": {"count": number}}} for number in (1, 2, 3)]


async def test_an_event_arrives_before_the_next_one_occurs(server: InnerServer, trace: Trace) -> None:
    for accept, expected in ((EVENT_STREAM, "waiting"), (MULTIPART, 'waiting"}}}\r\n--graphql')):
        async with streamed(server, WAIT, accept) as response:
            received = ""
            async for text in response.aiter_text():
                received += text
                if expected in received:
                    break
    await until(lambda: trace.closed == 2)


@pytest.mark.parametrize("accept", [URQL, APOLLO, "*/*", "application/json"])
async def test_queries_and_mutations_are_answered_in_json_by_clients_of_streams(
    server: InnerServer, accept: str
) -> None:
    for query, data in (
        ("{ hello }", {"hello": "Hello, world!"}),
        ("mutation { __typename }", {"__typename": "Mutation"}),
    ):
        async with streamed(server, {"query": query}, accept) as response:
            assert response.headers["content-type"].split(";")[0] in (GRAPHQL_RESPONSE, "application/json")
            assert json.loads(await response.aread()) == {"data": data}


async def test_a_query_is_one_event_for_a_client_that_accepts_only_events(server: InnerServer) -> None:
    body = await body_of(server, {"query": "{ hello }"}, EVENT_STREAM)
    assert events_of(body) == [("next", {"data": {"hello": "Hello, world!"}}), ("complete", None)]


async def test_a_refused_subscription_is_answered_in_the_form_that_the_client_reads(server: InnerServer) -> None:
    request = {"query": "subscription { nothing }"}
    (name, refused), complete = events_of(await body_of(server, request, "text/event-stream, multipart/mixed"))
    assert (name, codes(refused), complete) == ("next", ["GRAPHQL_VALIDATION_FAILED"], ("complete", None))
    (part,) = parts_of(await body_of(server, request, MULTIPART))
    assert (part["payload"], codes(part)) == (None, ["GRAPHQL_VALIDATION_FAILED"])
    async with streamed(server, request, APOLLO) as response:
        assert response.status_code == 400
        assert codes(json.loads(await response.aread())) == ["GRAPHQL_VALIDATION_FAILED"]


async def test_a_subscription_of_a_client_without_streams_is_not_acceptable(server: InnerServer, trace: Trace) -> None:
    async with streamed(server, WAIT, GRAPHQL_RESPONSE) as response:
        assert response.status_code == 406
        assert "text/event-stream" in json.loads(await response.aread())["errors"][0]["message"]


async def test_a_bug_of_a_source_ends_the_stream_with_a_masked_error(
    server: InnerServer, lines: list[dict[str, Any]]
) -> None:
    body = await body_of(server, {"query": "subscription { count(to: 3, failAt: 2) }"}, EVENT_STREAM)
    first, (_, failed), complete = events_of(body)
    assert first == ("next", {"data": {"count": 1}})
    assert codes(failed) == ["INTERNAL_SERVER_ERROR"]
    assert "secret" not in body
    assert complete == ("complete", None)


async def test_a_stream_without_events_has_heartbeats(server: InnerServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT", 0.01)
    for accept, heartbeat in ((EVENT_STREAM, ":\n\n"), (MULTIPART, "\r\n\r\n{}\r\n--graphql")):
        async with streamed(server, WAIT, accept) as response:
            received = ""
            async for text in response.aiter_text():
                received += text
                if received.count(heartbeat) > 3:
                    break


async def test_a_stream_ends_when_the_token_expires(
    server: InnerServer, tokens: Tokens, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tokens.issue(VIEWER)
    expires_at = token.expires_at

    class JustBefore(datetime):
        """Clock that shows the last second of the token when the stream begins."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "JustBefore":
            return cls.fromtimestamp(expires_at.timestamp() - 1, tz)

    monkeypatch.setattr(streaming, "datetime", JustBefore)
    body = await body_of(server, WAIT, EVENT_STREAM, authorization=f"Bearer {token.text}")
    _, (_, ended), complete = events_of(body)
    assert codes(ended) == ["UNAUTHENTICATED"]
    assert complete == ("complete", None)
    assert (trace.viewers, trace.closed) == ([VIEWER], 1)


async def test_a_disconnect_closes_the_source(server: InnerServer, app: Starlette, trace: Trace) -> None:
    async with streamed(server, WAIT, EVENT_STREAM):
        await until(lambda: trace.started == 1)
        assert trace.closed == 0
    await until(lambda: trace.closed == 1)
    await app.state.services.drain.idle()


@pytest.mark.parametrize(
    ("accept", "status", "parsed"),
    [
        (APOLLO, 503, json.loads),
        (EVENT_STREAM, 200, lambda body: events_of(body)[0][1]),
        (MULTIPART, 200, lambda body: parts_of(body)[0]),
    ],
)
async def test_open_streams_are_bounded(
    trace: Trace, accept: str, status: int, parsed: Callable[[str], dict[str, Any]]
) -> None:
    settings = toy_settings(max_streams=1)
    app = toy_app(settings, trace)
    async with app.router.lifespan_context(app), running(app, settings) as server:
        async with streamed(server, WAIT, EVENT_STREAM):
            await until(lambda: trace.started == 1)
            async with streamed(server, WAIT, accept) as response:
                body = (await response.aread()).decode()
            assert (response.status_code, codes(parsed(body))) == (status, ["SERVICE_UNAVAILABLE"])
            # queries are not streams, although their response is sent as one
            assert "Hello" in await body_of(server, {"query": "{ hello }"}, EVENT_STREAM)
        await until(lambda: trace.closed == 1)
        assert "complete" in await body_of(server, COUNT, EVENT_STREAM)


async def test_a_stopping_server_ends_streams_with_an_error(app: Starlette, settings: Settings, trace: Trace) -> None:
    async with running(app, settings) as server:
        stream = asyncio.create_task(body_of(server, WAIT, MULTIPART))
        await until(lambda: trace.started == 1)
        server.should_exit = True
        first, last = parts_of(await stream)
    assert first == {"payload": {"data": {"wait": "waiting"}}}
    assert (last["payload"], codes(last)) == (None, ["SERVICE_UNAVAILABLE"])


def codes(body: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in body["errors"]]
