"""Jobs of tests, and their runner on a database with both organizations."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from graphql_app.database.pool import ConnectionPool
from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Invalid
from graphql_app.jobs.declarations import Declarations, JobDeclaration, JobStep, StepResult, job
from graphql_app.jobs.process import running_jobs
from graphql_app.jobs.queue import enqueue
from graphql_app.jobs.runner import JobRunner
from tests.support.databases import TestDatabase
from tests.support.rule_runner import Ruling
from tests.support.settings import settings_for

NOTE = text(
    "INSERT INTO categories (organization_id, id, name) VALUES (:organization, gen_random_uuid(), CAST(:name AS text))"
)
"""Effect of a step: a category."""
ROW = "SELECT status, done, failed, total, error, attempt, failures, leased_until FROM jobs WHERE id = $1"
NOTES = "SELECT name FROM categories WHERE name LIKE 'step %' ORDER BY name"
SECONDS = 20.0
"""Time limit of a job in tests."""


@dataclass(frozen=True)
class Count:
    """Arguments of a job that counts, with a step and an effect for each number."""

    until: int
    fails: int = 0
    """Number of failures before the last step."""
    error: str = ""
    """Error that the last step reports."""
    waits: float = 0.0
    """Seconds of each step."""


@dataclass
class Steps:
    """Declarations of the jobs of a test, and what their steps have done, including what was rolled back."""

    begun: list[tuple[str, int]] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    failures: int = 0
    roles: set[str] = field(default_factory=set)

    def declare(self, name: str, **options: Any) -> JobDeclaration[Count]:
        """Return a job that counts."""

        @job(name, **options)
        async def count(tx: WriteTransaction, step: JobStep[Count]) -> StepResult:
            number = int(step.state.get("number", 0)) + 1
            self.begun.append((name, number))
            self.running += 1
            self.most_running = max(self.most_running, self.running)
            try:
                self.roles.add(tx.viewer.role)
                await tx.execute(
                    NOTE.bindparams(organization=tx.organization_id, name=f"step {name} {number} {step.job_id}")
                )
                await asyncio.sleep(step.arguments.waits)
                if number == step.arguments.until:
                    if self.failures < step.arguments.fails:
                        self.failures += 1
                        raise RuntimeError("a failure of a test")
                    if step.arguments.error:
                        raise Invalid(step.arguments.error)
            finally:
                self.running -= 1
            is_last = number == step.arguments.until
            return StepResult(done=1, total=step.arguments.until, state=None if is_last else {"number": number})

        return count


@dataclass
class Queue:
    """Queue of a test: jobs are enqueued by Alpha's first user, and run by ``running``."""

    database: TestDatabase
    ruling: Ruling

    async def add(self, declaration: JobDeclaration[Any], arguments: object, **options: Any) -> UUID:
        """Enqueue a job, and return its ID."""

        async def rule(tx: WriteTransaction) -> UUID:
            return (await enqueue(tx, declaration, arguments, **options)).id

        return await self.ruling.run(rule)

    @asynccontextmanager
    async def running(self, *declarations: JobDeclaration[Any], **settings: Any) -> AsyncIterator[JobRunner]:
        """Run jobs on the pool of the rules."""
        declared = Declarations({each.name: each for each in declarations})
        chosen = settings_for(self.database, **settings)
        async with running_jobs(declared, self.connections, chosen, None) as runner:
            yield runner

    @property
    def connections(self) -> ConnectionPool:
        """Pool of the rules and of the runner."""
        return self.ruling.connections

    async def row(self, id: UUID) -> dict[str, Any]:
        """Return the row of a job."""
        return await self.read(ROW, id)

    async def read(self, query: str, *arguments: object) -> dict[str, Any]:
        """Return the first row of a query on all organizations."""
        async with self.database.as_system() as connection:
            row = await connection.fetchrow(query, *arguments)
        assert row is not None
        return dict(row)

    async def ended(self, id: UUID) -> dict[str, Any]:
        """Wait until a job has ended, and return its row."""
        return await self.until(id, lambda row: row["status"] in ("SUCCEEDED", "FAILED", "CANCELLED"))

    async def until(self, id: UUID, is_met: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until the row of a job meets a condition, and return it."""
        async with asyncio.timeout(SECONDS):
            while not is_met(row := await self.row(id)):  # noqa: ASYNC110 (another task changes the row)
                await asyncio.sleep(0.02)
        return row

    async def notes(self) -> list[str]:
        """Return the effects of the committed steps."""
        async with self.database.as_system() as connection:
            return [" ".join(row["name"].split()[:3]) for row in await connection.fetch(NOTES)]

    async def change(self, statement: str, *arguments: object) -> None:
        """Change rows of any organization."""
        async with self.database.as_system() as connection:
            await connection.execute(statement, *arguments)


@pytest.fixture
async def queue(ruling: Ruling, own_organizations: TestDatabase) -> Queue:
    """Provide an empty queue."""
    queue = Queue(own_organizations, ruling)
    await queue.change("DELETE FROM jobs")
    return queue


@pytest.fixture
def steps() -> Steps:
    """Provide declarations of jobs."""
    return Steps()
