"""Migrations during requests: no request fails, whatever is done to the tables that it reads and writes."""

import asyncio
from contextlib import AsyncExitStack
from itertools import cycle

from graphql_app.execution.options import ExecutorOptions
from graphql_app.postgres.admin_connections import DriverConnection, connect
from graphql_app.types.schema import Api
from tests.concurrency.operations import MIXED, ORGANIZATIONS, Operation, operations
from tests.support.api import Workline, serving
from tests.support.databases import TestDatabase
from tests.support.organizations import OrganizationValues

CHANGES = (
    "ALTER TABLE tasks ADD COLUMN weight integer NOT NULL DEFAULT 1",
    "ALTER TABLE accounts ALTER COLUMN name TYPE varchar",
    "ALTER TABLE categories ALTER COLUMN name TYPE varchar, ADD COLUMN place integer",
    "CREATE INDEX CONCURRENTLY heavy ON tasks (organization_id, weight, id)",
    "ALTER TABLE tasks ADD CONSTRAINT ck_tasks_weight CHECK (weight > 0) NOT VALID",
    "ALTER TABLE tasks VALIDATE CONSTRAINT ck_tasks_weight",
    "ALTER TABLE workers ALTER COLUMN hourly_rate SET DEFAULT 0",
)
"""Statements of a release's migrations that run while the previous release serves."""
BACK = (
    "ALTER TABLE workers ALTER COLUMN hourly_rate DROP DEFAULT",
    "DROP INDEX CONCURRENTLY heavy",
    "ALTER TABLE categories ALTER COLUMN name TYPE text, DROP COLUMN place",
    "ALTER TABLE accounts ALTER COLUMN name TYPE text",
    "ALTER TABLE tasks DROP COLUMN weight",
)
ROUNDS, CLIENTS = 2, 3


async def kinds(workline: Workline, tenant: OrganizationValues, number: int) -> None:
    """Query tasks with a relation whose column changes its type."""
    nodes = (await workline.fetch("{ tasks(first: 2) { nodes { category { name } } } }", tenant.viewer()))["tasks"][
        "nodes"
    ]
    assert nodes == [{"category": {"name": f"{tenant.word} categories.name 0"}}] * 2


async def migrate(owner: DriverConnection, answered: list[Operation]) -> None:
    """Apply and revert the changes, each after ten more requests have been answered."""
    await owner.execute("SET lock_timeout = '3s'")
    for change in (*CHANGES, *BACK) * ROUNDS:
        before = len(answered)
        await owner.execute(change)
        async with asyncio.timeout(30):
            while len(answered) < before + 10:  # noqa: ASYNC110 (it is the requests that make it true)
                await asyncio.sleep(0.005)


async def test_no_request_fails_while_tables_change(workline_api: Api, own_organizations: TestDatabase) -> None:
    answered: list[Operation] = []
    everything = (kinds, *MIXED)
    asked = cycle(operations(2 * len(everything), everything))
    async with AsyncExitStack() as stack:
        instances = [
            await stack.enter_async_context(
                serving(workline_api, own_organizations, ExecutorOptions(plan=plan), pool_size=CLIENTS)
            )
            for plan in (True, False)
        ]
        owner = await connect(own_organizations.owner)
        stack.push_async_callback(owner.close)
        migrating = asyncio.create_task(migrate(owner, answered))

        async def work(workline: Workline) -> None:
            for operation in asked:
                await operation(workline)
                answered.append(operation)
                if migrating.done():
                    return

        await asyncio.gather(migrating, *(work(workline) for workline in instances for _ in range(CLIENTS)))
    assert {each.kind for each in answered} == set(everything)
    assert {each.tenant for each in answered} == set(ORGANIZATIONS)
