"""Mutations that create, change and delete a comment."""

import strawberry
from strawberry import ID

from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, deleted_id, record
from graphql_app.views.described import field, optional
from schema.inputs import EXPECTED_VERSION
from schema.talk import models as m
from schema.talk.rules import comments

BODY = "What it says: 1 to 10,000 characters."


@input_of(m.Comment, "What a comment is on: exactly one of them.", one_of=True)
class CommentSubjectInput:
    post_id: ID | None = optional("The id of the post.")
    task_id: ID | None = optional("The id of the task.")


@input_of(m.Comment, "A comment to be made.")
class CreateCommentInput:
    subject: CommentSubjectInput = field("What it is on.")
    body: str = field(BODY)


@strawberry.type(description="The comment that was made.")
class CreateCommentPayload(Payload):
    comment = record(m.Comment, "The new comment; null when there are errors.")


@input_of(m.Comment, "A comment in other words.")
class UpdateCommentInput:
    id: ID = field("The comment's id.")
    body: str = field(BODY)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The comment that was changed.")
class UpdateCommentPayload(Payload):
    comment = record(m.Comment, "The comment as it is now; null when there are errors.")


@input_of(m.Comment, "A comment to be deleted.")
class DeleteCommentInput:
    id: ID = field("The comment's id.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="What became of the deletion.")
class DeleteCommentPayload(Payload):
    deleted_id = deleted_id("The id of the comment that is gone; null when there are errors.")


@strawberry.type
class CommentMutation:
    create_comment = mutation(
        comments.create_comment,
        CreateCommentInput,
        CreateCommentPayload,
        "Comment on a post or on a task. The viewer becomes the comment's author.",
    )
    update_comment = mutation(
        comments.update_comment,
        UpdateCommentInput,
        UpdateCommentPayload,
        "Say a comment in other words. For its author alone.",
    )
    delete_comment = mutation(
        comments.delete_comment,
        DeleteCommentInput,
        DeleteCommentPayload,
        "Delete a comment. For its author, owners and managers.",
    )
