"""Root field ``dashboard``. Each selected figure is computed by one statement, all on one snapshot."""

from collections.abc import Awaitable, Callable

import strawberry

from graphql_app.context import Info
from graphql_app.loaders import Loaders
from graphql_app.models.base import Base
from graphql_app.types.declarations import cast_to, resolved
from graphql_app.types.groups import TimeUnit
from graphql_app.types.lists import filtered_list
from schema.dashboard import arguments as given
from schema.dashboard import money, types, work
from schema.dashboard.models import MoneyFlow
from schema.dashboard.periods import Periods
from schema.rights import MONEY_OR_NULL
from schema.work.models import Task

NODES: tuple[type[Base], ...] = ()
"""Empty, because the dashboard counts records of other folders."""
MONTH = TimeUnit.MONTH
Compute = Callable[[Loaders, Periods], Awaitable[list[MoneyFlow]]]


@strawberry.type(description="Overview of the viewer's organization.")
class Dashboard:
    overdue_tasks = filtered_list(
        Task,
        "Tasks past their due date that are neither done nor cancelled; earliest due date first.",
        given.are_overdue,
        work.BY_DUE_AT,
    )
    tasks_due_soon = filtered_list(
        Task,
        "Tasks due in the next days that are neither done nor cancelled; earliest due date first.",
        given.are_due_soon,
        work.BY_DUE_AT,
        given.DAYS,
    )

    @resolved
    async def tasks_by_status(self, info: Info) -> list[types.StatusCount]:
        """Number of tasks with each status, in the order of the statuses."""
        return cast_to(list[types.StatusCount], await work.tasks_by_status(info.context.loaders))

    @resolved
    async def workload(self, info: Info, first: given.First = 10) -> list[types.WorkerLoad]:
        """Number of unfinished tasks of each worker, highest first; workers without any are omitted."""
        most = given.between(first, given.MOST_WORKERS, "first")
        return cast_to(list[types.WorkerLoad], await work.workload(info.context.loaders, most))

    @resolved
    async def throughput(
        self, info: Info, weeks: given.Count = 12, time_zone: given.TimeZone = "UTC"
    ) -> list[types.WeekThroughput]:
        """Number of tasks completed in each of the last weeks, including this one; earliest first."""
        periods = given.read_periods(info.context, TimeUnit.WEEK, weeks, "weeks", time_zone)
        return cast_to(list[types.WeekThroughput], await work.throughput(info.context.loaders, periods))

    @resolved(**MONEY_OR_NULL)
    async def money_in(
        self, info: Info, every: given.Every = MONTH, last: given.Count = 12, time_zone: given.TimeZone = "UTC"
    ) -> list[types.MoneyFlow] | None:
        """Money received on the organization's own accounts, by period and currency.

        A currency that occurs in any of the periods is listed for each of them.
        """
        return await _flows(info, money.money_in, given.read_periods(info.context, every, last, "last", time_zone))

    @resolved(**MONEY_OR_NULL)
    async def money_out(
        self, info: Info, every: given.Every = MONTH, last: given.Count = 12, time_zone: given.TimeZone = "UTC"
    ) -> list[types.MoneyFlow] | None:
        """Money paid from the organization's own accounts, by period and currency.

        A currency that occurs in any of the periods is listed for each of them.
        """
        return await _flows(info, money.money_out, given.read_periods(info.context, every, last, "last", time_zone))


async def _flows(info: Info, compute: Compute, periods: Periods) -> list[types.MoneyFlow]:
    return cast_to(list[types.MoneyFlow], await compute(info.context.loaders, periods))


@strawberry.type
class Query:
    @resolved
    def dashboard(self, info: Info) -> Dashboard:
        """Overview of the organization from one snapshot: work, and money for roles OWNER and MANAGER."""
        return cast_to(Dashboard, info.context.viewer)
