"""Root fields of tasks, categories and labels."""

import strawberry

from graphql_app.types.lists import connection
from graphql_app.types.records import by_id
from schema.work import models as m
from schema.work.mutations.bulk import ManyTasksMutation
from schema.work.mutations.categories import CategoryMutation
from schema.work.mutations.labels import LabelMutation
from schema.work.mutations.orders import OrderMutation
from schema.work.mutations.progress import ProgressMutation
from schema.work.mutations.tasks import TaskMutation

NODES = (
    m.Task,
    m.Category,
    m.Label,
)


@strawberry.type
class Query:
    task = by_id(m.Task, "Task with this ID; null if there is none.")
    tasks = connection(m.Task, "Tasks of the organization, subtasks included.")
    category = by_id(m.Category, "Category with this ID; null if there is none.")
    categories = connection(m.Category, "Categories of the organization.")
    label = by_id(m.Label, "Label with this ID; null if there is none.")
    labels = connection(m.Label, "Labels of the organization.")


@strawberry.type
class Mutation(TaskMutation, ProgressMutation, ManyTasksMutation, CategoryMutation, LabelMutation, OrderMutation):
    """Mutations of work."""
