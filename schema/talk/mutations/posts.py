"""Mutations that create, change, publish and delete a post."""

import strawberry
from strawberry import ID

from graphql_app.mutations.inputs import EXPECTED_VERSION, input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, deleted_id, record
from graphql_app.types.declarations import field, optional
from schema.talk import models as m
from schema.talk.rules import posts

TITLE = "Title of the post, 1-200 characters in one line."
BODY = "Text of the post, 1-50,000 characters."
AS_IT_IS = "The updated post; null if there are errors."


@input_of(m.Post, "Input of `createPost`.")
class CreatePostInput:
    title: str = field(TITLE)
    body: str = field(BODY)


@strawberry.type(description="Payload of `createPost`.")
class CreatePostPayload(Payload):
    post = record(m.Post, "The created post, a draft; null if there are errors.")


@input_of(m.Post, "Input of `updatePost`. Omitted fields keep their values.")
class UpdatePostInput:
    id: ID = field("ID of the post.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    title: str | None = optional(TITLE)
    body: str | None = optional(BODY)


@strawberry.type(description="Payload of `updatePost`.")
class UpdatePostPayload(Payload):
    post = record(m.Post, AS_IT_IS)


@input_of(m.Post, "Input of `publishPost`.")
class PublishPostInput:
    id: ID = field("ID of the post.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `publishPost`.")
class PublishPostPayload(Payload):
    post = record(m.Post, AS_IT_IS)


@input_of(m.Post, "Input of `unpublishPost`.")
class UnpublishPostInput:
    id: ID = field("ID of the post.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `unpublishPost`.")
class UnpublishPostPayload(Payload):
    post = record(m.Post, AS_IT_IS)


@input_of(m.Post, "Input of `deletePost`.")
class DeletePostInput:
    id: ID = field("ID of the post.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `deletePost`.")
class DeletePostPayload(Payload):
    deleted_id = deleted_id("ID of the deleted post; null if there are errors.")


@strawberry.type
class PostMutation:
    create_post = mutation(
        posts.create_post,
        CreatePostInput,
        CreatePostPayload,
        "Create a post as a draft. The viewer becomes its author.",
    )
    update_post = mutation(
        posts.update_post,
        UpdatePostInput,
        UpdatePostPayload,
        "Update a post. Requires role OWNER or MANAGER, unless the viewer is its author.",
    )
    publish_post = mutation(
        posts.publish_post,
        PublishPostInput,
        PublishPostPayload,
        "Publish a draft. Requires role OWNER or MANAGER, unless the viewer is its author. Error codes: `CONFLICT` if "
        "it is already published.",
    )
    unpublish_post = mutation(
        posts.unpublish_post,
        UnpublishPostInput,
        UnpublishPostPayload,
        "Unpublish a post, which becomes a draft again. Requires role OWNER or MANAGER, unless the viewer is its "
        "author. Error codes: `CONFLICT` if it is already a draft.",
    )
    delete_post = mutation(
        posts.delete_post,
        DeletePostInput,
        DeletePostPayload,
        "Delete a post with its comments. Requires role OWNER or MANAGER, unless the viewer is its author.",
    )
