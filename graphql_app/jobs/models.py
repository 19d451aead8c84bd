"""Models of background jobs, whose table is the queue, and of schedules."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.identity.models import Organization, User, UserRole
from graphql_app.models.access import KEEP, TableAccess
from graphql_app.models.base import SystemBase, TenantBase
from graphql_app.models.columns import Choice, choice, page_index
from graphql_app.models.relationships import back, related, tenant_key
from graphql_app.sql.row_rules import Condition, RuleViewer, visible

__all__ = ["Job", "JobStatus"]


class JobStatus(Choice):
    """Progress of a background job."""

    QUEUED = "QUEUED", "Waits for a process, or for the next attempt after a failure."
    RUNNING = "RUNNING", "Is being run."
    SUCCEEDED = "SUCCEEDED", "Ended, with all items processed or rejected."
    FAILED = "FAILED", "Ended by an error. Completed steps are saved."
    CANCELLED = "CANCELLED", "Ended by `cancelJob`. Completed steps are saved."


ENDED = (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED)
"""Statuses of jobs that will not run again."""


class Job(TenantBase):
    """Background job. Its creator and the owners see it."""

    __tablename__ = "jobs"
    __access__ = TableAccess(KEEP)
    __events__ = None  # progress is read from the row
    __table_args__ = (
        tenant_key("created_by_id", "users", ondelete="CASCADE"),
        CheckConstraint("priority BETWEEN 1 AND 5", name="priority"),
        CheckConstraint("done >= 0 AND failed >= 0 AND total >= 0", name="counts"),
        CheckConstraint("leased_until IS NULL OR status = 'RUNNING'", name="lease"),
        CheckConstraint(
            "(status IN ('SUCCEEDED', 'FAILED', 'CANCELLED')) = (finished_at IS NOT NULL)", name="finished_at"
        ),
        page_index("created_by_id"),
        page_index("created_at"),
    )

    name: Mapped[str] = mapped_column(comment="Name of the kind of job.")
    status: Mapped[JobStatus] = mapped_column(
        choice(JobStatus, "status"), default=JobStatus.QUEUED, comment="Status of the job."
    )
    arguments: Mapped[dict[str, object]] = mapped_column(JSONB, comment="Arguments of the job.")
    state: Mapped[dict[str, object]] = mapped_column(
        JSONB, default=dict, comment="Checkpoint that the last step has stored for the next one."
    )
    total: Mapped[int | None] = mapped_column(comment="Number of items to process; null while it is unknown.")
    done: Mapped[int] = mapped_column(server_default=text("0"), comment="Number of items that were processed.")
    failed: Mapped[int] = mapped_column(server_default=text("0"), comment="Number of items that were rejected.")
    error: Mapped[str | None] = mapped_column(comment="Reason of the last failure; null without one.")
    priority: Mapped[int] = mapped_column(SmallInteger, default=3, comment="Priority from 1 (lowest) to 5 (highest).")
    concurrency_key: Mapped[str | None] = mapped_column(
        comment="Key of which at most one job of the organization runs at a time; null without one."
    )
    available_at: Mapped[datetime] = mapped_column(
        server_default=text("now()"),
        comment="Time from which a process may run the job: its start, another attempt, or the lease end.",
    )
    leased_until: Mapped[datetime | None] = mapped_column(
        comment="Time until which a process holds the job; null if none does."
    )
    attempt: Mapped[int] = mapped_column(
        server_default=text("0"),
        comment="Number of leases so far. Every write of a process requires the number of its own lease.",
    )
    failures: Mapped[int] = mapped_column(
        server_default=text("0"), comment="Number of failures since the last completed step."
    )
    started_at: Mapped[datetime | None] = mapped_column(comment="Time at which the job was started; null before.")
    finished_at: Mapped[datetime | None] = mapped_column(comment="Time at which the job ended; null before.")
    created_by_id: Mapped[UUID | None] = mapped_column(
        comment="ID of the user who started the job; null for a scheduled job."
    )
    scopes: Mapped[str | None] = mapped_column(
        comment="Scopes of the API key that started the job, separated by spaces; null without one."
    )

    organization: Mapped[Organization] = related(
        backref=back("jobs", doc="Background jobs of the organization."), doc="Organization of the job."
    )
    created_by: Mapped[User | None] = related(
        backref=back("jobs", doc="Background jobs that the user started."),
        doc="User who started the job; null for a scheduled job.",
    )


Index(
    "ix_jobs_queue",
    Job.priority.desc(),
    Job.available_at,
    Job.id,
    postgresql_where=text("status IN ('QUEUED', 'RUNNING')"),
)
Index("ix_jobs_finished_at", Job.finished_at, postgresql_where=text("finished_at IS NOT NULL"))
Index(
    "uq_jobs_organization_id_concurrency_key",
    Job.organization_id,
    Job.concurrency_key,
    unique=True,
    postgresql_where=text("status = 'RUNNING'"),
)


def _is_own(viewer: RuleViewer) -> Condition:
    return viewer.role == UserRole.OWNER or Job.created_by_id == viewer.user_id


visible(Job, _is_own)


class JobSchedule(SystemBase):
    """Schedule that the processes have declared, with the time of its next run."""

    __tablename__ = "job_schedules"

    name: Mapped[str] = mapped_column(primary_key=True, comment="Name of the schedule.")
    timing: Mapped[str] = mapped_column(comment="Cron expression in UTC, or interval in seconds.")
    next_at: Mapped[datetime] = mapped_column(comment="Time of the next run.")
    attempt: Mapped[int] = mapped_column(
        server_default=text("0"),
        comment="Number of runs so far. Every write of a process requires the number of its own run.",
    )
    failures: Mapped[int] = mapped_column(
        server_default=text("0"), comment="Number of failures since the last successful run."
    )
    error: Mapped[str | None] = mapped_column(comment="Reason of the last failure; null without one.")
    leased_until: Mapped[datetime | None] = mapped_column(
        comment="Time until which a process holds the run; null if none does."
    )
    started_at: Mapped[datetime | None] = mapped_column(comment="Time at which the last run began.")
    finished_at: Mapped[datetime | None] = mapped_column(comment="Time at which the last successful run ended.")
