"""Posts and comments for tests of the database."""

from schema.talk.models import Comment, Post
from tests.database.sample_rows import Rows


async def fill(rows: Rows) -> None:
    """Insert a post with a comment, and a comment on the task."""
    author = rows.ids["user"]
    post = await rows.add(Post, author_id=author, title="News", body="We have moved.")
    await rows.add(Comment, author_id=author, post_id=post, body="Where to?")
    await rows.add(Comment, author_id=author, task_id=rows.ids["task"], body="Done.")
