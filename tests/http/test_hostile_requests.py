"""Hostile requests are refused with a code, and without a statement."""

from collections.abc import AsyncIterator

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from graphql_app.app import create_app
from graphql_app.http.services import api_services
from graphql_app.identity.services import make_tokens
from graphql_app.settings import Settings
from graphql_app.types.schema import Api
from tests.http.hostile_requests import HOSTILE
from tests.http.serving import running
from tests.support.application import MIGRATIONS
from tests.support.databases import TestDatabase
from tests.support.organizations import ALPHA
from tests.support.settings import settings_for

FITS_A_FRAME = [
    name
    for name, (body, _) in HOSTILE.items()
    if body.startswith(b'{"query') and body.isascii() and len(body) < 500_000
]


@pytest.fixture(scope="module")
def settings(organizations: TestDatabase) -> Settings:
    return settings_for(organizations, rate_limit=0)


@pytest.fixture(scope="module")
async def app(workline_api: Api, settings: Settings) -> AsyncIterator[Starlette]:
    app = create_app(settings, api_services(workline_api, MIGRATIONS))
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture(scope="module")
def bearer(settings: Settings) -> dict[str, str]:
    return {"authorization": f"Bearer {make_tokens(settings).issue(ALPHA.viewer()).text}"}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_body_is_refused_without_a_statement(app: Starlette, bearer: dict[str, str], name: str) -> None:
    body, codes = HOSTILE[name]
    sent: list[str] = []
    app.state.services.executor._connections.watch(sent.append)
    headers = bearer | {"content-type": "application/json"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://server", headers=headers) as client:
        response = await client.post("/graphql", content=body)
    parsed = response.json()
    found = {
        error["extensions"]["code"]
        for each in (parsed if isinstance(parsed, list) else [parsed])
        for error in each["errors"]
    }
    assert found <= codes
    assert len(response.content) < 20_000, "an error is short"
    assert [each for each in sent if "SELECT" in each and "FROM" in each] == []


async def test_the_same_documents_are_refused_over_a_websocket(
    app: Starlette, settings: Settings, bearer: dict[str, str]
) -> None:
    async with running(app, settings, lifespan="off") as server:
        url, codes_of_closing = f"ws://127.0.0.1:{server.port}/graphql", set[int]()
        for name in FITS_A_FRAME:
            body, codes = HOSTILE[name]
            async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
                await socket.send(orjson.dumps({"type": "connection_init", "payload": bearer}).decode())
                await socket.recv()
                frame = b'{"type":"subscribe","id":"1","payload":' + body + b"}"
                await socket.send(frame.decode("utf-8", "replace"))
                try:
                    answer = orjson.loads(await socket.recv())
                except ConnectionClosed as closed:
                    codes_of_closing.add(closed.rcvd.code if closed.rcvd else 0)
                    continue
            # an argument is rejected by its field, so that this response has data
            errors = answer["payload"] if answer["type"] == "error" else answer["payload"]["errors"]
            assert {error["extensions"]["code"] for error in errors} <= codes | {"BAD_REQUEST"}, name
    assert codes_of_closing <= {4400, 1009}
