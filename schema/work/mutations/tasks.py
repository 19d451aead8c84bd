"""Mutations that create, change, assign and delete a task."""

from datetime import datetime

import strawberry
from strawberry import ID

from graphql_app.database.transaction_sql import SHARE_TENANT
from graphql_app.identity.models import MANAGERS
from graphql_app.mutations.inputs import EXPECTED_VERSION, input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, deleted_id, record
from graphql_app.sql.row_rules import only
from graphql_app.types.declarations import field, optional
from schema.work import models as m
from schema.work.mutations.categories import CreateCategoryInput
from schema.work.rules import assigning, tasks

TITLE = "Title of the task, 1-200 characters in one line."
DESCRIPTION = "Description of the task, up to 10,000 characters."
AS_IT_IS = "The updated task; null if there are errors."


@input_of(m.Task, "Input of `createTask`.")
class CreateTaskInput:
    title: str = field(TITLE)
    description: str | None = optional(DESCRIPTION)
    priority: int | None = optional("Priority from 1 (lowest) to 5 (highest). Default: 3.")
    due_at: datetime | None = optional("Due date and time.")
    category_id: ID | None = optional("ID of the category.")
    assignee_id: ID | None = optional("ID of the worker to whom the task is assigned.")
    parent_id: ID | None = optional("ID of the parent task; null for a top-level task.")


@strawberry.type(description="Payload of `createTask`.")
class CreateTaskPayload(Payload):
    task = record(m.Task, "The created task; null if there are errors.")


@input_of(m.Task, "First task of a new category.")
class FirstTaskInput:
    title: str = field(TITLE)
    description: str | None = optional(DESCRIPTION)
    priority: int | None = optional("Priority from 1 (lowest) to 5 (highest). Default: 3.")
    due_at: datetime | None = optional("Due date and time.")
    assignee_id: ID | None = optional("ID of the worker to whom the task is assigned.")
    parent_id: ID | None = optional("ID of the parent task; null for a top-level task.")


@strawberry.input(description="Input of `createTaskWithCategory`.")
class CreateTaskWithCategoryInput:
    category: CreateCategoryInput = field("Category to create.")
    task: FirstTaskInput = field("Task to create with the category.")


@strawberry.type(description="Payload of `createTaskWithCategory`. Contains both records or neither.")
class CreateTaskWithCategoryPayload(Payload):
    category = record(m.Category, "The created category; null if there are errors.")
    task = record(m.Task, "The created task; null if there are errors.")


@input_of(m.Task, "Input of `updateTask`. Omitted fields keep their values.")
class UpdateTaskInput:
    id: ID = field("ID of the task.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    title: str | None = optional(TITLE)
    description: str | None = optional(f"{DESCRIPTION} Null removes it.")
    priority: int | None = optional("Priority from 1 (lowest) to 5 (highest).")
    due_at: datetime | None = optional("Due date and time; null if there is none.")
    category_id: ID | None = optional("ID of the category; null removes it.")
    assignee_id: ID | None = optional("ID of the worker to whom the task is assigned; null unassigns it.")
    parent_id: ID | None = optional(
        "ID of the parent task; null makes it a top-level task. The parent must not be the task itself or one "
        "of its subtasks at any depth."
    )


@strawberry.type(description="Payload of `updateTask`.")
class UpdateTaskPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@input_of(m.Task, "Input of `assignTask`.")
class AssignTaskInput:
    id: ID = field("ID of the task.")
    worker_id: ID = field("ID of the worker to whom the task is assigned.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `assignTask`.")
class AssignTaskPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@input_of(m.Task, "Input of `unassignTask`.")
class UnassignTaskInput:
    id: ID = field("ID of the task.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `unassignTask`.")
class UnassignTaskPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@input_of(m.Task, "Input of `deleteTask`.")
class DeleteTaskInput:
    id: ID = field("ID of the task.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `deleteTask`.")
class DeleteTaskPayload(Payload):
    deleted_id = deleted_id("ID of the deleted task; null if there are errors.")


@strawberry.type
class TaskMutation:
    create_task = mutation(
        tasks.create_task, CreateTaskInput, CreateTaskPayload, "Create a task. The viewer becomes its creator."
    )
    create_task_with_category = mutation(
        tasks.create_task_with_category,
        CreateTaskWithCategoryInput,
        CreateTaskWithCategoryPayload,
        "Create a category and its first task in one transaction.",
        roles=MANAGERS,
    )
    update_task = mutation(
        tasks.update_task,
        UpdateTaskInput,
        UpdateTaskPayload,
        "Update a task. The assignee cannot be changed once the task is done or cancelled.",
    )
    assign_task = mutation(
        assigning.assign_task,
        AssignTaskInput,
        AssignTaskPayload,
        "Assign a task to an active worker. Error codes: `ILLEGAL_STATE` if the task is done or cancelled.",
    )
    unassign_task = mutation(
        assigning.unassign_task,
        UnassignTaskInput,
        UnassignTaskPayload,
        "Unassign a task. Error codes: `ILLEGAL_STATE` if the task is done or cancelled.",
    )
    delete_task = mutation(
        tasks.delete_task,
        DeleteTaskInput,
        DeleteTaskPayload,
        "Delete a task with its subtasks and all their comments; labels, category and workers are kept. "
        "Requires role OWNER or MANAGER, unless the viewer is its creator. A task that fulfils an order, or "
        "has a subtask that does, cannot be deleted; cancel it instead.",
        rows=only(m.Task, m.is_creator, "Requires role OWNER or MANAGER, unless you are the creator of the task."),
        begins_with=SHARE_TENANT,
    )
