"""Mutations that create, change and delete labels, and add them to tasks or remove them."""

import strawberry
from strawberry import ID

from graphql_app.identity.models import MANAGERS
from graphql_app.mutations.input_checks import items
from graphql_app.mutations.inputs import EXPECTED_VERSION, input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, deleted_id, record
from graphql_app.types.declarations import field, optional
from schema.work import models as m
from schema.work.mutations.tasks import AS_IT_IS
from schema.work.rules import labels

NAME = "Name, 1-50 characters in one line, unique in the organization."
COLOR = "Display color: `#` and six lower-case hexadecimal digits."


@input_of(m.Label, "Input of `createLabel`.")
class CreateLabelInput:
    name: str = field(NAME)
    color: str = field(COLOR)


@strawberry.type(description="Payload of `createLabel`.")
class CreateLabelPayload(Payload):
    label = record(m.Label, "The created label; null if there are errors.")


@input_of(m.Label, "Input of `updateLabel`. Omitted fields keep their values.")
class UpdateLabelInput:
    id: ID = field("ID of the label.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    name: str | None = optional(NAME)
    color: str | None = optional(COLOR)


@strawberry.type(description="Payload of `updateLabel`.")
class UpdateLabelPayload(Payload):
    label = record(m.Label, "The updated label; null if there are errors.")


@input_of(m.Label, "Input of `deleteLabel`.")
class DeleteLabelInput:
    id: ID = field("ID of the label.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `deleteLabel`.")
class DeleteLabelPayload(Payload):
    deleted_id = deleted_id("ID of the deleted label; null if there are errors.")


@input_of(m.Task, "Input of `addTaskLabels`.")
class AddTaskLabelsInput:
    id: ID = field("ID of the task.")
    label_ids: list[ID] = field("IDs of the labels, 1-100 items.", items(1, 100))
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `addTaskLabels`.")
class AddTaskLabelsPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@input_of(m.Task, "Input of `removeTaskLabels`.")
class RemoveTaskLabelsInput:
    id: ID = field("ID of the task.")
    label_ids: list[ID] = field("IDs of the labels, 1-100 items.", items(1, 100))
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `removeTaskLabels`.")
class RemoveTaskLabelsPayload(Payload):
    task = record(m.Task, AS_IT_IS)


@strawberry.type
class LabelMutation:
    create_label = mutation(
        labels.create_label,
        CreateLabelInput,
        CreateLabelPayload,
        "Create a label.",
        roles=MANAGERS,
    )
    update_label = mutation(
        labels.update_label,
        UpdateLabelInput,
        UpdateLabelPayload,
        "Update a label.",
        roles=MANAGERS,
    )
    delete_label = mutation(
        labels.delete_label,
        DeleteLabelInput,
        DeleteLabelPayload,
        "Delete a label. Tasks with the label are kept without it.",
        roles=MANAGERS,
    )
    add_task_labels = mutation(
        labels.add_task_labels,
        AddTaskLabelsInput,
        AddTaskLabelsPayload,
        "Add labels to a task. Labels that the task already has are ignored; the version of the task increases "
        "if any label is new.",
    )
    remove_task_labels = mutation(
        labels.remove_task_labels,
        RemoveTaskLabelsInput,
        RemoveTaskLabelsPayload,
        "Remove labels from a task. Labels that the task does not have are ignored; the version of the task "
        "increases if any label is removed.",
    )
