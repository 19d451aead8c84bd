"""The figures of a dashboard, which are in no table: what is computed about the records of other folders."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from schema.work.models import TaskStatus


@dataclass(frozen=True, slots=True)
class StatusCount:
    """How many tasks have a status."""

    status: TaskStatus
    count: int


@dataclass(frozen=True, slots=True)
class WorkerLoad:
    """How many unfinished tasks a worker has."""

    worker_id: UUID
    open_tasks: int


@dataclass(frozen=True, slots=True)
class WeekThroughput:
    """How many tasks were done in the week that begins then."""

    starts_at: datetime
    completed_tasks: int


@dataclass(frozen=True, slots=True)
class MoneyFlow:
    """How much moved in the stretch of time that begins then, in one currency, and by how many transfers."""

    starts_at: datetime
    currency: str
    amount: Decimal
    transfers: int
