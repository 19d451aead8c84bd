"""Mutations that create, change, assign and delete a task."""

from datetime import datetime

import strawberry
from strawberry import ID

from graphql_app.database.transactions import SHARE_TENANT
from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, deleted_id, record
from graphql_app.views.described import field, optional
from schema.inputs import EXPECTED_VERSION
from schema.work import models as m
from schema.work.mutations.categories import CreateCategoryInput
from schema.work.rules import assigning, tasks

TITLE = "What is to be done, in one line: 1 to 200 characters."
DESCRIPTION = "What is to be done, at length: up to 10,000 characters."
AS_IT_IS = "The task as it is now; null when there are errors."


@input_of(m.Task, "A task to be created.")
class CreateTaskInput:
    title: str = field(TITLE)
    description: str | None = optional(DESCRIPTION)
    priority: int | None = optional("How urgent it is, from 1 (whenever there is time) to 5 (at once); 3 unless said.")
    due_at: datetime | None = optional("When it has to be done by.")
    category_id: ID | None = optional("The id of its category.")
    assignee_id: ID | None = optional("The id of the worker who shall do it.")
    parent_id: ID | None = optional("The id of the task that it is a part of.")


@strawberry.type(description="The task that was created.")
class CreateTaskPayload(Payload):
    task = record(m.Task, "The new task; null when there are errors.")


@input_of(m.Task, "The first task of a new category.")
class FirstTaskInput:
    title: str = field(TITLE)
    description: str | None = optional(DESCRIPTION)
    priority: int | None = optional("How urgent it is, from 1 (whenever there is time) to 5 (at once); 3 unless said.")
    due_at: datetime | None = optional("When it has to be done by.")
    assignee_id: ID | None = optional("The id of the worker who shall do it.")
    parent_id: ID | None = optional("The id of the task that it is a part of.")


@strawberry.input(description="A category, and the first task in it.")
class CreateTaskWithCategoryInput:
    category: CreateCategoryInput = field("The category to be created.")
    task: FirstTaskInput = field("The task to be created in it.")


@strawberry.type(description="The category and the task that were created: both, or neither.")
class CreateTaskWithCategoryPayload(Payload):
    category = record(m.Category, "The new category; null when there are errors.")
    task = record(m.Task, "The new task; null when there are errors.")


@input_of(m.Task, "What to change of a task. What is left out stays as it is.")
class UpdateTaskInput:
    id: ID = field("The task's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    title: str | None = optional(TITLE)
    description: str | None = optional(f"{DESCRIPTION} Null for none.")
    priority: int | None = optional("How urgent it is, from 1 (whenever there is time) to 5 (at once).")
    due_at: datetime | None = optional("When it has to be done by; null for no such time.")
    category_id: ID | None = optional("The id of its category; null for none.")
    assignee_id: ID | None = optional("The id of the worker who does it; null leaves it unassigned.")
    parent_id: ID | None = optional(
        "The id of the task that it is a part of; null for a task of its own. It cannot become a part of one of its "
        "own parts."
    )


@strawberry.type(description="The task that was changed.")
class UpdateTaskPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@input_of(m.Task, "A task, and who shall do it.")
class AssignTaskInput:
    id: ID = field("The task's id.")
    worker_id: ID = field("The id of the worker who does it from now on.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The task that was assigned.")
class AssignTaskPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@input_of(m.Task, "The task to unassign.")
class UnassignTaskInput:
    id: ID = field("The task's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The unassigned task.")
class UnassignTaskPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@input_of(m.Task, "A task to be deleted.")
class DeleteTaskInput:
    id: ID = field("The task's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="What became of the deletion.")
class DeleteTaskPayload(Payload):
    deleted_id = deleted_id("The id of the task that is gone; null when there are errors.")


@strawberry.type
class TaskMutation:
    create_task = mutation(
        tasks.create_task, CreateTaskInput, CreateTaskPayload, "Create a task. The viewer becomes its creator."
    )
    create_task_with_category = mutation(
        tasks.create_task_with_category,
        CreateTaskWithCategoryInput,
        CreateTaskWithCategoryPayload,
        "Create a category and the first task in it: both, or neither. For owners and managers, who keep categories.",
    )
    update_task = mutation(
        tasks.update_task,
        UpdateTaskInput,
        UpdateTaskPayload,
        "Change a task. Who does it can only be changed until it is finished.",
    )
    assign_task = mutation(
        assigning.assign_task,
        AssignTaskInput,
        AssignTaskPayload,
        "Say who does a task. Not of one that is done or cancelled (`ILLEGAL_STATE`), nor to a deactivated worker.",
    )
    unassign_task = mutation(
        assigning.unassign_task,
        UnassignTaskInput,
        UnassignTaskPayload,
        "Unassign a task. Tasks that are done or cancelled are refused (`ILLEGAL_STATE`).",
    )
    delete_task = mutation(
        tasks.delete_task,
        DeleteTaskInput,
        DeleteTaskPayload,
        "Delete a task, with its subtasks and the comments on all of them; labels, category and workers stay. For its "
        "creator, owners and managers. A task that helps to fulfil an order, or has a subtask that does, stays: cancel "
        "it instead.",
        begins_with=SHARE_TENANT,
    )
