"""Enqueuing and cancelling of jobs, as rules."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Conflict
from graphql_app.jobs.declarations import JobDeclaration
from graphql_app.jobs.models import ENDED, Job, JobStatus

__all__ = ["cancel_job", "enqueue"]

CHANNEL = "workline_jobs"
"""Channel on which committed jobs are announced."""


async def enqueue[A](
    tx: WriteTransaction, declaration: JobDeclaration[A], arguments: A, *, starts_at: datetime | None = None
) -> Job:
    """Add a job to the queue, in this transaction: it exists if and only if the transaction commits.

    It acts as the viewer, with the viewer's role at that time. ``starts_at`` is the earliest time of its first step.
    """
    scopes = tx.viewer.scopes
    job = Job(
        organization_id=tx.organization_id,
        name=declaration.name,
        arguments=declaration.adapter.dump_python(arguments, mode="json"),
        state={},
        priority=declaration.priority,
        concurrency_key=declaration.key_of(arguments),
        created_by_id=tx.viewer.user_id,
        scopes=None if scopes is None else " ".join(sorted(scopes)),
        available_at=func.now() if starts_at is None else starts_at,
    )
    tx.announce(CHANNEL)
    return await tx.save(job)


async def cancel_job(tx: WriteTransaction, *, id: UUID) -> Job:
    """Cancel a job. Its completed steps are kept; a step in progress is rolled back.

    Raises NotFound, also for a job that the viewer may not see, and Conflict if it has ended.
    """
    job = await tx.lock(Job, id)
    if job.status in ENDED:
        raise Conflict("The job has ended already.", "id", model=Job, id=id)
    return await tx.change(job, status=JobStatus.CANCELLED, finished_at=datetime.now(UTC), leased_until=None)
