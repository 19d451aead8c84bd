"""Rules that create, change and delete a comment."""

from typing import TypedDict
from uuid import UUID

from graphql_app.database.constraints import translate_constraint_errors
from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Denied, NotFound
from graphql_app.identity.models import MANAGERS
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
    """Change a comment. Raises NotFound, Conflict, and Denied unless the viewer is its author."""
    comment = await tx.lock(Comment, id)
    if comment.author_id != tx.viewer.user_id:
        raise Denied("Only the author may edit a comment.", "id")
    tx.check_version(comment, expected_version)
    return await tx.change(comment, body=body)


async def delete_comment(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Comment:
    """Delete a comment. Raises NotFound, Conflict, and Denied unless the viewer is its author or a manager."""
    own = {} if tx.viewer.role in MANAGERS else {"author_id": tx.viewer.user_id}
    if (gone := await tx.delete_if(Comment, id, expected_version, **own)) is not None:
        return gone
    comment = await tx.lock(Comment, id)
    if comment.author_id != tx.viewer.user_id and tx.viewer.role not in MANAGERS:
        raise Denied("Requires role OWNER or MANAGER, unless you are the author.", "id")
    tx.check_version(comment, expected_version)
    return await tx.delete(comment)
