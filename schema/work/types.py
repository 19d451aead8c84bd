"""GraphQL types of tasks, categories and labels."""

from datetime import UTC, datetime

from graphql_app.identity.models import Organization, User
from graphql_app.sql.edges import reverse
from graphql_app.types.declarations import computed
from graphql_app.types.lists import to_many
from graphql_app.types.model_type import extends, model_type
from graphql_app.types.records import Node
from graphql_app.types.relations import to_one
from schema.billing.models import Order
from schema.people.models import Worker
from schema.work import models as m


@model_type(m.Category)
class Category(Node):
    name: str
    description: str | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = to_one(m.Category.organization)
    tasks = to_many(m.Category.tasks)


@model_type(m.Label)
class Label(Node):
    name: str
    color: str
    created_at: datetime
    updated_at: datetime
    version: int

    organization = to_one(m.Label.organization)
    tasks = to_many(m.Label.tasks)


@model_type(m.Task)
class Task(Node):
    title: str
    description: str | None
    status: m.TaskStatus
    priority: int
    due_at: datetime | None
    completed_at: datetime | None
    processed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = to_one(m.Task.organization)
    category = to_one(m.Task.category)
    assignee = to_one(m.Task.assignee)
    creator = to_one(m.Task.creator)
    completed_by = to_one(m.Task.completed_by)
    parent = to_one(m.Task.parent)
    order = to_one(m.Task.order)
    subtasks = to_many(m.Task.subtasks)
    labels = to_many(m.Task.labels)

    @computed("due_at", "status")
    def is_overdue(self) -> bool:
        """True if the due date has passed and the task is neither done nor cancelled."""
        return self.due_at is not None and self.status not in m.FINISHED and self.due_at < datetime.now(UTC)


@extends(Organization)
class OrganizationWork:
    categories = to_many(reverse(m.Category.organization))
    labels = to_many(reverse(m.Label.organization))
    tasks = to_many(reverse(m.Task.organization))


@extends(User)
class UserWork:
    created_tasks = to_many(reverse(m.Task.creator))
    completed_tasks = to_many(reverse(m.Task.completed_by))


@extends(Worker)
class WorkerWork:
    tasks = to_many(reverse(m.Task.assignee))


@extends(Order)
class OrderWork:
    tasks = to_many(reverse(m.Task.order))
