"""Rules that create, change and delete a comment."""

from typing import TypedDict
from uuid import UUID

from graphql_app.database.constraints import translate_constraint_errors
from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import NotFound
from schema.talk.models import Comment


class Subject(TypedDict, total=False):
    """Subject of a comment: exactly one of the two."""

    post_id: UUID
    task_id: UUID


async def create_comment(tx: WriteTransaction, *, subject: Subject, body: str) -> Comment:
    """Create a comment of the viewer on a post or on a task. Raises NotFound if the subject does not exist."""
    comment = Comment(organization_id=tx.organization_id, author_id=tx.viewer.user_id, body=body, **subject)
    try:
        with translate_constraint_errors(Comment):
            return await tx.save(comment)
    except NotFound as error:
        error.path = ("subject", *error.path)
        raise


async def update_comment(tx: WriteTransaction, *, id: UUID, body: str, expected_version: int | None = None) -> Comment:
    """Change a comment. Raises NotFound, Denied and Conflict."""
    return await tx.change(await tx.lock(Comment, id, expected_version), body=body)


async def delete_comment(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Comment:
    """Delete a comment. Raises NotFound, Denied and Conflict."""
    gone = await tx.delete_if(Comment, id, expected_version)
    return gone or await tx.delete(await tx.lock(Comment, id, expected_version))
