"""Process of background jobs: it leases due jobs, and runs their steps.

PostgreSQL hands each due job to one process (``FOR NO KEY UPDATE SKIP LOCKED``), for the duration of a lease. A step is
one transaction, which also stores its progress and extends the lease. Each write requires the attempt number of the
lease: if a process has lost its lease, its step is rolled back. So each step takes effect once, whenever a process
ends.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from random import uniform
from time import perf_counter
from typing import Any, cast
from uuid import UUID, uuid4

import orjson
import structlog
from asyncpg import Record
from sqlalchemy import bindparam, text
from sqlalchemy.types import Interval

from graphql_app.database.connection import PooledConnection
from graphql_app.database.errors import DATABASE_ERRORS, is_unavailable
from graphql_app.database.pool import ConnectionPool
from graphql_app.database.session import OperationSession
from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import CommitUnknown, InvalidToken, Refused, RuleError, Unavailable, rule_errors
from graphql_app.jobs.declarations import Declarations, JobDeclaration, JobStep, StepResult
from graphql_app.settings import Settings
from graphql_app.viewer import ANY_VERSION, Viewer

log = structlog.get_logger("workline.jobs")

POLL = 1.0
"""Seconds between two searches for due jobs, if none is announced."""
SLICE = 5.0
"""Seconds after which a job is returned to the queue, so that many long jobs share the processes."""
LONGEST_BACKOFF = 300.0
"""Most seconds before the next attempt."""
CLAIM = "SELECT * FROM claim_jobs($1, $2, $3)"
CHECKPOINT = text("""
UPDATE jobs SET state = CAST(CAST(:state AS text) AS jsonb), status = CAST(:status AS varchar),
    done = done + :done, failed = failed + :failed, total = coalesce(:total, total), failures = 0, error = NULL,
    finished_at = CASE WHEN CAST(:status AS varchar) = 'RUNNING' THEN NULL ELSE clock_timestamp() END,
    leased_until = CASE WHEN :is_kept THEN clock_timestamp() + :lease END,
    available_at = CASE WHEN :is_kept THEN clock_timestamp() + :lease ELSE clock_timestamp() END,
    updated_at = now()
WHERE organization_id = :organization AND id = :id AND attempt = :attempt AND status = 'RUNNING'
RETURNING id""").bindparams(bindparam("lease", type_=Interval()))
"""Returns no row if the lease was lost, or the job was cancelled."""
END = text("""
UPDATE jobs SET status = CAST(:status AS varchar), error = :error, failures = failures + 1, leased_until = NULL,
    finished_at = CASE WHEN CAST(:status AS varchar) = 'FAILED' THEN clock_timestamp() END,
    available_at = clock_timestamp() + :pause, updated_at = now()
WHERE organization_id = :organization AND id = :id AND attempt = :attempt AND status = 'RUNNING'
RETURNING id""").bindparams(bindparam("pause", type_=Interval()))
RELEASE = text("""
UPDATE jobs SET leased_until = NULL, available_at = clock_timestamp()
WHERE organization_id = :organization AND id = :id AND attempt = :attempt AND status = 'RUNNING'
RETURNING id""")


class LeaseLost(Exception):
    """Another process runs the job, or it was cancelled: the step must be rolled back."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Job that this process holds, with the values at the beginning of its lease."""

    organization_id: UUID
    job_id: UUID
    attempt: int
    failures: int
    viewer: Viewer | None
    """Creator of the job, in the stored role; None for a scheduled job."""
    arguments: str
    state: Mapping[str, Any]
    done: int

    @property
    def fence(self) -> dict[str, object]:
        """Parameters of the condition that this process still holds the job."""
        return {"id": self.job_id, "attempt": self.attempt}


class JobRunner:
    """Runner of one process. ``services`` are the application's."""

    def __init__(
        self, declarations: Declarations, connections: ConnectionPool, settings: Settings, services: object = None
    ) -> None:
        self.declarations, self.connections, self.settings, self.services = (
            declarations,
            connections,
            settings,
            services,
        )
        self._lease = timedelta(seconds=settings.job_lease)
        self._due, self._is_stopping = asyncio.Event(), False
        self._running: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Search for due jobs now."""
        self._due.set()

    async def run(self) -> None:
        """Run due jobs until cancelled, or until ``stop``."""
        is_reachable = True
        while not self._is_stopping:
            self._due.clear()
            free, found = self.settings.job_concurrency - len(self._running), 0
            try:
                found = await self._start_due(free) if free else 0
                is_reachable = True
            except DATABASE_ERRORS as error:
                if is_reachable:
                    log.warning("jobs not searched", cause=type(error).__name__)
                is_reachable = False
            if found < free or not free:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._due.wait(), POLL * uniform(0.8, 1.2))  # noqa: S311 (no secret)

    async def stop(self, seconds: float) -> None:
        """Start no more steps, wait for running ones, and return their jobs to the queue."""
        self._is_stopping = True
        self._due.set()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=seconds)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    async def _start_due(self, most: int) -> int:
        async with self.connections.driver() as driver:
            rows = await driver.fetch(CLAIM, [*self.declarations.jobs], most, self._lease)
        for row in rows:
            task = asyncio.create_task(self._run(self.declarations.jobs[row["job_name"]], lease_of(row)))
            self._running.add(task)
            task.add_done_callback(self._ended)
        return len(rows)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._due.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("job not recorded", exc_info=error)

    async def _run(self, declaration: JobDeclaration[Any], lease: Lease) -> None:
        """Run steps until the job ends or fails, or its slice is over."""
        metrics, began = self.connections.metrics, perf_counter()
        step: JobStep[Any] | None = None
        try:
            if lease.failures > declaration.retries:
                raise RuleError("The processes that ran the job have ended without a result.")
            arguments = declaration.adapter.validate_json(lease.arguments)
            step = JobStep(arguments, lease.state, lease.organization_id, lease.job_id, lease.done, self.services)
            while step is not None:
                started = perf_counter()
                step = await self._step(declaration, lease, step, is_last=started - began > SLICE)
                metrics.job_steps.labels(declaration.name).observe(perf_counter() - started)
        except LeaseLost:
            log.info("job left", job=str(lease.job_id), name=declaration.name)
        except asyncio.CancelledError:
            await self._transaction(lease, lambda tx: tx.fetch(RELEASE, **lease.fence))
            raise
        except Exception as error:
            metrics.job_failures.labels(declaration.name).inc()
            await self._failed(declaration, lease, error, is_first=step is not None and step.state == lease.state)

    async def _step(
        self, declaration: JobDeclaration[Any], lease: Lease, step: JobStep[Any], *, is_last: bool
    ) -> JobStep[Any] | None:
        """Run a step, and return the next one; None if the job has ended, or was returned to the queue."""
        result = StepResult()

        async def work(tx: WriteTransaction) -> None:
            nonlocal result
            result = await declaration.step(tx, step)
            is_running = result.state is not None
            kept = await tx.fetch(
                CHECKPOINT,
                **lease.fence,
                state=orjson.dumps(step.state if result.state is None else dict(result.state)).decode(),
                status="RUNNING" if is_running else "SUCCEEDED",
                done=result.done,
                failed=result.failed,
                total=result.total,
                is_kept=is_running and not is_last and not self._is_stopping,
                lease=self._lease,
            )
            if not kept:
                raise LeaseLost

        ends = is_last or self._is_stopping
        async with asyncio.timeout(self._lease.total_seconds()):
            await self._transaction(lease, work)
        if result.state is None or ends or self._is_stopping:
            return None
        done = step.done + result.done
        return JobStep(step.arguments, result.state, step.organization_id, step.job_id, done, step.services)

    async def _transaction[T](self, lease: Lease, rule: Callable[[WriteTransaction], Awaitable[T]]) -> T:
        session = OperationSession(self.connections, lease.organization_id, lease.viewer)

        async def work(connection: PooledConnection) -> T:
            connection.is_last = True
            return await rule(WriteTransaction(connection, lease.organization_id, session.access.viewer))

        try:
            return await session.write(work)
        finally:
            await session.close()

    async def _failed(
        self, declaration: JobDeclaration[Any], lease: Lease, error: Exception, *, is_first: bool
    ) -> None:
        """Store the failure of a step: the next attempt follows after a pause, unless the error would be the same."""
        failures = (lease.failures if is_first else 0) + 1
        is_final = isinstance(error, RuleError | Refused | InvalidToken) or failures > declaration.retries
        pause = min(LONGEST_BACKOFF, 2.0 ** (failures - 1)) * uniform(0.75, 1.25)  # noqa: S311 (no secret)
        given = {
            "status": "FAILED" if is_final else "QUEUED",
            "error": self._reason(declaration, lease, error),
            "pause": timedelta(seconds=0 if is_final else pause),
        }
        # without the viewer, whose access may have ended
        bare = Lease(lease.organization_id, lease.job_id, lease.attempt, 0, None, "", {}, 0)
        try:
            await self._transaction(bare, lambda tx: tx.fetch(END, **lease.fence, **given))
        except (*DATABASE_ERRORS, Unavailable, CommitUnknown) as unstored:
            # the lease ends by itself
            log.warning("failure of a job not stored", job=str(lease.job_id), cause=type(unstored).__name__)

    @staticmethod
    def _reason(declaration: JobDeclaration[Any], lease: Lease, error: Exception) -> str:
        """Return the reason of a failure for users. A bug is logged under an ID."""
        if isinstance(error, RuleError | Refused):
            return " ".join(dict.fromkeys(str(each) for each in rule_errors(error)))
        if isinstance(error, InvalidToken):
            return "The user who started the job has no access any more."
        if isinstance(error, TimeoutError):
            return "A step of the job has exceeded its time limit."
        if is_unavailable(error):
            log.warning("job interrupted", job=str(lease.job_id), name=declaration.name, cause=type(error).__name__)
            return "The database was not available."
        error_id = str(uuid4())
        log.error("job failed", job=str(lease.job_id), name=declaration.name, error_id=error_id, exc_info=error)
        return f"Unexpected error {error_id}, which is logged."


def lease_of(row: Record) -> Lease:
    """Return the lease of a claimed job."""
    tenant, user_id, role = row["tenant"], row["user_id"], row["role"]
    scopes = None if row["scopes"] is None else frozenset(cast(str, row["scopes"]).split())
    viewer = None if user_id is None else Viewer(user_id, tenant, role, ANY_VERSION, scopes=scopes)
    return Lease(
        tenant,
        row["job_id"],
        row["attempt"],
        row["failures"],
        viewer,
        row["arguments"],
        orjson.loads(row["state"]),
        row["done"],
    )
