"""Real API on a database, and the requests of tests."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

from graphql_app.database.pool import ConnectionPool
from graphql_app.database.pool_settings import open_pool
from graphql_app.execution.executor import Executor
from graphql_app.execution.options import ExecutorOptions
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.identity.passwords import PasswordHasher
from graphql_app.identity.services import IdentityServices, make_identity_services, make_login_limits
from graphql_app.identity.tokens import Tokens
from graphql_app.testing.client import Postbox
from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer
from schema.services import domain_services
from tests.support.application import APPLICATION
from tests.support.databases import TestDatabase
from tests.support.execution_modes import by_plans
from tests.support.organizations import ALPHA
from tests.support.passwords import CHEAP
from tests.support.settings import SECRET, settings_for

Json = dict[str, Any]
OWNER = ALPHA.viewer()


@cache
def domain_api() -> Api:
    """Return the API of the domain, built once for each test process."""
    return APPLICATION.build()


@dataclass(frozen=True)
class Workline:
    """API with its pool. The default viewer is Alpha's owner."""

    database: TestDatabase
    connections: ConnectionPool
    executor: Executor
    services: IdentityServices
    postbox: Postbox
    sent: list[str]
    """Text of every statement so far."""
    by_plans: bool
    """True with plans, which take fewer statements, False with resolvers."""
    client_address: str = ""
    """Client address of the requests."""

    async def respond(self, query: str, viewer: Viewer | None = OWNER, **variables: Any) -> Json:
        """Return the body of the response with data and errors; ``viewer`` None is an unauthenticated client."""
        return (await self.execute(query, viewer, **variables)).body

    async def execute(self, query: str, viewer: Viewer | None = OWNER, **variables: Any) -> GraphQLResponse:
        """Return the response with its log entries and its trace."""
        request = GraphQLRequest(query, variables, client_address=self.client_address)
        return await self.executor.execute(request, viewer=viewer)

    def at(self, client_address: str) -> "Workline":
        """Return the same API for a client at this address."""
        return replace(self, client_address=client_address)

    async def fetch(self, query: str, viewer: Viewer | None = OWNER, **variables: Any) -> Json:
        """Return the data of a response without errors."""
        body = await self.respond(query, viewer, **variables)
        assert "errors" not in body, body["errors"]
        data: Json = body["data"]
        return data

    async def refuse(self, query: str, viewer: Viewer | None = OWNER, **variables: Any) -> Json:
        """Return the extensions of the response's only error."""
        body = await self.respond(query, viewer, **variables)
        (error,) = body["errors"]
        extensions: Json = error["extensions"]
        return extensions

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Yield a list of the statements that are sent in the block, without BEGIN, COMMIT and ROLLBACK."""
        sent: list[str] = []
        before = len(self.sent)
        yield sent
        sent.extend(self.sent[before:])


@asynccontextmanager
async def serving(
    api: Api, database: TestDatabase, options: ExecutorOptions | None = None, **settings: Any
) -> AsyncIterator[Workline]:
    """Serve the API on a separate pool with these ``settings`` of the server, by default in the test's mode."""
    chosen = options or ExecutorOptions(plan=by_plans())
    passwords = PasswordHasher(2, cost=CHEAP)
    tokens = Tokens(SECRET, issuer="workline", ttl=timedelta(hours=1))
    try:
        async with _pool(database, **settings) as (connections, sent):
            postbox, domain = Postbox(), domain_services(connections)
            made = make_identity_services(
                settings_for(database, **settings), (), passwords, postbox.outbox, domain, api.scopes
            )
            services = replace(made, tokens=tokens)
            executor = Executor(api, connections, chosen, services)
            yield Workline(database, connections, executor, services, postbox, sent, by_plans=chosen.plan)
    finally:
        passwords.close()


@asynccontextmanager
async def served_from(workline: Workline, database: TestDatabase, **settings: Any) -> AsyncIterator[Workline]:
    """Serve the same API on another database, with its compiled documents and plans."""
    async with _pool(database, **settings) as (connections, sent):
        executor = copy(workline.executor)
        executor._connections = connections
        limits, postbox = make_login_limits(settings_for(database, **settings)), Postbox()
        services = replace(
            workline.services, login_limits=limits, outbox=postbox.outbox, domain=domain_services(connections)
        )
        executor._services = services
        yield replace(
            workline,
            database=database,
            connections=connections,
            executor=executor,
            services=services,
            postbox=postbox,
            sent=sent,
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
