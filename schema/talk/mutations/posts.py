"""Mutations that create, change, publish and delete a post."""

import strawberry
from strawberry import ID

from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, deleted_id, record
from graphql_app.views.described import field, optional
from schema.inputs import EXPECTED_VERSION
from schema.talk import models as m
from schema.talk.rules import posts

TITLE = "What it is about, in one line: 1 to 200 characters."
BODY = "What it says: 1 to 50,000 characters."
AS_IT_IS = "The post as it is now; null when there are errors."


@input_of(m.Post, "A post to be written.")
class CreatePostInput:
    title: str = field(TITLE)
    body: str = field(BODY)


@strawberry.type(description="The post that was written.")
class CreatePostPayload(Payload):
    post = record(m.Post, "The new post, a draft; null when there are errors.")


@input_of(m.Post, "What to change of a post. What is left out stays as it is.")
class UpdatePostInput:
    id: ID = field("The post's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)
    title: str | None = optional(TITLE)
    body: str | None = optional(BODY)


@strawberry.type(description="The post that was changed.")
class UpdatePostPayload(Payload):
    post = record(m.Post, AS_IT_IS)


@input_of(m.Post, "A draft that everybody shall read.")
class PublishPostInput:
    id: ID = field("The post's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The post that was published.")
class PublishPostPayload(Payload):
    post = record(m.Post, AS_IT_IS)


@input_of(m.Post, "A post that shall be a draft again.")
class UnpublishPostInput:
    id: ID = field("The post's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The post that is a draft again.")
class UnpublishPostPayload(Payload):
    post = record(m.Post, AS_IT_IS)


@input_of(m.Post, "A post to be deleted.")
class DeletePostInput:
    id: ID = field("The post's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="What became of the deletion.")
class DeletePostPayload(Payload):
    deleted_id = deleted_id("The id of the post that is gone; null when there are errors.")


@strawberry.type
class PostMutation:
    create_post = mutation(
        posts.create_post, CreatePostInput, CreatePostPayload, "Write a post. It is a draft, and the viewer its author."
    )
    update_post = mutation(
        posts.update_post, UpdatePostInput, UpdatePostPayload, "Change a post. For its author, owners and managers."
    )
    publish_post = mutation(
        posts.publish_post,
        PublishPostInput,
        PublishPostPayload,
        "Publish a draft. One that is published already is a conflict. For its author, owners and managers.",
    )
    unpublish_post = mutation(
        posts.unpublish_post,
        UnpublishPostInput,
        UnpublishPostPayload,
        "Make a published post a draft again. One that is a draft is a conflict. For its author, owners and managers.",
    )
    delete_post = mutation(
        posts.delete_post,
        DeletePostInput,
        DeletePostPayload,
        "Delete a post, with the comments on it. For its author, owners and managers.",
    )
