"""Mutations that start, complete, cancel and reopen a task."""

import strawberry
from strawberry import ID

from graphql_app.mutations.inputs import EXPECTED_VERSION, input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, record
from graphql_app.types.declarations import field, optional
from schema.work import models as m
from schema.work.mutations.tasks import AS_IT_IS
from schema.work.rules import status as progress


@input_of(m.Task, "Input of `startTask`.")
class StartTaskInput:
    id: ID = field("ID of the task.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `startTask`.")
class StartTaskPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@input_of(m.Task, "Input of `completeTask`.")
class CompleteTaskInput:
    id: ID = field("ID of the task.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `completeTask`.")
class CompleteTaskPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@input_of(m.Task, "Input of `cancelTask`.")
class CancelTaskInput:
    id: ID = field("ID of the task.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `cancelTask`.")
class CancelTaskPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@input_of(m.Task, "Input of `reopenTask`.")
class ReopenTaskInput:
    id: ID = field("ID of the task.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `reopenTask`.")
class ReopenTaskPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@strawberry.type
class ProgressMutation:
    start_task = mutation(
        progress.start_task,
        StartTaskInput,
        StartTaskPayload,
        "Start an open task. Error codes: `CONFLICT` if it is already in progress; `ILLEGAL_STATE` if it is "
        "done or cancelled and must be reopened first.",
        event="task.started",
    )
    complete_task = mutation(
        progress.complete_task,
        CompleteTaskInput,
        CompleteTaskPayload,
        "Complete a task that is open or in progress. The first user who completes it gets the credit. "
        "Error codes: `CONFLICT` if it is already done; `ILLEGAL_STATE` if it is cancelled and must be reopened first.",
        event="task.completed",
    )
    cancel_task = mutation(
        progress.cancel_task,
        CancelTaskInput,
        CancelTaskPayload,
        "Cancel a task that is open or in progress. Its subtasks do not change. Error codes: `CONFLICT` if it "
        "is already cancelled; `ILLEGAL_STATE` if it is done and must be reopened first.",
        event="task.cancelled",
    )
    reopen_task = mutation(
        progress.reopen_task,
        ReopenTaskInput,
        ReopenTaskPayload,
        "Reopen a task that is done, cancelled or in progress. This removes the credit for a completion. Error "
        "codes: `CONFLICT` if it is already open; `ILLEGAL_STATE` if its order is fulfilled.",
        event="task.reopened",
    )
