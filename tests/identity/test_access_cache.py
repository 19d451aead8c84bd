"""Cache of checked viewers, and the seconds until revoked access has an effect everywhere."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from uuid import UUID

import httpx
import pytest

from graphql_app.app import create_app
from graphql_app.database.access_cache import LIFETIME, MOST_VIEWERS, AccessCache
from graphql_app.database.connection import PooledConnection
from graphql_app.execution.executor import Executor
from graphql_app.http.services import api_services
from graphql_app.types.schema import Api
from tests.access.test_http import closed, socket_of
from tests.http.serving import InnerServer, running
from tests.support.api import Json, Workline
from tests.support.application import MIGRATIONS
from tests.support.organizations import ALPHA, id_of
from tests.support.passwords import PASSWORD
from tests.support.processes import PATIENCE, PLAIN
from tests.support.settings import settings_for

OWNER, MANAGER = ALPHA.viewer(), ALPHA.viewer("MANAGER")
READ = "{ viewer { user { id } } }"
RATES = "{ workers(first: 1) { nodes { hourlyRate } } }"
LOG_IN = "mutation ($i: LogInInput!) { logIn(input: $i) { token } }"
MOST_SECONDS = 5.0


class Clock:
    """Clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_viewer_is_kept_for_less_than_five_seconds_from_the_beginning_of_its_check() -> None:
    clock = Clock()
    cache = AccessCache(clock=clock)
    mark = cache.began()
    clock.now += 1
    cache.keep(OWNER, mark)
    assert cache.has(OWNER)
    clock.now += LIFETIME - 1
    assert not cache.has(OWNER)
    assert LIFETIME < MOST_SECONDS


def test_a_check_that_began_before_an_announced_change_is_not_kept() -> None:
    cache = AccessCache()
    mark = cache.began()
    cache.drop(UUID(int=1))
    cache.keep(OWNER, mark)
    assert not cache.has(OWNER)


def test_a_change_drops_the_entries_of_the_user_or_the_session_only() -> None:
    cache = AccessCache()
    session = replace(OWNER, session_id=UUID(int=7))
    for viewer in (OWNER, session, MANAGER):
        cache.keep(viewer, cache.began())
    cache.drop(UUID(int=7))
    assert [cache.has(viewer) for viewer in (OWNER, session, MANAGER)] == [True, False, True]
    cache.drop(OWNER.user_id)
    assert [cache.has(viewer) for viewer in (OWNER, session, MANAGER)] == [False, False, True]
    cache.drop()
    assert not cache.has(MANAGER)


def test_a_viewer_has_the_role_that_was_stored_last_and_is_checked_in_no_other() -> None:
    cache = AccessCache()
    cache.keep(replace(OWNER, role="MEMBER"), cache.began())
    assert not cache.has(OWNER)
    assert cache.current(OWNER) == replace(OWNER, role="MEMBER")
    assert cache.current(MANAGER) == MANAGER


def test_the_number_of_entries_is_limited() -> None:
    cache = AccessCache()
    for number in range(MOST_VIEWERS + 5):
        cache.keep(replace(OWNER, user_id=UUID(int=number)), cache.began())
    assert len(cache._checked) == MOST_VIEWERS


async def test_a_read_of_a_checked_viewer_is_not_checked_and_a_write_is(
    own_workline: Workline, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    cached = Executor(
        own_workline.executor._api,
        own_workline.connections,
        own_workline.executor._options,
        own_workline.services,
        AccessCache(),
    )
    workline = replace(own_workline, executor=cached)
    begin = PooledConnection.begin

    async def watched(self: PooledConnection, *arguments: object, **named: object) -> None:
        begun.append(" ".join(map(str, (*arguments, *named.values()))))
        await begin(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(PooledConnection, "begin", watched)
    for _ in range(3):
        await workline.fetch(READ)
    assert ["check_viewer" in each for each in begun] == [True, False, False]
    begun.clear()
    async with workline.database.as_system() as connection:
        await connection.execute("UPDATE users SET deactivated_at = now()")
    create = 'mutation { createLabel(input: {name: "x", color: "#000000"}) { errors { code } } }'
    assert (await workline.refuse(create))["code"] == "UNAUTHENTICATED"
    assert ["check_viewer" in each for each in begun] == [True]


class Site:
    """Two servers of one database, with clients of a session, and of an owner that changes its user."""

    def __init__(self, workline: Workline, here: InnerServer, there: InnerServer, http: httpx.AsyncClient) -> None:
        self.workline, self.here, self.there, self._http = workline, here, there, http

    async def post(self, server: InnerServer, query: str, token: str = "", **variables: object) -> Json:
        """Return the body of a response."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        url = f"http://127.0.0.1:{server.port}/graphql"
        found: Json = (
            await self._http.post(url, json={"query": query, "variables": variables}, headers=headers)
        ).json()
        return found

    async def log_in(self, number: int) -> str:
        """Return an access token of one of Alpha's users."""
        given = {"email": f"alpha.{number}@example.com", "password": PASSWORD}
        body = await self.post(self.here, LOG_IN, i=given)
        return str(body["data"]["logIn"]["token"])

    async def create_key(self) -> str:
        """Return an API key of a service account that is a manager."""
        owner, create = await self.log_in(0), 'createServiceAccount(input: {name: "x", role: MANAGER})'
        body = await self.post(self.here, f"mutation {{ {create} {{ user {{ id }} }} }}", owner)
        user = body["data"]["createServiceAccount"]["user"]["id"]
        create = f'createApiKey(input: {{name: "x", scopes: ["read", "money"], userId: "{user}"}})'
        body = await self.post(self.here, f"mutation {{ {create} {{ key }} }}", owner)
        return str(body["data"]["createApiKey"]["key"])

    async def seconds_until(self, condition: Callable[[], Awaitable[bool]]) -> float:
        """Return the seconds until a condition holds."""
        started = time.monotonic()
        while not await condition():
            assert time.monotonic() - started < MOST_SECONDS
            await asyncio.sleep(0.02)
        return time.monotonic() - started


@pytest.fixture
async def site(own_workline: Workline, workline_api: Api) -> AsyncIterator[Site]:
    """Serve the same database twice, with the caches and the connections of two processes."""
    settings = settings_for(own_workline.database)
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(
                running(create_app(settings, api_services(workline_api, MIGRATIONS)), settings)
            )
            for _ in range(2)
        ]
        http = await stack.enter_async_context(httpx.AsyncClient(verify=PLAIN, timeout=PATIENCE))
        yield Site(own_workline, servers[0], servers[1], http)


ID = str(id_of("users", 1))
EVENTS = {
    "deactivation": (0, f'mutation {{ deactivateUser(input: {{id: "{ID}"}}) {{ errors {{ code }} }} }}'),
    "demotion": (0, f'mutation {{ changeRole(input: {{id: "{ID}", role: MEMBER}}) {{ errors {{ code }} }} }}'),
    "password change": (
        0,
        f'mutation {{ updateUser(input: {{id: "{ID}", password: "another horse"}}) {{ errors {{ code }} }} }}',
    ),
    "session revocation": (1, "mutation { logOut(input: {}) { errors { code } } }"),
    "key revocation": (0, "mutation ($id: ID!) { revokeApiKey(input: {id: $id}) { errors { code } } }"),
}


@pytest.mark.slow
@pytest.mark.parametrize("event", EVENTS)
async def test_revoked_access_has_an_effect_on_http_websocket_and_another_process(
    site: Site, event: str, capsys: pytest.CaptureFixture[str]
) -> None:
    token = await (site.create_key() if event == "key revocation" else site.log_in(1))
    number, mutation = EVENTS[event]
    actor = token if number == 1 else await site.log_in(number)
    key = (await site.post(site.here, "{ viewer { apiKey { id } } }", token))["data"]["viewer"]["apiKey"] or {}
    for server in (site.here, site.there):
        assert (await site.post(server, RATES, token))["data"]["workers"]["nodes"][0]["hourlyRate"]

    async def has_effect(server: InnerServer) -> bool:
        body = await site.post(server, RATES, token)
        return "errors" in body or body["data"]["workers"]["nodes"][0]["hourlyRate"] is None

    async with socket_of(site.here, token) as socket, socket_of(site.there, token) as far_socket:
        changed = await site.post(site.here, mutation, actor, **key)
        assert not next(iter(changed["data"].values()))["errors"]
        started = time.monotonic()
        measured = {
            "HTTP": await site.seconds_until(lambda: has_effect(site.here)),
            "HTTP, another process": await site.seconds_until(lambda: has_effect(site.there)),
        }
        for name, each in {"WebSocket": socket, "WebSocket, another process": far_socket}.items():
            if event == "demotion":  # the socket stays open, in the new role
                await each.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": RATES}}))
                answer = json.loads(await each.recv())
                assert answer["payload"]["data"]["workers"]["nodes"][0]["hourlyRate"] is None
            else:
                assert await closed(each) == (4403, "Access has ended")
            measured[name] = time.monotonic() - started
    with capsys.disabled():
        for place, seconds in measured.items():
            print(f"{event} | {place} | {seconds:.3f} s")  # noqa: T201 (the table of the documentation)
    assert max(measured.values()) < MOST_SECONDS


@pytest.mark.slow
async def test_changes_have_an_effect_without_an_announcement_after_the_cache_s_lifetime(site: Site) -> None:
    token = await site.log_in(1)
    assert "errors" not in await site.post(site.here, READ, token)
    async with socket_of(site.here, token) as socket:
        async with site.workline.database.as_system() as connection:
            await connection.execute("UPDATE users SET deactivated_at = now() WHERE role = 'MANAGER'")

        async def is_refused() -> bool:
            return "errors" in await site.post(site.here, READ, token)

        await site.seconds_until(is_refused)
        assert await closed(socket) == (4403, "Access has ended")


async def test_an_announcement_reaches_another_process(site: Site) -> None:
    token = await site.log_in(1)
    assert "errors" not in await site.post(site.there, READ, token)
    await site.post(site.here, EVENTS["session revocation"][1], token)

    async def is_refused() -> bool:
        return "errors" in await site.post(site.there, READ, token)

    assert await site.seconds_until(is_refused) < LIFETIME
