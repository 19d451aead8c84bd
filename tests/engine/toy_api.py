"""Toy API on a database, and the requests of tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from graphql_app.database.pool import ConnectionPool, PoolOptions
from graphql_app.execution.executor import Executor
from graphql_app.execution.options import ExecutorOptions
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.execution.request_bounds import UNBOUNDED
from graphql_app.limits import Limits
from graphql_app.postgres.addresses import Address
from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer
from tests.engine.toy.root import Script
from tests.engine.toy.types import OWNER
from tests.support.execution_modes import by_plans

POOL = PoolOptions()


def wide(*, plan: bool | None = None, **options: Any) -> ExecutorOptions:
    """Return options with pages as long as the longest list, in the mode of the test unless ``plan`` chooses one."""
    options.setdefault("bounds", replace(UNBOUNDED, tokens=5_000))
    return ExecutorOptions(limits=Limits(page_most=1000), plan=by_plans() if plan is None else plan, **options)


def viewer_of(organization: UUID, role: str = OWNER) -> Viewer:
    return Viewer(UUID(int=1), organization, role)


@dataclass
class Toy:
    """API with its pool. ``script`` defines its fields ``ask`` and ``run``; ``statements`` are the sent ones."""

    connections: ConnectionPool
    executor: Executor
    script: Script
    statements: list[str] = field(default_factory=list)

    async def respond(self, query: str, viewer: Viewer | UUID | None, **variables: Any) -> GraphQLResponse:
        """Return the whole response. The id of a library means its owner."""
        asking = viewer_of(viewer) if isinstance(viewer, UUID) else viewer
        self.statements.clear()
        return await self.executor.execute(GraphQLRequest(query, variables), viewer=asking)

    async def fetch(self, query: str, viewer: Viewer | UUID | None, **variables: Any) -> Any:
        """Return the data of a response, which must have no errors."""
        body = (await self.respond(query, viewer, **variables)).body
        assert "errors" not in body, body["errors"]
        return body["data"]

    async def refuse(self, query: str, viewer: Viewer | UUID | None, **variables: Any) -> dict[str, Any]:
        """Return the extensions of the response's only error, and assert that its message reveals no internals."""
        body = (await self.respond(query, viewer, **variables)).body
        (error,) = body["errors"]
        assert not any(word in error["message"] for word in ("SELECT", "Traceback", "asyncpg", "sqlalchemy")), error
        extensions: dict[str, Any] = error["extensions"]
        return extensions


@asynccontextmanager
async def toy_on(
    api: Api, address: Address, pool: PoolOptions = POOL, options: ExecutorOptions | None = None, **server: str
) -> AsyncIterator[Toy]:
    """Open the toy API on a separate pool, in the mode of the test unless ``options`` choose one.

    ``server`` are settings of each connection, such as statement_timeout.
    """
    connect_args = {**address.connect_args, "server_settings": server}
    connections, script = ConnectionPool(address.url, connect_args, pool), Script()
    toy = Toy(connections, Executor(api, connections, options or wide(), script), script)

    connections.watch(toy.statements.append)
    try:
        yield toy
    finally:
        await connections.close()
