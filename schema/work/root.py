"""The root fields of tasks, categories and labels."""

import strawberry

from graphql_app.mutations.mutation import mutation
from graphql_app.views.lists import connection
from graphql_app.views.records import by_id
from schema.work import models as m
from schema.work import types
from schema.work.rules import progress, tasks

NODES = (
    m.Task,
    m.Category,
    m.Label,
)


@strawberry.type
class Query:
    task = by_id(m.Task, "The task with this id; null when there is none.")
    tasks = connection(m.Task, "The tasks of the organization, subtasks included.")
    category = by_id(m.Category, "The category with this id; null when there is none.")
    categories = connection(m.Category, "The categories of the organization.")
    label = by_id(m.Label, "The label with this id; null when there is none.")
    labels = connection(m.Label, "The labels of the organization.")


@strawberry.type
class Mutation:
    create_task = mutation(
        tasks.create_task,
        types.CreateTaskInput,
        types.CreateTaskPayload,
        "Create a task. The viewer becomes its creator.",
    )
    complete_task = mutation(
        progress.complete_task,
        types.CompleteTaskInput,
        types.CompleteTaskPayload,
        "Declare a task done. It cannot be done twice: who was first gets the credit, the other a conflict.",
    )
