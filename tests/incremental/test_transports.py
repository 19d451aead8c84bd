"""Incremental responses over HTTP and WebSocket, on a real uvicorn."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from graphql_app.app import create_app
from graphql_app.http.services import api_services
from graphql_app.identity.services import make_tokens
from graphql_app.types.schema import Api
from tests.http.serving import InnerServer, running
from tests.incremental.merging import merged
from tests.support.api import OWNER, Json
from tests.support.application import MIGRATIONS
from tests.support.databases import TestDatabase
from tests.support.processes import PLAIN
from tests.support.settings import settings_for

DEFERRED = "{ tasks(first: 3) { nodes { id ... @defer { title } } } }"
JSON_TYPES = "application/graphql-response+json, application/json;q=0.9"
URQL = f"{JSON_TYPES}, text/event-stream, multipart/mixed"


@pytest.fixture
async def server(workline_api: Api, organizations: TestDatabase) -> AsyncIterator[tuple[InnerServer, str]]:
    """Serve the API; provide a token as well."""
    settings = settings_for(organizations)
    app = create_app(settings, api_services(workline_api, MIGRATIONS))
    async with app.router.lifespan_context(app), running(app, settings) as inner:
        yield inner, make_tokens(settings).issue(OWNER).text


async def post(server: tuple[InnerServer, str], accept: str, query: str = DEFERRED) -> httpx.Response:
    """Return the response to a document."""
    inner, token = server
    async with httpx.AsyncClient(verify=PLAIN, timeout=20) as client:
        headers = {"accept": accept, "authorization": f"Bearer {token}"}
        return await client.post(f"http://127.0.0.1:{inner.port}/graphql", json={"query": query}, headers=headers)


def parts_of(response: httpx.Response) -> list[Json]:
    """Return the messages of a response in parts."""
    if response.headers["content-type"].startswith("text/event-stream"):
        events = [block for block in response.text.split("\n\n") if block.startswith("event: next")]
        return [json.loads(block.split("data: ", 1)[1]) for block in events]
    pieces = response.text.split("--graphql")
    assert pieces[-1].strip() == "--"
    return [json.loads(piece.split("\r\n\r\n", 1)[1]) for piece in pieces[1:-1]]


@pytest.mark.parametrize("media_type", ["multipart/mixed", "text/event-stream"])
@pytest.mark.parametrize("form", ["incrementalSpec=v0.2", "incrementalSpec=v0.1", "deferSpec=20220824"])
async def test_the_form_is_chosen_by_accept_and_repeated(
    server: tuple[InnerServer, str], media_type: str, form: str
) -> None:
    plain = await post(server, JSON_TYPES)
    assert plain.headers["content-type"].startswith("application/graphql-response+json")
    response = await post(server, f"{media_type};{form}, {JSON_TYPES}")
    assert response.headers["content-type"].startswith(media_type)
    assert response.headers["content-type"].endswith(f"; {form}")
    found = parts_of(response)
    assert len(found) == 2
    assert ("pending" in found[0]) is form.endswith("v0.2")
    assert merged(found) == plain.json()


async def test_urql_s_header_selects_the_form_with_paths(server: tuple[InnerServer, str]) -> None:
    response = await post(server, URQL)
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8; deferSpec=20220824"
    assert len(parts_of(response)) == 2


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "multipart/mixed;deferSpec=1, application/json", "multipart/mixed;q=0, */*"]
)
async def test_a_client_that_accepts_no_form_gets_one_response(server: tuple[InnerServer, str], accept: str) -> None:
    response = await post(server, accept)
    assert response.headers["content-type"].startswith("application/json")
    assert all("title" in node for node in response.json()["data"]["tasks"]["nodes"])


async def test_a_document_without_parts_is_answered_as_json(server: tuple[InnerServer, str]) -> None:
    for query in ("{ tasks(first: 1) { nodes { id } } }", DEFERRED.replace("first: 3", "first: 0")):
        response = await post(server, f"multipart/mixed;incrementalSpec=v0.2, {JSON_TYPES}", query)
        assert response.headers["content-type"].startswith("application/graphql-response+json")
        assert "hasNext" not in response.json()


@pytest.mark.parametrize(
    ("payload", "count"),
    [({"incrementalSpec": "v0.2"}, 2), ({"deferSpec": "20220824"}, 2), ({}, 1), ({"deferSpec": "1"}, 1)],
)
async def test_parts_over_a_websocket_are_requested_when_it_opens(
    server: tuple[InnerServer, str], payload: dict[str, Any], count: int
) -> None:
    inner, token = server
    plain = await post(server, JSON_TYPES)
    url, protocols = f"ws://127.0.0.1:{inner.port}/graphql", [Subprotocol("graphql-transport-ws")]
    async with connect(url, subprotocols=protocols) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": token, **payload}}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": DEFERRED}}))
        found: list[Json] = []
        while (message := json.loads(await socket.recv()))["type"] == "next":
            found.append(message["payload"])
        assert message["type"] == "complete"
    assert len(found) == count
    assert merged(found) == plain.json()
