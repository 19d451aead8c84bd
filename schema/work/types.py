"""How tasks, categories and labels are shown, and what creating and completing a task takes and gives."""

from datetime import UTC, datetime

import strawberry
from strawberry import ID

from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.payloads import Payload, record
from graphql_app.statements.edges import reverse
from graphql_app.views.described import computed, field, optional
from graphql_app.views.fields import one
from graphql_app.views.lists import many
from graphql_app.views.node import Node
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
        """Whether it should have been done by now and neither is nor was cancelled."""
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


@input_of(m.Task, "A task to be created.")
class CreateTaskInput:
    title: str = field("What is to be done, in one line: 1 to 200 characters.")
    description: str | None = optional("What is to be done, at length: up to 10,000 characters.")
    priority: int | None = optional("How urgent it is, from 1 (whenever there is time) to 5 (at once); 3 unless said.")
    due_at: datetime | None = optional("When it has to be done by.")
    category_id: ID | None = optional("The id of its category.")
    assignee_id: ID | None = optional("The id of the worker who shall do it.")
    parent_id: ID | None = optional("The id of the task that it is a part of.")


@strawberry.type(description="The task that was created.")
class CreateTaskPayload(Payload):
    task = record(m.Task, "The new task; null when there are errors.")


@input_of(m.Task, "A task that is done.")
class CompleteTaskInput:
    id: ID = field("The task's id.")
    expected_version: int | None = optional("The version that you have seen: if it changed since, nothing is done.")


@strawberry.type(description="The task that was completed.")
class CompleteTaskPayload(Payload):
    task = record(m.Task, "The task as it is now; null when there are errors.")
