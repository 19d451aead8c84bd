"""Operations of the benchmark after a first request: all statements are compiled already."""

from collections import Counter
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest
from sqlalchemy import CompoundSelect, Select
from sqlalchemy.sql.compiler import SQLCompiler

from graphql_app.database.pool import ConnectionPool
from graphql_app.execution.executor import Executor
from graphql_app.execution.options import ExecutorOptions
from graphql_app.execution.request import GraphQLRequest
from graphql_app.limits import Limits
from graphql_app.postgres.roles import Server
from graphql_app.types.schema import Api
from schema.seed import Sizes
from tests.bench.operations import OPERATIONS
from tests.bench.operations.operation import Operation, Organization
from tests.plan.demo_values import look_at
from tests.seed.seeded import fill
from tests.support.databases import TestDatabase, copy_of

OWN_FIELDS = ("resolver",)
"""Operations with fields that only the benchmark's API has."""
WARM = [
    each
    for each in OPERATIONS.values()
    if each.has("workline") and not each.rows and each.kind not in OWN_FIELDS and each.name != "shape"
]
TABLES = {"tasks": "Task", "workers": "Worker", "categories": "Category", "users": "User", "posts": "Post"}


@pytest.fixture(scope="module")
async def own_demo(postgres: Server, template: str) -> AsyncIterator[TestDatabase]:
    """Provide a database that holds the demo, for requests that write."""
    async with copy_of(postgres, template) as made:
        await fill(made, Sizes())
        yield made


@pytest.fixture(scope="module")
async def executor(workline_api: Api, own_demo: TestDatabase) -> AsyncIterator[Executor]:
    """Run the real API on the demo with page sizes of the benchmark."""
    connections = ConnectionPool(own_demo.app.url, own_demo.app.connect_args)
    yield Executor(workline_api, connections, ExecutorOptions(limits=Limits(page_most=1_500)))
    await connections.close()


@pytest.fixture(scope="module")
async def organization(workline_api: Api, own_demo: TestDatabase) -> Organization:
    """Return the demo's own organization."""
    world = await look_at(workline_api, own_demo)
    own = {table: world.pools.ids[name][:3] for table, name in TABLES.items()}
    return Organization(world.viewers[0], own)


async def execute(executor: Executor, operation: Operation, organization: Organization, draw: Random) -> None:
    """Send one request of an operation."""
    variables = operation.draw(draw, organization)
    text = operation.text("workline", variables)
    sent = {name: value for name, value in variables.items() if f"${name}" in text}
    body = (await executor.execute(GraphQLRequest(text, sent), viewer=organization.viewer)).body
    assert "errors" not in body, body


@pytest.mark.parametrize("operation", WARM, ids=[each.name for each in WARM])
async def test_a_request_of_a_known_shape_builds_no_statement(
    executor: Executor, organization: Organization, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(15):
        await execute(executor, operation, organization, Random(number))
    built = Counter[str]()
    for kind in (SQLCompiler, Select, CompoundSelect):
        monkeypatch.setattr(kind, "__init__", counted(kind, built))
    for number in range(15, 20):
        await execute(executor, operation, organization, Random(number))
    assert not built


def counted(kind: type, built: Counter[str]) -> Any:
    """Return the constructor of a class, which counts its calls."""
    construct: Any = kind.__init__  # type: ignore[misc]

    def constructed(self: Any, *arguments: Any, **named: Any) -> None:
        built[kind.__name__] += 1
        construct(self, *arguments, **named)

    return constructed
