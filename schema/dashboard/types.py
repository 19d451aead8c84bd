"""GraphQL types of the dashboard's figures."""

from datetime import datetime
from decimal import Decimal

import strawberry

from graphql_app.types.declarations import enum, field
from graphql_app.types.records import by_key
from schema.people.models import Worker
from schema.work.models import TaskStatus

enum(TaskStatus)


@strawberry.type(description="Number of tasks with a status.")
class StatusCount:
    status: TaskStatus = field("Status of the tasks.")
    count: int = field("Number of tasks with the status.")


@strawberry.type(description="Number of unfinished tasks of a worker.")
class WorkerLoad:
    worker = by_key(Worker, lambda load: load.worker_id, "Worker to whom the tasks are assigned.")
    open_tasks: int = field("Number of tasks assigned to the worker that are neither done nor cancelled.")


@strawberry.type(description="Number of tasks completed in a week.")
class WeekThroughput:
    starts_at: datetime = field("Start of the week: Monday at midnight in the time zone.")
    completed_tasks: int = field("Number of tasks completed in the week.")


@strawberry.type(description="Total moved in one currency and period.")
class MoneyFlow:
    starts_at: datetime = field("Start of the period, at midnight in the time zone.")
    currency: str = field("Currency of the amount (ISO 4217 code).")
    amount: Decimal = field("Sum of the transfers, in the currency.")
    transfers: int = field("Number of transfers in the period.")
