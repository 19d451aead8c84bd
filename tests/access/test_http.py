"""Ended tokens over HTTP and WebSocket: status codes, and sockets that were opened before."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from graphql_app.app import create_app
from graphql_app.database.access_cache import LIFETIME
from graphql_app.http.services import api_services
from graphql_app.identity.services import make_tokens
from graphql_app.identity.tokens import signing_key
from graphql_app.types.schema import Api
from tests.access.user_changes import MANAGER, REFUSAL, deactivate, demote
from tests.http.serving import InnerServer, running
from tests.support.api import Workline
from tests.support.application import MIGRATIONS
from tests.support.databases import TestDatabase
from tests.support.forged_tokens import decoded, forged
from tests.support.processes import PLAIN
from tests.support.settings import SECRET, settings_for

RATES = "{ workers(first: 1) { nodes { hourlyRate } } }"


@pytest.fixture
async def server(own_workline: Workline, workline_api: Api) -> AsyncIterator[InnerServer]:
    """Serve the application on the same organizations in this process."""
    settings = settings_for(own_workline.database)
    async with running(create_app(settings, api_services(workline_api, MIGRATIONS)), settings) as server:
        yield server


def token(database: TestDatabase) -> str:
    return make_tokens(settings_for(database)).issue(MANAGER).text


@asynccontextmanager
async def socket_of(server: InnerServer, text: str) -> AsyncIterator[ClientConnection]:
    url = f"ws://127.0.0.1:{server.port}/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {text}"}}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        yield socket


async def query_rates(socket: ClientConnection, id: str) -> Any:
    """Send a query and return the first message about it."""
    await socket.send(json.dumps({"type": "subscribe", "id": id, "payload": {"query": RATES}}))
    message = json.loads(await socket.recv())
    if message["type"] == "next":
        assert json.loads(await socket.recv()) == {"type": "complete", "id": id}
    return message


async def closed(socket: ClientConnection) -> tuple[int, str]:
    """Wait until the server closes a socket, and return the close code and the reason."""
    with pytest.raises(ConnectionClosed) as ended:
        await socket.recv()
    assert ended.value.rcvd is not None
    return ended.value.rcvd.code, ended.value.rcvd.reason


async def test_each_operation_on_an_open_socket_checks_the_stored_user(
    own_workline: Workline, server: InnerServer
) -> None:
    async with socket_of(server, token(own_workline.database)) as socket:
        first = await query_rates(socket, "1")
        assert first["payload"]["data"]["workers"]["nodes"] == [{"hourlyRate": "104.11"}]
        await demote(own_workline)
        await asyncio.sleep(LIFETIME)  # these changes are not announced
        assert (await query_rates(socket, "2"))["payload"]["data"]["workers"]["nodes"] == [{"hourlyRate": None}]
        await deactivate(own_workline)
        assert await closed(socket) == (4403, "Access has ended")


@pytest.mark.parametrize(("accept", "status"), [("application/graphql-response+json", 401), ("application/json", 200)])
async def test_an_ended_token_has_the_status_of_an_invalid_one(
    own_workline: Workline, server: InnerServer, accept: str, status: int
) -> None:
    headers = {"authorization": f"Bearer {token(own_workline.database)}", "accept": accept}
    url = f"http://127.0.0.1:{server.port}/graphql"
    await deactivate(own_workline)
    async with httpx.AsyncClient(verify=PLAIN, headers=headers) as client:
        response = await client.post(url, json={"query": RATES})
    assert (response.status_code, response.json()) == (status, REFUSAL)


@pytest.mark.parametrize(
    "changes", [{"exp": 1e300}, {"iat": float("inf")}, {"role": "WIZARD"}, {"ver": "one"}], ids=str
)
async def test_a_signed_token_with_a_wrong_claim_is_refused_by_the_server(
    own_workline: Workline, server: InnerServer, changes: dict[str, Any]
) -> None:
    issued = decoded(token(own_workline.database))[1]
    key = signing_key(SECRET)
    wrong = forged(issued | changes, key.secret, kid=key.id)
    async with httpx.AsyncClient(verify=PLAIN, headers={"authorization": f"Bearer {wrong}"}) as client:
        response = await client.post(f"http://127.0.0.1:{server.port}/graphql", json={"query": "{ __typename }"})
    assert (response.status_code, response.json()) == (200, REFUSAL)
