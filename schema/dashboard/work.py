"""Figures about work. They are computed like ``aggregates`` and ``groups``, and equal them."""

from datetime import datetime, timedelta

from graphql_app.loaders import Loaders
from graphql_app.sql.aggregates import COUNT, Bucket, Grouping
from graphql_app.sql.conditions import And, Compare, Condition, Not
from graphql_app.sql.orders import Order, OrderKey
from graphql_app.sql.select import List
from schema.dashboard import models as m
from schema.dashboard.periods import Periods
from schema.work.models import Task, TaskStatus

UNFINISHED = Compare("status", "in", (TaskStatus.OPEN, TaskStatus.IN_PROGRESS))
BY_DUE_AT: Order = (OrderKey("due_at"),)


def overdue(now: datetime) -> Condition:
    """Return the condition of unfinished tasks whose due time has passed."""
    return And((UNFINISHED, Compare("due_at", "lt", now)))


def due_within(now: datetime, time: timedelta) -> Condition:
    """Return the condition of unfinished tasks that are due within ``time`` and not overdue."""
    return And((UNFINISHED, Compare("due_at", "gte", now), Compare("due_at", "lt", now + time)))


async def tasks_by_status(loaders: Loaders) -> list[m.StatusCount]:
    """Return the counts of all statuses in order, including zeros."""
    grouping = Grouping((Bucket("status"),), (COUNT,), len(TaskStatus))
    groups = await loaders.groups(_tasks(And(())), grouping, None)
    counts = {group.key["status"]: group.values[COUNT] for group in groups}
    return [m.StatusCount(status, counts.get(status, 0)) for status in TaskStatus]


async def workload(loaders: Loaders, most: int) -> list[m.WorkerLoad]:
    """Return the workers with the most unfinished tasks, in that order. Workers without any are omitted."""
    assigned = And((UNFINISHED, Not(Compare("assignee_id", "isNull", True))))
    groups = await loaders.groups(_tasks(assigned), Grouping((Bucket("assignee_id"),), (COUNT,), most), None)
    return [m.WorkerLoad(group.key["assignee_id"], group.values[COUNT]) for group in groups]


async def throughput(loaders: Loaders, periods: Periods) -> list[m.WeekThroughput]:
    """Return the counts of all periods in order, including zeros."""
    column = "completed_at"
    grouping = Grouping((periods.bucket(column),), (COUNT,), periods.count)
    groups = await loaders.groups(_tasks(periods.contain(column)), grouping, None)
    found = {group.key[column]: group.values[COUNT] for group in groups}
    return [m.WeekThroughput(start, count) for start, count in periods.by_start(found, 0)]


def _tasks(condition: Condition) -> List:
    return List(Task, condition, ())
