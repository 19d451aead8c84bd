"""Mutations that create, change and complete many tasks at once."""

import strawberry

from graphql_app.mutations.bulk import bulk
from graphql_app.mutations.payloads import BulkPayload, results
from schema.work.mutations.progress import CompleteTaskInput, CompleteTaskPayload
from schema.work.mutations.tasks import CreateTaskInput, CreateTaskPayload, UpdateTaskInput, UpdateTaskPayload
from schema.work.rules import bulk as many_tasks
from schema.work.rules import status as progress

IN_THEIR_ORDER = "Payload of each task, in the order of `inputs`."


@strawberry.type(description="Payload of `createTasks`.")
class CreateTasksPayload(BulkPayload):
    results = results(CreateTaskPayload, IN_THEIR_ORDER)


@strawberry.type(description="Payload of `updateTasks`.")
class UpdateTasksPayload(BulkPayload):
    results = results(UpdateTaskPayload, IN_THEIR_ORDER)


@strawberry.type(description="Payload of `completeTasks`.")
class CompleteTasksPayload(BulkPayload):
    results = results(CompleteTaskPayload, IN_THEIR_ORDER)


@strawberry.type
class ManyTasksMutation:
    create_tasks = bulk(
        many_tasks.create_tasks,
        CreateTaskInput,
        CreateTasksPayload,
        "Create several tasks. The rules of `createTask` apply to each.",
    )
    update_tasks = bulk(
        many_tasks.update_tasks,
        UpdateTaskInput,
        UpdateTasksPayload,
        "Update several tasks. The rules of `updateTask` apply to each.",
    )
    complete_tasks = bulk(
        progress.complete_tasks,
        CompleteTaskInput,
        CompleteTasksPayload,
        "Complete several tasks. The rules of `completeTask` apply to each.",
    )
