"""A thousand operations at once, on one connection and on ten that are not open yet: no error, every answer right."""

import asyncio

import pytest

from graphql_app.execution.executor import ExecutorOptions
from graphql_app.types.schema import Api
from tests.concurrency.operations import ORGANIZATIONS, Operation, created, logged_in, operations
from tests.engine.watching import all_returned, tenants
from tests.support.databases import TestDatabase
from tests.support.organizations import id_of
from tests.support.workline import Workline, serving

COUNT = 1_000
PATIENCE = 100
"""Seconds that an operation may wait for its turn."""


@pytest.mark.parametrize(
    ("connections", "plan"),
    [
        pytest.param(1, True, id="one-plans"),
        pytest.param(10, False, id="ten-resolvers", marks=pytest.mark.resolvers),
    ],
)
async def test_a_thousand_operations_at_once(
    workline_api: Api, own_organizations: TestDatabase, connections: int, plan: bool
) -> None:
    asked = list(operations(COUNT))
    options = ExecutorOptions(plan=plan, timeout=PATIENCE)
    async with serving(
        workline_api, own_organizations, options, pool_size=connections, pool_timeout=PATIENCE
    ) as workline:
        await asyncio.gather(*(operation(workline) for operation in asked))
        await assert_clean(workline, at_most=connections)
    await assert_all_was_written(own_organizations, asked)


@pytest.mark.usefixtures("mode")
async def test_many_log_in_at_once(workline_api: Api, own_organizations: TestDatabase) -> None:
    """As many as wait for a thread at most; hashing holds no connection."""
    async with serving(workline_api, own_organizations, pool_size=1, pool_timeout=PATIENCE) as workline:
        await asyncio.gather(*(operation(workline) for operation in operations(30, (logged_in,))))
        await assert_clean(workline, at_most=1)


async def assert_clean(workline: Workline, *, at_most: int) -> None:
    """Every connection came back, outside of a transaction and as nobody's."""
    await all_returned(workline.connections)
    status = workline.connections.status()
    assert 1 <= status["idle"] <= at_most
    assert await tenants(workline.connections) == []


async def assert_all_was_written(database: TestDatabase, asked: list[Operation]) -> None:
    """Each new task once, in its organization; the one that many wanted to complete, once."""
    async with database.as_system() as connection:
        for who in ORGANIZATIONS:
            titles = {f"{who.word} new {each.number}" for each in asked if each.ask is created and each.who is who}
            rows = await connection.fetch(
                "SELECT title FROM tasks WHERE organization_id = $1 AND title LIKE '% new %'", who.organization
            )
            assert sorted(row["title"] for row in rows) == sorted(titles)
            version = await connection.fetchval(
                "SELECT version FROM tasks WHERE organization_id = $1 AND id = $2", who.organization, id_of("tasks", 1)
            )
            assert version == who.number + 2, "it was changed once"
