"""Figures of the dashboard, computed from the records of other folders and stored in no table."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from schema.work.models import TaskStatus


@dataclass(frozen=True, slots=True)
class StatusCount:
    """Number of tasks with a status."""

    status: TaskStatus
    count: int


@dataclass(frozen=True, slots=True)
class WorkerLoad:
    """Number of unfinished tasks of a worker."""

    worker_id: UUID
    open_tasks: int


@dataclass(frozen=True, slots=True)
class WeekThroughput:
    """Number of tasks that were done in the week that begins at ``starts_at``."""

    starts_at: datetime
    completed_tasks: int


@dataclass(frozen=True, slots=True)
class MoneyFlow:
    """Amount and number of transfers in one currency, in the period that begins at ``starts_at``."""

    starts_at: datetime
    currency: str
    amount: Decimal
    transfers: int
