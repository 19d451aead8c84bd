"""Mutations that create, change and delete categories."""

import strawberry
from strawberry import ID

from graphql_app.identity.models import MANAGERS
from graphql_app.mutations.inputs import EXPECTED_VERSION, input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, deleted_id, record
from graphql_app.types.declarations import field, optional
from schema.work import models as m
from schema.work.rules import categories

NAME = "Name, 1-100 characters in one line, unique in the organization."


@input_of(m.Category, "Input of `createCategory`.")
class CreateCategoryInput:
    name: str = field(NAME)
    description: str | None = optional("Description of the category, up to 2,000 characters.")


@strawberry.type(description="Payload of `createCategory`.")
class CreateCategoryPayload(Payload):
    category = record(m.Category, "The created category; null if there are errors.")


@input_of(m.Category, "Input of `updateCategory`. Omitted fields keep their values.")
class UpdateCategoryInput:
    id: ID = field("ID of the category.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    name: str | None = optional(NAME)
    description: str | None = optional("Description of the category, up to 2,000 characters; null removes it.")


@strawberry.type(description="Payload of `updateCategory`.")
class UpdateCategoryPayload(Payload):
    category = record(m.Category, "The updated category; null if there are errors.")


@input_of(m.Category, "Input of `deleteCategory`.")
class DeleteCategoryInput:
    id: ID = field("ID of the category.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `deleteCategory`.")
class DeleteCategoryPayload(Payload):
    deleted_id = deleted_id("ID of the deleted category; null if there are errors.")


@strawberry.type
class CategoryMutation:
    create_category = mutation(
        categories.create_category,
        CreateCategoryInput,
        CreateCategoryPayload,
        "Create a category.",
        roles=MANAGERS,
    )
    update_category = mutation(
        categories.update_category,
        UpdateCategoryInput,
        UpdateCategoryPayload,
        "Update a category.",
        roles=MANAGERS,
    )
    delete_category = mutation(
        categories.delete_category,
        DeleteCategoryInput,
        DeleteCategoryPayload,
        "Delete a category. Its tasks are kept without a category, and their versions increase.",
        roles=MANAGERS,
    )
