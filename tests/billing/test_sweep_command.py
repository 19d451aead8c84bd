"""Command ``workline sweep``, and the sweeper of the server."""

import asyncio

from graphql_app.http.services import api_services
from graphql_app.types.schema import Api
from schema.billing.models import PaymentStatus
from schema.billing.rules import begin_payment
from schema.ledger.models import AccountKind
from schema.services import open_domain
from tests.http.serving import until
from tests.support.application import APPLICATION, MIGRATIONS
from tests.support.audited_organization import books_in
from tests.support.commands import Run, addresses
from tests.support.databases import TestDatabase
from tests.support.settings import settings_for

STATUSES = "SELECT array_agg(status) FROM payments"


async def leave_pending(database: TestDatabase) -> None:
    """Begin a payment without finishing it."""
    async with books_in(database) as books:
        order = await books.order(await books.account(AccountKind.CUSTOMER, holds=10))
        await books.do(begin_payment, order_id=order.id, payee_account_id=await books.account())


async def statuses(database: TestDatabase) -> list[str]:
    async with database.as_system() as connection:
        found: list[str] = await connection.fetchval(STATUSES)
        return found


def test_the_command_finishes_payments_of_the_given_age(database: TestDatabase, run: Run) -> None:
    asyncio.run(leave_pending(database))
    variables = addresses(database)
    left = run("sweep", **variables)
    assert (left.status, left.out) == (0, "0 unfinished, 0 of them completed. 0 expired rows deleted.\n")
    left = run("sweep", "--older-than", "0", **variables)
    assert (left.status, left.out) == (0, "1 unfinished, 1 of them completed. 0 expired rows deleted.\n")
    assert asyncio.run(statuses(database)) == [PaymentStatus.SETTLED]


async def test_the_server_sweeps_periodically(workline_api: Api, database: TestDatabase) -> None:
    await leave_pending(database)
    opened = api_services(workline_api, MIGRATIONS, open_domain, APPLICATION.declarations())
    async with opened(settings_for(database, sweep_period=0.05)):

        async def settled() -> bool:
            return await statuses(database) == [PaymentStatus.SETTLED]

        await until(settled)


async def test_jobs_and_schedules_stop_with_the_server(workline_api: Api, database: TestDatabase) -> None:
    before = asyncio.all_tasks()
    opened = api_services(workline_api, MIGRATIONS, open_domain, APPLICATION.declarations())
    async with opened(settings_for(database)):
        running = [repr(task.get_coro()) for task in asyncio.all_tasks() - before]
        assert {name for name in ("JobRunner.run", "Scheduler.run") if any(name in each for each in running)} == {
            "JobRunner.run",
            "Scheduler.run",
        }
    assert not asyncio.all_tasks() - before


async def test_a_server_runs_no_jobs_if_they_have_processes_of_their_own(
    workline_api: Api, database: TestDatabase
) -> None:
    before = asyncio.all_tasks()
    opened = api_services(workline_api, MIGRATIONS, open_domain, APPLICATION.declarations())
    async with opened(settings_for(database, jobs="separate")):
        assert not any("JobRunner" in repr(task.get_coro()) for task in asyncio.all_tasks() - before)
