"""Mutations that create, change and delete labels, and add them to tasks or remove them."""

import strawberry
from strawberry import ID

from graphql_app.mutations.input_checks import items
from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, deleted_id, record
from graphql_app.views.described import field, optional
from schema.inputs import EXPECTED_VERSION
from schema.work import models as m
from schema.work.mutations.tasks import AS_IT_IS
from schema.work.rules import labels

NAME = "Its name, unique in the organization: 1 to 50 characters."
COLOR = "The color to show it in: `#` and six lower-case hexadecimal digits."


@input_of(m.Label, "A label to be created.")
class CreateLabelInput:
    name: str = field(NAME)
    color: str = field(COLOR)


@strawberry.type(description="The label that was created.")
class CreateLabelPayload(Payload):
    label = record(m.Label, "The new label; null when there are errors.")


@input_of(m.Label, "What to change of a label. What is left out stays as it is.")
class UpdateLabelInput:
    id: ID = field("The label's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    name: str | None = optional(NAME)
    color: str | None = optional(COLOR)


@strawberry.type(description="The label that was changed.")
class UpdateLabelPayload(Payload):
    label = record(m.Label, "The label as it is now; null when there are errors.")


@input_of(m.Label, "A label to be deleted.")
class DeleteLabelInput:
    id: ID = field("The label's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="What became of the deletion.")
class DeleteLabelPayload(Payload):
    deleted_id = deleted_id("The id of the label that is gone; null when there are errors.")


@input_of(m.Task, "Labels to be put on a task.")
class AddTaskLabelsInput:
    id: ID = field("The task's id.")
    label_ids: list[ID] = field("The ids of the labels: 1 to 100.", items(1, 100))
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The task that carries the labels.")
class AddTaskLabelsPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@input_of(m.Task, "Labels to be taken off a task.")
class RemoveTaskLabelsInput:
    id: ID = field("The task's id.")
    label_ids: list[ID] = field("The ids of the labels: 1 to 100.", items(1, 100))
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The task that does not carry the labels any more.")
class RemoveTaskLabelsPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@strawberry.type
class LabelMutation:
    create_label = mutation(
        labels.create_label, CreateLabelInput, CreateLabelPayload, "Create a label. For owners and managers."
    )
    update_label = mutation(
        labels.update_label, UpdateLabelInput, UpdateLabelPayload, "Change a label. For owners and managers."
    )
    delete_label = mutation(
        labels.delete_label,
        DeleteLabelInput,
        DeleteLabelPayload,
        "Delete a label. The tasks that carry it stay, without it. For owners and managers.",
    )
    add_task_labels = mutation(
        labels.add_task_labels,
        AddTaskLabelsInput,
        AddTaskLabelsPayload,
        "Put labels on a task. Those that it carries already are no error; the task's version counts up if any is new.",
    )
    remove_task_labels = mutation(
        labels.remove_task_labels,
        RemoveTaskLabelsInput,
        RemoveTaskLabelsPayload,
        "Take labels off a task. Those that it does not carry are no error; the version counts up if it carried any.",
    )
