"""Mutations that create, change and delete categories."""

import strawberry
from strawberry import ID

from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, deleted_id, record
from graphql_app.views.described import field, optional
from schema.inputs import EXPECTED_VERSION
from schema.work import models as m
from schema.work.rules import categories

NAME = "Its name, unique in the organization: 1 to 100 characters."


@input_of(m.Category, "A category to be created.")
class CreateCategoryInput:
    name: str = field(NAME)
    description: str | None = optional("What belongs in it: up to 2,000 characters.")


@strawberry.type(description="The category that was created.")
class CreateCategoryPayload(Payload):
    category = record(m.Category, "The new category; null when there are errors.")


@input_of(m.Category, "What to change of a category. What is left out stays as it is.")
class UpdateCategoryInput:
    id: ID = field("The category's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    name: str | None = optional(NAME)
    description: str | None = optional("What belongs in it: up to 2,000 characters; null for nothing to say.")


@strawberry.type(description="The category that was changed.")
class UpdateCategoryPayload(Payload):
    category = record(m.Category, "The category as it is now; null when there are errors.")


@input_of(m.Category, "A category to be deleted.")
class DeleteCategoryInput:
    id: ID = field("The category's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="What became of the deletion.")
class DeleteCategoryPayload(Payload):
    deleted_id = deleted_id("The id of the category that is gone; null when there are errors.")


@strawberry.type
class CategoryMutation:
    create_category = mutation(
        categories.create_category,
        CreateCategoryInput,
        CreateCategoryPayload,
        "Create a category. For owners and managers.",
    )
    update_category = mutation(
        categories.update_category,
        UpdateCategoryInput,
        UpdateCategoryPayload,
        "Change a category. For owners and managers.",
    )
    delete_category = mutation(
        categories.delete_category,
        DeleteCategoryInput,
        DeleteCategoryPayload,
        "Delete a category. Its tasks stay, without a category, and count up their versions. For owners and managers.",
    )
