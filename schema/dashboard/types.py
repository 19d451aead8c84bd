"""GraphQL types of the dashboard's figures."""

from datetime import datetime
from decimal import Decimal

import strawberry

from graphql_app.views.described import enum, field
from graphql_app.views.records import named
from schema.people.models import Worker
from schema.work.models import TaskStatus

enum(TaskStatus)


@strawberry.type(description="How many tasks have a status.")
class StatusCount:
    status: TaskStatus = field("The status.")
    count: int = field("How many tasks have it.")


@strawberry.type(description="How much a worker has to do.")
class WorkerLoad:
    worker = named(Worker, lambda load: load.worker_id, "The worker.")
    open_tasks: int = field("How many tasks assigned to the worker are neither done nor cancelled.")


@strawberry.type(description="How much was done in a week.")
class WeekThroughput:
    starts_at: datetime = field("When the week begins: Monday at midnight in the time zone.")
    completed_tasks: int = field("How many tasks were completed in it.")


@strawberry.type(description="How much money of one currency moved in a stretch of time.")
class MoneyFlow:
    starts_at: datetime = field("When the stretch of time begins: at midnight in the time zone.")
    currency: str = field("The currency, by its ISO 4217 code.")
    amount: Decimal = field("The sum of the transfers.")
    transfers: int = field("How many transfers there were.")
