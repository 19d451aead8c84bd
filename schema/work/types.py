"""GraphQL types of tasks, categories and labels."""

from datetime import UTC, datetime

from graphql_app.statements.edges import reverse
from graphql_app.views.described import computed
from graphql_app.views.fields import one
from graphql_app.views.lists import many
from graphql_app.views.records import Node
from graphql_app.views.view import extends, view
from schema.billing.models import Order
from schema.people.models import Organization, User, Worker
from schema.work import models as m


@view(m.Category)
class Category(Node):
    name: str
    description: str | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = one(m.Category.organization)
    tasks = many(m.Category.tasks)


@view(m.Label)
class Label(Node):
    name: str
    color: str
    created_at: datetime
    updated_at: datetime
    version: int

    organization = one(m.Label.organization)
    tasks = many(m.Label.tasks)


@view(m.Task)
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

    organization = one(m.Task.organization)
    category = one(m.Task.category)
    assignee = one(m.Task.assignee)
    creator = one(m.Task.creator)
    completed_by = one(m.Task.completed_by)
    parent = one(m.Task.parent)
    order = one(m.Task.order)
    subtasks = many(m.Task.subtasks)
    labels = many(m.Task.labels)

    @computed("due_at", "status")
    def is_overdue(self) -> bool:
        """True if the due date has passed and the task is neither done nor cancelled."""
        return self.due_at is not None and self.status not in m.FINISHED and self.due_at < datetime.now(UTC)


@extends(Organization)
class OrganizationWork:
    categories = many(reverse(m.Category.organization))
    labels = many(reverse(m.Label.organization))
    tasks = many(reverse(m.Task.organization))


@extends(User)
class UserWork:
    created_tasks = many(reverse(m.Task.creator))
    completed_tasks = many(reverse(m.Task.completed_by))


@extends(Worker)
class WorkerWork:
    tasks = many(reverse(m.Task.assignee))


@extends(Order)
class OrderWork:
    tasks = many(reverse(m.Task.order))
