"""What can be done with a post: it is written, changed, published, taken back and deleted."""

from datetime import UTC, datetime
from typing import TypedDict, Unpack
from uuid import UUID

from graphql_app.database.database import Database
from graphql_app.errors import Conflict, Denied
from schema.people.models import MANAGERS
from schema.talk.models import Post


class Changes(TypedDict, total=False):
    """What can be changed of a post; what is left out stays as it is."""

    title: str
    body: str


async def create_post(db: Database, *, title: str, body: str) -> Post:
    """A draft of the viewer's."""
    post = Post(organization_id=db.organization_id, author_id=db.viewer.user_id, title=title, body=body)
    return await db.save(post)


async def update_post(
    db: Database, *, id: UUID, expected_version: int | None = None, **changes: Unpack[Changes]
) -> Post:
    """A changed post. Raises NotFound; Conflict; Denied for who neither wrote it nor manages."""
    return await db.change(await _own(db, id, expected_version), **changes)


async def publish_post(db: Database, *, id: UUID, expected_version: int | None = None) -> Post:
    """A post for everybody to read. Raises NotFound; Conflict, also for one that is published already; Denied."""
    post = await _own(db, id, expected_version)
    if post.published_at is not None:
        raise Conflict("This post is already published.", "id", model=Post, id=id)
    return await db.change(post, published_at=datetime.now(UTC))


async def unpublish_post(db: Database, *, id: UUID, expected_version: int | None = None) -> Post:
    """A post that is a draft again. Raises NotFound; Conflict, also for one that is a draft already; Denied."""
    post = await _own(db, id, expected_version)
    if post.published_at is None:
        raise Conflict("This post is already a draft.", "id", model=Post, id=id)
    return await db.change(post, published_at=None)


async def delete_post(db: Database, *, id: UUID, expected_version: int | None = None) -> Post:
    """A post that is gone, with the comments on it. Raises NotFound; Conflict; Denied."""
    return await db.delete(await _own(db, id, expected_version))


async def _own(db: Database, id: UUID, expected_version: int | None) -> Post:
    post = await db.claim(Post, id, expected_version)
    if post.author_id != db.viewer.user_id and db.viewer.role not in MANAGERS:
        raise Denied("Only its author, owners and managers may do this.", "id")
    return post
