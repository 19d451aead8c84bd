"""The real API on a database, as a test talks to it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

from graphql_app.database.pool import ConnectionPool
from graphql_app.database.pool_settings import open_pool
from graphql_app.execution.executor import Executor, ExecutorOptions
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.identity.passwords import Passwords
from graphql_app.identity.services import IdentityServices, make_login_limits
from graphql_app.identity.tokens import Tokens
from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer
from schema.services import domain_services
from tests.support.application import APPLICATION
from tests.support.databases import TestDatabase
from tests.support.modes import by_plans
from tests.support.organizations import ALPHA
from tests.support.passwords import CHEAP
from tests.support.settings import SECRET, settings_for

Json = dict[str, Any]
OWNER = ALPHA.viewer()


@cache
def domain_api() -> Api:
    """The API of the domain, built once for each test process."""
    return APPLICATION.build()


@dataclass(frozen=True)
class Workline:
    """The API with its pool. Without a viewer, Alpha's owner asks."""

    database: TestDatabase
    connections: ConnectionPool
    executor: Executor
    services: IdentityServices
    sent: list[str]
    """The text of every statement so far."""
    by_plans: bool
    """Whether it answers by plans, which take fewer statements, or by resolvers."""
    client_address: str = ""
    """The address that requests come from."""

    async def respond(self, query: str, viewer: Viewer | None = OWNER, **variables: Any) -> Json:
        """The body of the response, errors and all; ``viewer`` None is nobody."""
        return (await self.execute(query, viewer, **variables)).body

    async def execute(self, query: str, viewer: Viewer | None = OWNER, **variables: Any) -> GraphQLResponse:
        """The response with all that is noted about it."""
        request = GraphQLRequest(query, variables, client_address=self.client_address)
        return await self.executor.execute(request, viewer=viewer)

    def at(self, client_address: str) -> "Workline":
        """The same API, for a client at this address."""
        return replace(self, client_address=client_address)

    async def ask(self, query: str, viewer: Viewer | None = OWNER, **variables: Any) -> Json:
        """The data of a response without errors."""
        body = await self.respond(query, viewer, **variables)
        assert "errors" not in body, body["errors"]
        data: Json = body["data"]
        return data

    async def refuse(self, query: str, viewer: Viewer | None = OWNER, **variables: Any) -> Json:
        """The extensions of the response's only error."""
        body = await self.respond(query, viewer, **variables)
        (error,) = body["errors"]
        extensions: Json = error["extensions"]
        return extensions

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """A list that afterwards has the statements that were sent; BEGIN, COMMIT and ROLLBACK are not among them."""
        sent: list[str] = []
        before = len(self.sent)
        yield sent
        sent.extend(self.sent[before:])


@asynccontextmanager
async def serving(
    api: Api, database: TestDatabase, options: ExecutorOptions | None = None, **settings: Any
) -> AsyncIterator[Workline]:
    """The API on a pool of its own, as the server opens it under these ``settings``; usually in the test's mode."""
    chosen = options or ExecutorOptions(plan=by_plans())
    passwords = Passwords(2, cost=CHEAP)
    tokens = Tokens(SECRET, issuer="workline", ttl=timedelta(hours=1))
    try:
        async with _pool(database, **settings) as (connections, sent):
            limits = make_login_limits(settings_for(database, **settings))
            services = IdentityServices(tokens, passwords, limits, domain_services(connections))
            executor = Executor(api, connections, chosen, services)
            yield Workline(database, connections, executor, services, sent, by_plans=chosen.plan)
    finally:
        passwords.close()


@asynccontextmanager
async def elsewhere(workline: Workline, database: TestDatabase, **settings: Any) -> AsyncIterator[Workline]:
    """The same API on another database. Documents and plans that it has compiled need not be compiled again."""
    async with _pool(database, **settings) as (connections, sent):
        executor = copy(workline.executor)
        executor._connections = connections
        limits = make_login_limits(settings_for(database, **settings))
        services = replace(workline.services, login_limits=limits, domain=domain_services(connections))
        executor._services = services
        yield replace(
            workline, database=database, connections=connections, executor=executor, services=services, sent=sent
        )


@asynccontextmanager
async def _pool(database: TestDatabase, **settings: Any) -> AsyncIterator[tuple[ConnectionPool, list[str]]]:
    connections = open_pool(database.app, settings_for(database, **settings))
    sent: list[str] = []
    connections.watch(sent.append)
    try:
        yield connections, sent
    finally:
        await connections.close()
