"""Models of posts, and of comments on posts and tasks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.database.base import TenantBase, Versioned
from graphql_app.database.columns import length, page_index
from graphql_app.database.relations import back, related, tenant_key
from schema.people.models import Organization, User
from schema.work.models import Task


class Post(Versioned, TenantBase):
    """News for the whole organization: a draft until it is published."""

    __tablename__ = "posts"
    __table_args__ = (
        tenant_key("author_id", "users"),
        length("title", 200),
        length("body", 50_000),
        page_index("author_id"),
        page_index("published_at"),
    )

    author_id: Mapped[UUID] = mapped_column(comment="The id of the user who wrote it.")
    title: Mapped[str] = mapped_column(comment="What it is about, in one line: 1 to 200 characters.")
    body: Mapped[str] = mapped_column(comment="What it says: 1 to 50,000 characters.")
    published_at: Mapped[datetime | None] = mapped_column(comment="When it was published; null for a draft.")

    organization: Mapped[Organization] = related(
        backref=back("posts", doc="Its posts, drafts included."), doc="The organization it belongs to."
    )
    author: Mapped[User] = related(backref=back("posts", doc="The posts the user wrote."), doc="Who wrote it.")
    comments: Mapped[list["Comment"]] = related(
        back_populates="post", doc="The comments on it. They are deleted together with it."
    )


class Comment(Versioned, TenantBase):
    """A remark on a post or on a task: on exactly one of them."""

    __tablename__ = "comments"
    __table_args__ = (
        tenant_key("author_id", "users"),
        tenant_key("post_id", "posts", ondelete="CASCADE"),
        tenant_key("task_id", "tasks", ondelete="CASCADE"),
        length("body", 10_000),
        CheckConstraint("num_nonnulls(post_id, task_id) = 1", name="subject"),
        page_index("author_id"),
        page_index("post_id"),
        page_index("task_id"),
    )

    author_id: Mapped[UUID] = mapped_column(comment="The id of the user who wrote it.")
    post_id: Mapped[UUID | None] = mapped_column(comment="The id of the post it is on; null if it is on a task.")
    task_id: Mapped[UUID | None] = mapped_column(comment="The id of the task it is on; null if it is on a post.")
    body: Mapped[str] = mapped_column(comment="What it says: 1 to 10,000 characters.")

    organization: Mapped[Organization] = related(
        backref=back("comments", doc="Every comment on one of its posts or tasks."),
        doc="The organization it belongs to.",
    )
    author: Mapped[User] = related(backref=back("comments", doc="The comments the user wrote."), doc="Who wrote it.")
    post: Mapped["Post | None"] = related(back_populates="comments", doc="The post it is on; null if it is on a task.")
    task: Mapped[Task | None] = related(
        backref=back("comments", doc="The comments on it. They are deleted together with it."),
        doc="The task it is on; null if it is on a post.",
    )
