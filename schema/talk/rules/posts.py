"""Rules that create, change, publish, unpublish and delete a post."""

from datetime import UTC, datetime
from typing import TypedDict, Unpack
from uuid import UUID

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Conflict
from schema.talk.models import Post


class Changes(TypedDict, total=False):
    """Values of a post that can be changed. Omitted ones stay as they are."""

    title: str
    body: str


async def create_post(tx: WriteTransaction, *, title: str, body: str) -> Post:
    """Create a draft of the viewer."""
    post = Post(organization_id=tx.organization_id, author_id=tx.viewer.user_id, title=title, body=body)
    return await tx.save(post)


async def update_post(
    tx: WriteTransaction, *, id: UUID, expected_version: int | None = None, **changes: Unpack[Changes]
) -> Post:
    """Change a post. Raises NotFound, Denied and Conflict."""
    return await tx.change(await tx.lock(Post, id, expected_version), **changes)


async def publish_post(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Post:
    """Publish a post. Raises NotFound, Conflict (including if it is already published) and Denied."""
    post = await tx.lock(Post, id, expected_version)
    if post.published_at is not None:
        raise Conflict("Post is already published.", "id", model=Post, id=id)
    return await tx.change(post, published_at=datetime.now(UTC))


async def unpublish_post(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Post:
    """Make a post a draft again. Raises NotFound, Conflict (including if it is already a draft) and Denied."""
    post = await tx.lock(Post, id, expected_version)
    if post.published_at is None:
        raise Conflict("Post is already a draft.", "id", model=Post, id=id)
    return await tx.change(post, published_at=None)


async def delete_post(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Post:
    """Delete a post, with the comments on it. Raises NotFound, Conflict and Denied."""
    return await tx.delete(await tx.lock(Post, id, expected_version))
