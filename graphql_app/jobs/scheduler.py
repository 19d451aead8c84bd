"""Schedules: PostgreSQL hands each due run to one process, for the duration of a lease, which the run extends.

Processes store the schedules that they declare when they start. A run that a process has not ended is repeated after
the lease, so its effects must bear repetition.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from random import uniform
from uuid import UUID

import structlog

from graphql_app.database.errors import DATABASE_ERRORS
from graphql_app.database.pool import ConnectionPool
from graphql_app.jobs.declarations import (
    Declarations,
    JobDeclaration,
    NoArguments,
    Schedule,
    ScheduledRun,
    Timing,
    next_time,
)
from graphql_app.models.base import new_id
from graphql_app.settings import Settings

__all__ = ["for_each_organization"]

log = structlog.get_logger("workline.jobs")

POLL = 1.0
"""Most seconds between two searches for due schedules."""
SET = "SELECT set_job_schedules($1, $2, $3)"
CLAIM = "SELECT * FROM claim_job_schedule($1, $2)"
RENEW = "SELECT renew_job_schedule($1, $2, $3)"
END = "SELECT end_job_schedule($1, $2, $3, $4)"
ORGANIZATIONS = "SELECT * FROM organizations_without_job($1, $2, $3)"
ENQUEUE = "SELECT enqueue_scheduled_jobs($1, $2, $3, $4, $5, $6)"
MOST = 1_000
"""Organizations of one statement."""


class RunLost(Exception):
    """Another process has taken over the run."""


class Scheduler:
    """Scheduler of one process. ``services`` are the application's."""

    def __init__(
        self, declarations: Declarations, connections: ConnectionPool, settings: Settings, services: object = None
    ) -> None:
        self.connections, self.settings, self.services = connections, settings, services
        timings = {each.name: each.timing_of(settings) for each in declarations.schedules.values()}
        self.timings: dict[str, Timing] = {name: timing for name, timing in timings.items() if timing}
        self._schedules = declarations.schedules
        self._lease = timedelta(seconds=settings.job_lease)
        intervals = [timing for timing in self.timings.values() if not isinstance(timing, str)]
        self._poll = min([POLL, *intervals])

    async def run(self) -> None:
        """Store the schedules, and run due ones until cancelled."""
        is_stored = is_known_away = False
        while True:
            try:
                if not is_stored:
                    await self._store()
                    is_stored = True
                while await self._run_due():
                    pass
                is_known_away = False
            except DATABASE_ERRORS as error:
                if not is_known_away:
                    log.warning("schedules not searched", cause=type(error).__name__)
                is_known_away = True
            await asyncio.sleep(self._poll * uniform(0.8, 1.2))  # noqa: S311 (no secret)

    async def _store(self) -> None:
        now, names = datetime.now(UTC), [*self.timings]
        times = [next_time(self.timings[name], now) for name in names]
        async with self.connections.driver() as driver:
            await driver.execute(SET, names, [str(self.timings[name]) for name in names], times)

    async def _run_due(self) -> bool:
        """Run a due schedule. Return False if there is none."""
        async with self.connections.driver() as driver:
            row = await driver.fetchrow(CLAIM, [*self.timings], self._lease)
        if row is None:
            return False
        name, attempt = row["schedule_name"], row["attempt"]

        async def renew() -> None:
            if not await self._value(RENEW, name, attempt, self._lease):
                raise RunLost

        failure = None
        try:
            await self._schedules[name].run(ScheduledRun(self.connections, self.settings, renew, self.services))
        except RunLost:
            return True
        except Exception as error:
            self.connections.metrics.job_failures.labels(name).inc()
            log.exception("schedule failed", name=name)
            failure = type(error).__name__
        await self._value(END, name, attempt, next_time(self.timings[name], datetime.now(UTC)), failure)
        return True

    async def _value(self, sql: str, *arguments: object) -> object:
        async with self.connections.driver() as driver:
            return await driver.fetchval(sql, *arguments)


def for_each_organization(declaration: JobDeclaration[NoArguments], timing: str) -> Schedule:
    """Return the schedule that adds a job to each organization, unless the job of the last time is unfinished.

    ``timing`` is a cron expression in UTC. Such a job has no viewer: it reads and changes all rows of the organization.
    """

    async def run(scheduled: ScheduledRun) -> None:
        arguments = NoArguments()
        content = declaration.adapter.dump_json(arguments).decode()
        after: UUID | None = None
        while True:
            async with scheduled.connections.driver() as driver:
                rows = await driver.fetch(ORGANIZATIONS, declaration.name, after, MOST)
                tenants = [row[0] for row in rows]
                given = declaration.name, tenants, [new_id() for _ in tenants], content
                await driver.execute(ENQUEUE, *given, declaration.priority, declaration.key_of(arguments))
            if len(tenants) < MOST:
                return
            after = tenants[-1]
            await scheduled.renew()

    next_time(timing, datetime.now(UTC))
    return Schedule(declaration.name, run, timing)
