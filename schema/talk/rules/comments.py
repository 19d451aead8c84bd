"""Rules that create, change and delete a comment."""

from typing import TypedDict
from uuid import UUID

from graphql_app.database.constraints import telling
from graphql_app.database.database import Database
from graphql_app.errors import Denied, NotFound
from schema.people.models import MANAGERS
from schema.talk.models import Comment


class Subject(TypedDict, total=False):
    """Subject of a comment: exactly one of the two."""

    post_id: UUID
    task_id: UUID


async def create_comment(db: Database, *, subject: Subject, body: str) -> Comment:
    """Create a comment of the viewer on a post or on a task. Raises NotFound if the subject does not exist."""
    comment = Comment(organization_id=db.organization_id, author_id=db.viewer.user_id, body=body, **subject)
    try:
        with telling(Comment):
            return await db.save(comment)
    except NotFound as error:
        error.path = ("subject", *error.path)
        raise


async def update_comment(db: Database, *, id: UUID, body: str, expected_version: int | None = None) -> Comment:
    """Change a comment. Raises NotFound, Conflict, and Denied unless the viewer is its author."""
    comment = await db.claim(Comment, id)
    if comment.author_id != db.viewer.user_id:
        raise Denied("Only the author may edit a comment.", "id")
    db.check_version(comment, expected_version)
    return await db.change(comment, body=body)


async def delete_comment(db: Database, *, id: UUID, expected_version: int | None = None) -> Comment:
    """Delete a comment. Raises NotFound, Conflict, and Denied unless the viewer is its author or a manager."""
    own = {} if db.viewer.role in MANAGERS else {"author_id": db.viewer.user_id}
    if (gone := await db.delete_if(Comment, id, expected_version, **own)) is not None:
        return gone
    comment = await db.claim(Comment, id)
    if comment.author_id != db.viewer.user_id and db.viewer.role not in MANAGERS:
        raise Denied("Requires role OWNER or MANAGER, unless you are the author.", "id")
    db.check_version(comment, expected_version)
    return await db.delete(comment)
