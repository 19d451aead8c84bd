"""Failed logins over HTTP and WebSocket: their limit per client address, and their log lines."""

import json
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from graphql_app.app import create_app
from graphql_app.http.services import api_services
from graphql_app.types.schema import Api
from tests.http.serving import running
from tests.support.application import MIGRATIONS
from tests.support.databases import TestDatabase
from tests.support.passwords import PASSWORD
from tests.support.processes import PLAIN
from tests.support.settings import settings_for

Lines = list[MutableMapping[str, Any]]
LOG_IN = """# an operation that is not at the beginning of the document
fragment Refusal on LogInPayload { errors { message } }
mutation LogIn($email: String = "alpha.1@example.com", $password: String!) {
  logIn(input: {email: $email, password: $password}) { token ...Refusal }
}
"""
JSON, GRAPHQL = "application/json", "application/graphql-response+json"
LIMITS = {"login_failures_max": 2, "trusted_proxies": "127.0.0.1"}


@asynccontextmanager
async def clients(api: Api, database: TestDatabase, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the real application, which trusts its forwarded address."""
    app = create_app(settings_for(database, **LIMITS | settings), api_services(api, MIGRATIONS))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as client,
    ):
        yield client


async def log_in(
    client: httpx.AsyncClient, address: str, password: str = "wrong", accept: str = GRAPHQL
) -> httpx.Response:
    headers = {"x-forwarded-for": address, "accept": accept}
    return await client.post("/graphql", json={"query": LOG_IN, "variables": {"password": password}}, headers=headers)


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_a_rejected_login_contains_the_time_to_wait(
    workline_api: Api, own_organizations: TestDatabase, accept: str
) -> None:
    async with clients(workline_api, own_organizations) as client:
        for _ in range(2):
            assert "retry-after" not in (await log_in(client, "192.0.2.1", accept=accept)).headers
        limited = await log_in(client, "192.0.2.1", PASSWORD, accept)
        elsewhere = await log_in(client, "192.0.2.2", PASSWORD, accept)
    extensions = limited.json()["errors"][0]["extensions"]
    assert limited.status_code == 200
    assert extensions["code"] == "RATE_LIMITED"
    assert limited.headers["retry-after"] == str(extensions["retryAfter"])
    assert elsewhere.json()["data"]["logIn"]["token"]


async def test_a_client_cannot_choose_the_address_under_which_it_is_counted(
    workline_api: Api, own_organizations: TestDatabase
) -> None:
    async with clients(workline_api, own_organizations) as client:
        for last in range(2):
            await log_in(client, f"198.51.100.{last}, 192.0.2.1")
        assert (await log_in(client, "198.51.100.9, 192.0.2.1")).headers["retry-after"]
    async with clients(workline_api, own_organizations, trusted_proxies="10.0.0.1") as client:
        for last in range(2):
            await log_in(client, f"198.51.100.{last}")
        assert (await log_in(client, "198.51.100.9")).headers["retry-after"]


async def test_a_login_is_logged_with_client_operation_and_user_errors(
    workline_api: Api, own_organizations: TestDatabase, bound: Lines
) -> None:
    async with clients(workline_api, own_organizations) as client:
        for password in ("wrong", "wrong", "wrong", PASSWORD):
            await log_in(client, "203.0.113.5" if password == "wrong" else "2001:DB8::5", password)
    lines = [line for line in bound if line["event"] == "request"]
    assert [line["client"] for line in lines] == ["203.0.113.5"] * 3 + ["2001:db8::5"]
    assert {line["operation"] for line in lines} == {"LogIn"}
    assert [line.get("user_errors") for line in lines] == [["INVALID"], ["INVALID"], None, None]
    assert [line.get("errors") for line in lines] == [None, None, ["RATE_LIMITED"], None]
    assert not [line for line in lines if {PASSWORD, "wrong", "alpha.1@example.com"} & set(map(str, line.values()))]


async def test_an_operation_with_two_logins_is_rejected(
    workline_api: Api, own_organizations: TestDatabase, bound: Lines
) -> None:
    call = 'logIn(input: {email: "alpha.1@example.com", password: "wrong"}) { token }'
    request = {"query": f"mutation Both {{ a: {call} b: {call} }}"}
    async with clients(workline_api, own_organizations) as client:
        response = await client.post("/graphql", json=request, headers={"accept": GRAPHQL})
    assert response.status_code == 400
    assert "data" not in response.json()
    (line,) = [line for line in bound if line["event"] == "request"]
    assert (line["operation"], line["errors"]) == ("Both", ["COST_LIMIT_EXCEEDED"])


async def test_logins_over_a_socket_are_counted_by_the_address_of_its_peer(
    workline_api: Api, own_organizations: TestDatabase, bound: Lines
) -> None:
    settings = settings_for(own_organizations, login_failures_max=2)
    app = create_app(settings, api_services(workline_api, MIGRATIONS))
    payload = {"query": LOG_IN, "variables": {"password": "wrong"}}
    async with app.router.lifespan_context(app), running(app, settings, lifespan="off") as server:
        url = f"ws://127.0.0.1:{server.port}/graphql"
        headers = {"x-forwarded-for": "203.0.113.5"}
        async with connect(
            url, subprotocols=[Subprotocol("graphql-transport-ws")], additional_headers=headers
        ) as socket:
            await socket.send('{"type": "connection_init"}')
            await socket.recv()
            answers = []
            for at in range(3):
                await socket.send(json.dumps({"type": "subscribe", "id": str(at), "payload": payload}))
                answers.append(json.loads(await socket.recv())["payload"])
                await socket.recv()
        async with httpx.AsyncClient(verify=PLAIN, base_url=f"http://127.0.0.1:{server.port}") as client:
            limited = await log_in(client, "203.0.113.6", PASSWORD)
    assert [answer.get("errors", [{}])[0].get("extensions", {}).get("code") for answer in answers] == [
        None,
        None,
        "RATE_LIMITED",
    ]
    assert limited.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    lines = [line for line in bound if line["event"] == "operation"]
    assert [(line["client"], line["operation"]) for line in lines] == [("127.0.0.1", "LogIn")] * 3
    assert [line.get("user_errors") for line in lines] == [["INVALID"], ["INVALID"], None]
