"""A thousand concurrent operations on a pool of one and of ten connections: no error, every answer right."""

import asyncio

import pytest

from graphql_app.execution.options import ExecutorOptions
from graphql_app.types.schema import Api
from tests.concurrency.operations import ORGANIZATIONS, Operation, created, logged_in, operations
from tests.engine.backend_activity import all_returned, tenants
from tests.support.api import Workline, serving
from tests.support.databases import TestDatabase
from tests.support.organizations import id_of

COUNT = 1_000
QUEUE_TIMEOUT = 100
"""Seconds that an operation may wait for a connection."""


@pytest.mark.parametrize(
    ("connections", "plan"),
    [
        pytest.param(1, True, id="one-plans"),
        pytest.param(10, False, id="ten-resolvers", marks=pytest.mark.resolvers),
    ],
)
async def test_a_thousand_concurrent_operations(
    workline_api: Api, own_organizations: TestDatabase, connections: int, plan: bool
) -> None:
    executed = list(operations(COUNT))
    options = ExecutorOptions(plan=plan, timeout=QUEUE_TIMEOUT)
    async with serving(
        workline_api, own_organizations, options, pool_size=connections, pool_timeout=QUEUE_TIMEOUT
    ) as workline:
        await asyncio.gather(*(operation(workline) for operation in executed))
        await assert_clean(workline, at_most=connections)
    await assert_all_was_written(own_organizations, executed)


@pytest.mark.usefixtures("mode")
async def test_concurrent_logins(workline_api: Api, own_organizations: TestDatabase) -> None:
    """As many logins as may wait for a thread; hashing holds no connection."""
    async with serving(workline_api, own_organizations, pool_size=1, pool_timeout=QUEUE_TIMEOUT) as workline:
        await asyncio.gather(*(operation(workline) for operation in operations(30, (logged_in,))))
        await assert_clean(workline, at_most=1)


async def assert_clean(workline: Workline, *, at_most: int) -> None:
    """Assert that every connection was returned, outside a transaction and without a viewer."""
    await all_returned(workline.connections)
    status = workline.connections.status()
    assert 1 <= status["idle"] <= at_most
    assert await tenants(workline.connections) == []


async def assert_all_was_written(database: TestDatabase, executed: list[Operation]) -> None:
    """Assert that each new task exists once in its organization, and that the shared task was completed once."""
    async with database.as_system() as connection:
        for tenant in ORGANIZATIONS:
            titles = {
                f"{tenant.word} new {each.number}"
                for each in executed
                if each.kind is created and each.tenant is tenant
            }
            rows = await connection.fetch(
                "SELECT title FROM tasks WHERE organization_id = $1 AND title LIKE '% new %'", tenant.organization
            )
            assert sorted(row["title"] for row in rows) == sorted(titles)
            version = await connection.fetchval(
                "SELECT version FROM tasks WHERE organization_id = $1 AND id = $2",
                tenant.organization,
                id_of("tasks", 1),
            )
            assert version == tenant.number + 2, "one operation changed the task"
