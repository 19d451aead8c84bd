"""Application on a real database: opening and closing of services, readiness, and client disconnects."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from graphql_app.app import create_app
from graphql_app.http.services import api_services
from graphql_app.identity.services import make_tokens
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.admin_connections import connect as open_connection
from graphql_app.postgres.errors import ExcessivePrivileges, NotMigrated, UnknownRoles
from graphql_app.settings import Settings, SettingsError
from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer
from tests.http.serving import InnerServer, running, until
from tests.support.api import domain_api
from tests.support.application import MIGRATIONS, NAMED
from tests.support.audited_organization import FOUND, JOIN
from tests.support.databases import TestDatabase
from tests.support.processes import PLAIN
from tests.support.settings import SECRET, settings_for

LISTENING = re.compile(rb"running on http://127.0.0.1:(\d+)")
WAITING = "wait_event_type = 'Lock'"
TASKS = {"query": "{ tasks { nodes { id } } }"}


@pytest.fixture(scope="session")
def api() -> Api:
    return domain_api()


@pytest.fixture
def settings(database: TestDatabase) -> Settings:
    return settings_for(
        database, pool_size=2, pool_timeout=1, lock_timeout=60, statement_timeout=60, command_timeout=60
    )


@pytest.fixture
async def bearer(settings: Settings, database: TestDatabase) -> dict[str, str]:
    """Return the token of the owner of an empty organization."""
    viewer = Viewer(uuid4(), uuid4(), "OWNER")
    async with database.as_system() as connection:
        await connection.execute(FOUND, viewer.organization_id)
        await connection.execute(JOIN, viewer.organization_id, viewer.user_id, viewer.role)
    return {"authorization": f"Bearer {make_tokens(settings).issue(viewer).text}"}


@asynccontextmanager
async def started(api: Api, settings: Settings) -> AsyncIterator[Starlette]:
    app = create_app(settings, api_services(api, MIGRATIONS))
    async with app.router.lifespan_context(app):
        yield app


@asynccontextmanager
async def client_of(app: Starlette, headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://server", headers=headers) as client:
        yield client


async def test_a_query_is_answered_from_the_database(api: Api, settings: Settings, bearer: dict[str, str]) -> None:
    async with started(api, settings) as app, client_of(app, bearer) as client:
        response = await client.post("/graphql", json=TASKS)
    assert response.json() == {"data": {"tasks": {"nodes": []}}}


async def test_only_login_and_introspection_need_no_token(api: Api, settings: Settings) -> None:
    log_in = 'mutation { logIn(input: {email: "a@b.example", password: "guess"}) { token } }'
    async with started(api, settings) as app, client_of(app, {}) as client:
        refused = (await client.post("/graphql", json=TASKS)).json()
        asked = (await client.post("/graphql", json={"query": "{ __schema { queryType { name } } }"})).json()
        wrong = (await client.post("/graphql", json={"query": log_in})).json()
    assert [error["extensions"]["code"] for error in refused["errors"]] == ["UNAUTHENTICATED"]
    assert asked == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
    assert wrong == {"data": {"logIn": {"token": None}}}


async def test_stopping_closes_every_connection(
    api: Api, settings: Settings, bearer: dict[str, str], database: TestDatabase
) -> None:
    without_jobs = settings.model_copy(update={"jobs": "separate"})
    async with looking(database) as admin:
        async with started(api, without_jobs) as app, client_of(app, bearer) as client:
            await client.post("/graphql", json=TASKS)
            assert await counts(admin, 1)
        await until(lambda: counts(admin, 0))


async def test_the_server_is_ready_when_the_database_answers_and_is_migrated(api: Api, settings: Settings) -> None:
    async with started(api, settings) as app, client_of(app, {}) as client:
        response = await client.get("/health/ready")
    checks = response.json()["checks"]
    assert response.status_code == 200
    assert [checks[name]["status"] for name in ("database", "migrations", "pool")] == ["ok", "ok", "ok"]
    assert checks["migrations"]["revision"] == ", ".join(sorted(MIGRATIONS.heads))
    assert checks["pool"]["size"] == 2


async def test_the_server_is_not_ready_while_a_migration_is_missing(
    api: Api, settings: Settings, database: TestDatabase
) -> None:
    async with started(api, settings) as app, client_of(app, {}) as client:
        await asyncio.to_thread(MIGRATIONS.downgrade, database.owner, "app@-1")
        response = await client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["migrations"]["message"] == str(NotMigrated(1))


async def test_the_server_is_not_ready_without_a_free_connection(
    api: Api, settings: Settings, bearer: dict[str, str], database: TestDatabase
) -> None:
    async with (
        looking(database) as admin,
        started(api, settings) as app,
        client_of(app, bearer) as client,
        tasks_locked(database),
    ):
        requests = [asyncio.create_task(client.post("/graphql", json=TASKS)) for _ in range(2)]
        await until(lambda: counts(admin, 2, WAITING))
        response = await client.get("/health/ready")
        for request in requests:
            request.cancel()
        await asyncio.wait(requests)
    assert response.status_code == 503
    assert response.json()["checks"]["database"]["status"] == "failed"
    assert response.json()["checks"]["pool"]["borrowed"] == 2


async def test_the_server_does_not_start_as_the_owner_of_the_tables(api: Api, database: TestDatabase) -> None:
    for url in (database.owner_url, database.admin_url):
        with pytest.raises(ExcessivePrivileges):
            await start(api, settings_for(database).model_copy(update={"database_url": url}))


async def test_the_server_does_not_start_on_a_database_that_lacks_migrations(
    api: Api, settings: Settings, database: TestDatabase
) -> None:
    await asyncio.to_thread(MIGRATIONS.downgrade, database.owner, "app@-1")
    with pytest.raises(NotMigrated):
        await start(api, settings)


async def test_the_server_does_not_start_with_users_in_undeclared_roles(
    api: Api, settings: Settings, database: TestDatabase
) -> None:
    async with database.as_system() as connection:
        await connection.execute(
            "INSERT INTO organizations (id, name) VALUES (gen_random_uuid(), 'North');"
            "INSERT INTO users (organization_id, id, name, email, role) "
            "SELECT id, id, 'Merlin', 'merlin@north.example', 'WIZARD' FROM organizations LIMIT 1"
        )
    with pytest.raises(UnknownRoles, match="WIZARD"):
        await start(api, settings)


async def test_the_server_does_not_start_without_a_database(api: Api, settings: Settings) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        await start(api, settings.model_copy(update={"database_url": None}))


async def test_a_disconnect_cancels_the_statement_in_postgresql_and_releases_the_connection(
    api: Api, settings: Settings, bearer: dict[str, str], database: TestDatabase
) -> None:
    async with (
        looking(database) as admin,
        started(api, settings) as app,
        running(app, settings) as server,
        tasks_locked(database),
    ):
        for _ in range(5):  # more often than there are connections
            request = asyncio.create_task(post_json(server, bearer))
            await until(lambda: counts(admin, 1, WAITING))
            request.cancel()
            await asyncio.wait([request])
            await until(lambda: counts(admin, 0, WAITING))
        await until(lambda: nothing_is_borrowed(app))


@pytest.mark.slow
async def test_plain_uvicorn_stops_while_sockets_are_open(database: TestDatabase) -> None:
    environment = {"DATABASE_URL": database.app_url, "WORKLINE_SECRET_KEY": SECRET, "WORKLINE_ENV": "test", **NAMED}
    arguments = ("-m", "uvicorn", "--factory", "graphql_app.asgi:create_app", "--port", "0", "--no-access-log")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, env=os.environ | environment, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    begun = b""
    while not (found := LISTENING.search(line := await process.stderr.readline())):
        assert process.returncode is None
        begun += line
    assert re.search(rb"application .*schema", begun), "the application is named at start"
    url = f"ws://127.0.0.1:{int(found[1])}/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send('{"type": "connection_init"}')
        await socket.recv()
        process.terminate()
        log = await process.stderr.read()
        assert await process.wait() == -15
    assert b"Application shutdown complete" in log
    assert b"Traceback" not in log


async def start(api: Api, settings: Settings) -> None:
    async with started(api, settings):
        pass


async def post_json(server: InnerServer, headers: dict[str, str]) -> Any:
    async with httpx.AsyncClient(verify=PLAIN, timeout=60, headers=headers) as client:
        return (await client.post(f"http://127.0.0.1:{server.port}/graphql", json=TASKS)).json()


@asynccontextmanager
async def looking(database: TestDatabase) -> AsyncIterator[DriverConnection]:
    """Open a superuser connection, which sees the activity of others."""
    connection = await open_connection(database.admin)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def tasks_locked(database: TestDatabase) -> AsyncIterator[None]:
    """Block all readers of tasks for the duration of the block."""
    async with looking(database) as holder, holder.transaction():
        await holder.execute("LOCK TABLE tasks")
        yield


async def counts(admin: DriverConnection, expected: int, condition: str = "true") -> bool:
    """Return True if the application has this number of sessions."""
    found = await admin.fetchval(
        "SELECT count(*) FROM pg_stat_activity"
        f" WHERE datname = current_database() AND application_name LIKE 'workline%' AND {condition}"
    )
    return bool(found == expected)


async def nothing_is_borrowed(app: Starlette) -> bool:
    status = await app.state.services.checks["pool"]()
    return bool(status["borrowed"] == 0)


CASE_21 = """{ tasks(first: 100) { nodes { title assignee { tasks(first: 100) { nodes { title assignee {
    tasks(first: 100) { nodes { title assignee { tasks(first: 100) { nodes { title id } } } } } } } } } } } }"""
CASE_22 = f"{{ {' '.join(f'a{n}: tasks(first: 1) {{ nodes {{ comments {{ totalCount }} }} }}' for n in range(26))} }}"


@pytest.mark.parametrize(
    ("query", "number", "field"),
    [
        (
            CASE_21,
            30 + 100 * (2 + 5 + 100 * (2 + 5 + 100 * (2 + 5 + 100))),
            "tasks.nodes.assignee.tasks.nodes.assignee.tasks.nodes.assignee.tasks.nodes",
        ),
        (CASE_22, 52, None),
    ],
    ids=["cost", "lists"],
)
async def test_an_operation_over_the_cost_limit_is_rejected_over_http_and_websocket(
    api: Api, settings: Settings, bearer: dict[str, str], query: str, number: int, field: str | None
) -> None:
    async with started(api, settings) as app:
        async with client_of(app, bearer | {"accept": "application/graphql-response+json"}) as client:
            posted = await client.post("/graphql", json={"query": query})
            got = await client.get("/graphql", params={"query": query}, headers={"apollo-require-preflight": "true"})
        assert posted.status_code == got.status_code == 400
        async with (
            running(app, settings) as server,
            connect(
                f"ws://127.0.0.1:{server.port}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]
            ) as socket,
        ):
            await socket.send(orjson.dumps({"type": "connection_init", "payload": bearer}).decode())
            await socket.recv()
            message = {"type": "subscribe", "id": "1", "payload": {"query": query}}
            await socket.send(orjson.dumps(message).decode())
            answered = orjson.loads(await socket.recv())
    (error,) = posted.json()["errors"]
    assert error["extensions"]["code"] == "COST_LIMIT_EXCEEDED"
    assert error["extensions"]["number"] == number
    assert [each["path"] for each in error["extensions"].get("fields", [])[:1]] == ([field] if field else [])
    assert got.json() == posted.json()
    assert answered == {"type": "error", "id": "1", "payload": [error]}


async def test_the_cost_is_reported_on_request_by_header_or_extension(
    api: Api, settings: Settings, bearer: dict[str, str]
) -> None:
    query = "{ tasks(first: 3) { nodes { id } } }"
    asking = {"query": query, "extensions": {"cost": True}}
    async with started(api, settings) as app, client_of(app, bearer) as client:
        silent = await client.post("/graphql", json={"query": query})
        by_header = await client.post("/graphql", json={"query": query}, headers={"graphql-cost": "report"})
        by_extension = await client.post("/graphql", json=asking)
        batch = await client.post("/graphql", json=[asking, {"query": query}])
    assert "extensions" not in silent.json()
    for response in (by_header, by_extension):
        cost = response.json()["extensions"]["cost"]
        assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (33, 30)
    assert ["extensions" in each for each in batch.json()] == [True, False]
