"""Rate limits over HTTP and WebSocket: status, headers, `extensions.cost` and `rateLimit`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from graphql_app.app import create_app
from graphql_app.http.services import api_services
from graphql_app.identity.services import make_tokens
from graphql_app.settings import Settings, SettingsError
from graphql_app.settings.loading import read_settings
from graphql_app.types.schema import Api
from tests.http.serving import running
from tests.support.application import MIGRATIONS
from tests.support.databases import TestDatabase
from tests.support.organizations import ALPHA
from tests.support.settings import settings_for

TASKS = "{ tasks(first: 70) { nodes { id } } }"
LIMITS: dict[str, Any] = {
    "max_cost": 1_000,
    "rate_limit": 1_000,
    "rate_limit_restore": 0.01,
    "rate_limits": "ANONYMOUS=2000:5",
}
RATE = "{ rateLimit { cost limit remaining restoreRate resetAt } }"


def limited(database: TestDatabase, **settings: Any) -> Settings:
    return settings_for(database, **LIMITS | settings)


def bearer(settings: Settings) -> dict[str, str]:
    return {"authorization": f"Bearer {make_tokens(settings).issue(ALPHA.viewer()).text}"}


@asynccontextmanager
async def clients(api: Api, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings, api_services(api, MIGRATIONS))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as client,
    ):
        yield client


async def test_a_client_over_its_limit_gets_429_with_the_time_to_wait(
    workline_api: Api, own_organizations: TestDatabase
) -> None:
    settings = limited(own_organizations)
    mutation = 'mutation { completeTask(input: {id: "x"}) { errors { code } } }'
    async with clients(workline_api, settings) as client:
        client.headers.update(bearer(settings))
        answers = [await client.post("/graphql", json={"query": mutation}) for _ in range(25)]
        modern = await client.post(
            "/graphql", json={"query": mutation}, headers={"accept": "application/graphql-response+json"}
        )
        batch = await client.post("/graphql", json=[{"query": mutation}] * 2)
    statuses = [each.status_code for each in answers]
    assert statuses == [200] * statuses.count(200) + [429] * statuses.count(429)
    assert 1_000 // 52 <= statuses.count(200) <= 20
    for refused in (answers[-1], modern):
        (error,) = refused.json()["errors"]
        assert (refused.status_code, error["extensions"]["code"]) == (429, "RATE_LIMITED")
        assert refused.headers["retry-after"] == str(error["extensions"]["retryAfter"])
        assert refused.headers["ratelimit"].startswith('"cost";r=')
    assert batch.status_code == 429


async def test_each_response_has_the_headers_of_the_limit_and_unused_cost_is_refunded(
    workline_api: Api, own_organizations: TestDatabase
) -> None:
    settings = limited(own_organizations)
    async with clients(workline_api, settings) as client:
        response = await client.post(
            "/graphql", json={"query": TASKS, "extensions": {"cost": True}}, headers=bearer(settings)
        )
        anonymous = await client.post("/graphql", json={"query": RATE})
    found = len(response.json()["data"]["tasks"]["nodes"])
    assert response.json()["extensions"]["cost"] == {
        "requestedQueryCost": 100,
        "actualQueryCost": 30 + found,
        "throttleStatus": {
            "maximumAvailable": 1_000,
            "currentlyAvailable": 1_000 - 30 - found,
            "restoreRate": 0.01,
        },
    }
    assert response.headers["ratelimit-policy"] == '"cost";q=1000;w=100000;qu="cost"'
    assert response.headers["ratelimit"] == f'"cost";r={970 - found};t={(30 + found) * 100}'
    assert anonymous.headers["ratelimit-policy"] == '"cost";q=2000;w=400;qu="cost"'
    status = anonymous.json()["data"]["rateLimit"]
    assert (status["limit"], status["remaining"], status["restoreRate"], status["cost"]) == (2_000, 1_999, 5.0, 0)


async def test_a_streamed_response_has_the_headers_of_the_limit(
    workline_api: Api, own_organizations: TestDatabase
) -> None:
    settings = limited(own_organizations)
    async with clients(workline_api, settings) as client:
        headers = {**bearer(settings), "accept": "text/event-stream"}
        response = await client.post("/graphql", json={"query": TASKS}, headers=headers)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["ratelimit-policy"] == '"cost";q=1000;w=100000;qu="cost"'
    assert response.headers["ratelimit"].startswith('"cost";r=9')


@pytest.mark.parametrize("argument", ["true", "$dry"])
async def test_a_dry_run_returns_the_cost_and_executes_nothing(
    workline_api: Api, own_organizations: TestDatabase, argument: str
) -> None:
    settings = limited(own_organizations)
    variables = "($dry: Boolean = true)" if argument == "$dry" else ""
    fragment = f"fragment F on Query {{ again: rateLimit(dryRun: {argument}) {{ cost remaining }} }}"
    query = f"query {variables} {{ tasks(first: 70) {{ nodes {{ id }} }} ...F }} {fragment}"
    async with clients(workline_api, settings) as client:
        client.headers.update(bearer(settings))
        for _ in range(3):  # a dry run neither takes nor refunds anything
            dry = await client.post("/graphql", json={"query": query})
        wet = await client.post("/graphql", json={"query": query, "variables": {"dry": False}})
    assert dry.json() == {"data": {"tasks": None, "again": {"cost": 100, "remaining": 1_000}}}
    if argument == "$dry":
        assert wet.json()["data"]["again"] == {"cost": 100, "remaining": 900}
        assert wet.json()["data"]["tasks"]["nodes"]


async def test_without_a_limit_there_are_no_headers_and_rate_limit_is_null(
    workline_api: Api, own_organizations: TestDatabase
) -> None:
    settings = limited(own_organizations, rate_limit=0, rate_limits="")
    async with clients(workline_api, settings) as client:
        response = await client.post("/graphql", json={"query": RATE}, headers=bearer(settings))
    assert response.json() == {"data": {"rateLimit": None}}
    assert not {"ratelimit", "ratelimit-policy"} & set(response.headers)


async def test_operations_of_a_socket_use_the_limit_of_its_viewer(
    workline_api: Api, own_organizations: TestDatabase
) -> None:
    settings = limited(own_organizations)
    app = create_app(settings, api_services(workline_api, MIGRATIONS))
    async with app.router.lifespan_context(app), running(app, settings, lifespan="off") as server:
        url = f"ws://127.0.0.1:{server.port}/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            await socket.send(orjson.dumps({"type": "connection_init", "payload": bearer(settings)}).decode())
            await socket.recv()
            types = []
            query = f"{{ {' '.join(f'a{n}: task(id: 0) {{ id }}' for n in range(40))} }}"
            for number in range(3):
                await socket.send(
                    orjson.dumps({"type": "subscribe", "id": f"{number}", "payload": {"query": query}}).decode()
                )
                types.append(orjson.loads(await socket.recv()))
                if types[-1]["type"] == "next":
                    await socket.recv()
    assert [each["type"] for each in types] == ["next", "error", "error"]
    assert {each["payload"][0]["extensions"]["code"] for each in types[1:]} == {"RATE_LIMITED"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rate_limits": "MEMBER"}, "write NAME=MAXIMUM:RESTORED"),
        ({"rate_limits": "MEMBER=9:0"}, "write NAME=MAXIMUM:RESTORED"),
        ({"rate_limits": "KEY=5000:10"}, "must be at least WORKLINE_MAX_COST"),
        ({"rate_limit": 5}, "must be at least WORKLINE_MAX_COST"),
    ],
)
def test_contradictory_limits_are_rejected_at_start(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_settings(**settings)


def test_limits_by_role_take_the_default_rate() -> None:
    found = read_settings(rate_limits="OWNER=0, KEY=200000:5.5,MEMBER=300000", rate_limit_restore=7)
    assert found.named_rate_limits == {"OWNER": (0, 7.0), "KEY": (200_000, 5.5), "MEMBER": (300_000, 7.0)}
