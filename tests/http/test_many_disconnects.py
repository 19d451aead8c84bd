"""500 clients that leave during their queries: their statements end, and the pool is whole."""

import asyncio
import logging
import time
from collections.abc import Awaitable

import httpx
import orjson

from graphql_app.app import create_app
from graphql_app.http.services import api_services
from graphql_app.identity.services import make_tokens
from graphql_app.types.schema import Api
from tests.engine.backend_activity import locked, until, waiting
from tests.engine.backend_activity import running as in_statement
from tests.http.serving import running
from tests.support.application import MIGRATIONS
from tests.support.databases import TestDatabase, connected
from tests.support.organizations import ALPHA
from tests.support.processes import PLAIN
from tests.support.settings import settings_for

log = logging.getLogger(__name__)

CLIENTS = 500
BODY = orjson.dumps({"query": "{ tasks(first: 1) { nodes { title } } }"})


async def test_after_500_clients_have_left_no_statement_runs_and_the_pool_is_whole(
    workline_api: Api, own_organizations: TestDatabase
) -> None:
    settings = settings_for(own_organizations, pool_size=10, overload_wait=60, overload_interval=60, pool_timeout=60)
    app = create_app(settings, api_services(workline_api, MIGRATIONS))
    token = make_tokens(settings).issue(ALPHA.viewer()).text
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(BODY)}\r\n\r\n"
    ).encode()
    async with (
        app.router.lifespan_context(app),
        running(app, settings) as server,
        httpx.AsyncClient(verify=PLAIN, base_url=f"http://127.0.0.1:{server.port}") as client,
        connected(own_organizations.admin) as admin,
    ):
        async with locked(own_organizations, "tasks"):
            writers = []
            for _ in range(CLIENTS):
                _, writer = await asyncio.open_connection("127.0.0.1", server.port)
                writer.write(head + BODY)
                writers.append(writer)
            await until(lambda: at_least(waiting(admin), 10))
            await until(lambda: operations(client, "workline_operations_running", CLIENTS))
            began = time.monotonic()
            for writer in writers:
                writer.transport.abort()
            await until(lambda: none(in_statement(admin)))
            await until(lambda: operations(client, "workline_operations_running", 0))
            taken = time.monotonic() - began
        pool = (await client.get("/health/pool")).json()
        assert (pool["borrowed"], pool["waiting"]) == (0, 0)
        answer = await client.post(
            "/graphql", content=BODY, headers={"authorization": f"Bearer {token}", "content-type": "application/json"}
        )
        assert len(answer.json()["data"]["tasks"]["nodes"]) == 1
    log.info("The pool was whole %.2f seconds after %d clients had left.", taken, CLIENTS)


async def at_least(pids: Awaitable[list[int]], number: int) -> bool:
    return len(await pids) >= number


async def none(pids: Awaitable[list[int]]) -> bool:
    return not await pids


async def operations(client: httpx.AsyncClient, name: str, number: int) -> bool:
    """Return True if a metric has this value."""
    text = (await client.get("/metrics")).text
    return f"{name} {float(number)}" in text
