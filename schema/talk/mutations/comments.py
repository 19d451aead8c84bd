"""Mutations that create, change and delete a comment."""

import strawberry
from strawberry import ID

from graphql_app.mutations.inputs import EXPECTED_VERSION, input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, deleted_id, record
from graphql_app.sql.row_rules import only
from graphql_app.types.declarations import field, optional
from schema.talk import models as m
from schema.talk.rules import comments

BODY = "Text of the comment, 1-10,000 characters."


@input_of(m.Comment, "Subject of a comment: exactly one of the fields.", one_of=True)
class CommentSubjectInput:
    post_id: ID | None = optional("ID of the post.")
    task_id: ID | None = optional("ID of the task.")


@input_of(m.Comment, "Input of `createComment`.")
class CreateCommentInput:
    subject: CommentSubjectInput = field("Post or task to comment on.")
    body: str = field(BODY)


@strawberry.type(description="Payload of `createComment`.")
class CreateCommentPayload(Payload):
    comment = record(m.Comment, "The created comment; null if there are errors.")


@input_of(m.Comment, "Input of `updateComment`.")
class UpdateCommentInput:
    id: ID = field("ID of the comment.")
    body: str = field(BODY)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `updateComment`.")
class UpdateCommentPayload(Payload):
    comment = record(m.Comment, "The updated comment; null if there are errors.")


@input_of(m.Comment, "Input of `deleteComment`.")
class DeleteCommentInput:
    id: ID = field("ID of the comment.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `deleteComment`.")
class DeleteCommentPayload(Payload):
    deleted_id = deleted_id("ID of the deleted comment; null if there are errors.")


@strawberry.type
class CommentMutation:
    create_comment = mutation(
        comments.create_comment,
        CreateCommentInput,
        CreateCommentPayload,
        "Create a comment on a post or a task. The viewer becomes its author.",
    )
    update_comment = mutation(
        comments.update_comment,
        UpdateCommentInput,
        UpdateCommentPayload,
        "Edit a comment. Only its author may do this.",
        rows=only(m.Comment, m.wrote, "Only the author may edit a comment."),
    )
    delete_comment = mutation(
        comments.delete_comment,
        DeleteCommentInput,
        DeleteCommentPayload,
        "Delete a comment. Requires role OWNER or MANAGER, unless the viewer is its author.",
    )
