"""GraphQL type of background jobs."""

from datetime import datetime

from graphql_app.identity.models import Organization, User
from graphql_app.jobs import models as m
from graphql_app.sql.edges import reverse
from graphql_app.types.declarations import computed
from graphql_app.types.lists import to_many
from graphql_app.types.model_type import extends, model_type
from graphql_app.types.records import Node
from graphql_app.types.relations import to_one


@model_type(m.Job, name="Job")
class JobType(Node):
    name: str
    status: m.JobStatus
    total: int | None
    done: int
    failed: int
    error: str | None
    priority: int
    started_at: datetime | None
    finished_at: datetime | None
    created_at: datetime
    updated_at: datetime

    organization = to_one(m.Job.organization)
    created_by = to_one(m.Job.created_by)

    @computed("total", "done", "failed", "status")
    def progress(self) -> float | None:
        """Part of the items that were processed or rejected, from 0 to 1; null while the total is unknown."""
        if self.status == m.JobStatus.SUCCEEDED:
            return 1.0
        return min(1.0, (self.done + self.failed) / self.total) if self.total else None


@extends(Organization)
class OrganizationJobs:
    jobs = to_many(reverse(m.Job.organization))


@extends(User)
class UserJobs:
    jobs = to_many(reverse(m.Job.created_by))
