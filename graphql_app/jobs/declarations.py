"""Declarations of jobs and schedules, in modules ``jobs`` of an application's folders.

``@job("processTasks")`` declares a function of one step. A step runs in one transaction, which also stores its
progress and its checkpoint: neither is saved without the other. The function is called again until a step returns no
checkpoint. ``@scheduled("removeDrafts", "30 3 * * *")`` declares a function that runs at these times.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import ModuleType
from typing import Any, get_args
from uuid import UUID

from cronsim import CronSim, CronSimError
from pydantic import TypeAdapter

from graphql_app.database.pool import ConnectionPool
from graphql_app.database.transaction import WriteTransaction
from graphql_app.settings import Settings

__all__ = ["JobDeclaration", "JobStep", "NoArguments", "Schedule", "ScheduledRun", "StepResult", "job", "scheduled"]

RETRIES = 5
"""Failures in a row, without a completed step in between, after which a job fails."""
LOWEST, HIGHEST = 1, 5
"""Bounds of priorities."""


@dataclass(frozen=True, slots=True)
class NoArguments:
    """Arguments of a job that takes none, such as a scheduled one."""


@dataclass(frozen=True, slots=True)
class JobStep[A]:
    """Argument of a step: the job's arguments, and the checkpoint of the step before."""

    arguments: A
    state: Mapping[str, Any]
    """Checkpoint, a JSON object; empty for the first step."""
    organization_id: UUID
    job_id: UUID
    done: int = 0
    """Number of items that earlier steps have processed."""
    services: Any = None
    """Services of the application."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """Result of a step: what it adds to the progress, and the checkpoint for the next step."""

    done: int = 0
    """Number of items that this step has processed."""
    failed: int = 0
    """Number of items that this step has rejected."""
    total: int | None = None
    """Number of items of the whole job, if it is known by now."""
    state: Mapping[str, Any] | None = None
    """Checkpoint, a JSON object. None ends the job."""


type StepFunction[A] = Callable[[WriteTransaction, JobStep[A]], Awaitable[StepResult]]
"""Function of a step. It may run again after a rollback, so its only effects are statements of the transaction."""


@dataclass(frozen=True)
class JobDeclaration[A]:
    """Job that rules enqueue by :func:`graphql_app.jobs.queue.enqueue`."""

    name: str
    step: StepFunction[A]
    priority: int = 3
    retries: int = RETRIES
    concurrency_key: Callable[[A], str] | None = None
    """Function of the arguments: of the jobs with one key, an organization runs one at a time."""

    @cached_property
    def adapter(self) -> TypeAdapter[A]:
        """Conversion of the arguments to JSON and back."""
        parameter = list(inspect.signature(self.step, eval_str=True).parameters.values())[1]
        arguments = get_args(parameter.annotation)
        if not arguments:
            raise TypeError(f"{self.name}: annotate the second parameter with JobStep and the type of the arguments.")
        return TypeAdapter(arguments[0])

    def key_of(self, arguments: A) -> str | None:
        """Return the concurrency key of a job with these arguments, or None."""
        return None if self.concurrency_key is None else self.concurrency_key(arguments)


def job[A](
    name: str, *, priority: int = 3, retries: int = RETRIES, concurrency_key: Callable[[A], str] | None = None
) -> Callable[[StepFunction[A]], JobDeclaration[A]]:
    """Declare a function as the step of a job. Its second parameter is a ``JobStep`` of a type of arguments.

    ``priority`` is from 1 (lowest) to 5. A job fails after ``retries`` repetitions of one step. Jobs of an organization
    with the same ``concurrency_key``, a function of the arguments, run one after the other.
    """
    if not LOWEST <= priority <= HIGHEST:
        raise ValueError(f"The priority of {name} must be between {LOWEST} and {HIGHEST}.")

    def declare(step: StepFunction[A]) -> JobDeclaration[A]:
        return JobDeclaration(name, step, priority, retries, concurrency_key)

    return declare


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """Argument of a scheduled function."""

    connections: ConnectionPool
    settings: Settings
    renew: Callable[[], Awaitable[None]]
    """Extends the lease. Call it between parts of the work. Raises LeaseLost if another process has taken over."""
    services: Any = None
    """Services of the application."""


type Timing = str | float
"""Cron expression in UTC, or interval in seconds; 0 turns a schedule off."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Function that runs at certain times, in one process, with an effect that may be repeated.

    A run that fails, or whose process ends, is repeated.
    """

    name: str
    run: Callable[[ScheduledRun], Awaitable[None]]
    timing: Timing | Callable[[Settings], Timing]

    def timing_of(self, settings: Settings) -> Timing:
        """Return the timing for these settings."""
        return self.timing(settings) if callable(self.timing) else self.timing


def scheduled(
    name: str, timing: Timing | Callable[[Settings], Timing]
) -> Callable[[Callable[[ScheduledRun], Awaitable[None]]], Schedule]:
    """Declare a function that runs at the times of a cron expression in UTC, or every so many seconds.

    ``timing`` may be a function of the settings. Raises ValueError for an invalid expression.
    """
    if not callable(timing):
        next_time(timing, datetime.now(UTC))

    def declare(run: Callable[[ScheduledRun], Awaitable[None]]) -> Schedule:
        return Schedule(name, run, timing)

    return declare


def next_time(timing: Timing, after: datetime) -> datetime:
    """Return the first time after ``after``. Raises ValueError for an invalid expression."""
    if not isinstance(timing, str):
        return after + timedelta(seconds=timing)
    try:
        return next(CronSim(timing, after))
    except (CronSimError, StopIteration) as error:
        raise ValueError(f"{timing!r} is not a cron expression: {error}") from None


@dataclass(frozen=True, slots=True)
class Declarations:
    """Jobs and schedules of an application, by name."""

    jobs: Mapping[str, JobDeclaration[Any]] = field(default_factory=dict)  # of any arguments
    schedules: Mapping[str, Schedule] = field(default_factory=dict)


def declared_in(*modules: ModuleType) -> Declarations:
    """Return the jobs and schedules that these modules declare. Raises ValueError if two have one name."""
    jobs: dict[str, JobDeclaration[Any]] = {}
    schedules: dict[str, Schedule] = {}
    for declared in (value for module in modules for value in vars(module).values()):
        named: dict[str, Any] = jobs if isinstance(declared, JobDeclaration) else schedules
        if (
            isinstance(declared, JobDeclaration | Schedule)
            and named.setdefault(declared.name, declared) is not declared
        ):
            raise ValueError(f"Two jobs or schedules are named {declared.name}.")
    return Declarations(jobs, schedules)
