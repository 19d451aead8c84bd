"""Mutations that start, complete, cancel and reopen a task."""

import strawberry
from strawberry import ID

from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, record
from graphql_app.views.described import field, optional
from schema.inputs import EXPECTED_VERSION
from schema.work import models as m
from schema.work.mutations.tasks import AS_IT_IS
from schema.work.rules import progress


@input_of(m.Task, "The task to begin.")
class StartTaskInput:
    id: ID = field("The task's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The task that was begun.")
class StartTaskPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@input_of(m.Task, "A task that is done.")
class CompleteTaskInput:
    id: ID = field("The task's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The task that was completed.")
class CompleteTaskPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@input_of(m.Task, "A task that will not be done.")
class CancelTaskInput:
    id: ID = field("The task's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The task that was cancelled.")
class CancelTaskPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@input_of(m.Task, "A task that is to be done after all.")
class ReopenTaskInput:
    id: ID = field("The task's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The task that is open again.")
class ReopenTaskPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@strawberry.type
class ProgressMutation:
    start_task = mutation(
        progress.start_task,
        StartTaskInput,
        StartTaskPayload,
        "Begin an open task. One that is in progress already is a conflict; one that is done or cancelled has to be "
        "reopened first (`ILLEGAL_STATE`).",
    )
    complete_task = mutation(
        progress.complete_task,
        CompleteTaskInput,
        CompleteTaskPayload,
        "Declare a task done that is open or in progress. It cannot be done twice: who was first gets the credit, the "
        "other a conflict. A cancelled one has to be reopened first (`ILLEGAL_STATE`).",
    )
    cancel_task = mutation(
        progress.cancel_task,
        CancelTaskInput,
        CancelTaskPayload,
        "Call off a task that is open or in progress. One that is cancelled already is a conflict; one that is done "
        "has to be reopened first (`ILLEGAL_STATE`). Its subtasks stay as they are.",
    )
    reopen_task = mutation(
        progress.reopen_task,
        ReopenTaskInput,
        ReopenTaskPayload,
        "Put a task back to open: one that was done or cancelled, or begun by mistake. Who had done it loses the "
        "credit. One that is open is a conflict; one whose order was fulfilled stays done (`ILLEGAL_STATE`).",
    )
