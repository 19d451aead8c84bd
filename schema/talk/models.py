"""Models of posts, and of comments on posts and tasks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.identity.models import Organization, User
from graphql_app.models.base import TenantBase, Versioned
from graphql_app.models.columns import length, page_index
from graphql_app.models.relationships import back, related, tenant_key
from graphql_app.sql.row_rules import Condition, RuleViewer, changeable
from schema.rights import is_manager
from schema.work.models import Task


class Post(Versioned, TenantBase):
    """Post for the whole organization. It is a draft until it is published."""

    __tablename__ = "posts"
    __table_args__ = (
        tenant_key("author_id", "users"),
        length("title", 200, one_line=True),
        length("body", 50_000),
        page_index("author_id"),
        page_index("published_at"),
    )

    author_id: Mapped[UUID] = mapped_column(comment="ID of the author.")
    title: Mapped[str] = mapped_column(comment="Title of the post, 1-200 characters.")
    body: Mapped[str] = mapped_column(comment="Text of the post, 1-50,000 characters.")
    published_at: Mapped[datetime | None] = mapped_column(comment="Time of publication; null for a draft.")

    organization: Mapped[Organization] = related(
        backref=back("posts", doc="Posts of the organization, drafts included."), doc="Organization of the post."
    )
    author: Mapped[User] = related(
        backref=back("posts", doc="Posts that the user wrote."), doc="User who wrote the post."
    )
    comments: Mapped[list["Comment"]] = related(
        back_populates="post", doc="Comments on the post. They are deleted together with it."
    )


class Comment(Versioned, TenantBase):
    """Comment on exactly one post or task."""

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

    author_id: Mapped[UUID] = mapped_column(comment="ID of the author.")
    post_id: Mapped[UUID | None] = mapped_column(comment="ID of the post; null for a comment on a task.")
    task_id: Mapped[UUID | None] = mapped_column(comment="ID of the task; null for a comment on a post.")
    body: Mapped[str] = mapped_column(comment="Text of the comment, 1-10,000 characters.")

    organization: Mapped[Organization] = related(
        backref=back("comments", doc="Comments on the posts and tasks of the organization."),
        doc="Organization of the comment.",
    )
    author: Mapped[User] = related(
        backref=back("comments", doc="Comments that the user wrote."), doc="User who wrote the comment."
    )
    post: Mapped["Post | None"] = related(
        back_populates="comments", doc="Post that the comment is on; null for a comment on a task."
    )
    task: Mapped[Task | None] = related(
        backref=back("comments", doc="Comments on the task. They are deleted together with it."),
        doc="Task that the comment is on; null for a comment on a post.",
    )


def _is_author_of_post(viewer: RuleViewer) -> Condition:
    return is_manager(viewer) or Post.author_id == viewer.user_id


def _is_author_of_comment(viewer: RuleViewer) -> Condition:
    return is_manager(viewer) or Comment.author_id == viewer.user_id


def wrote(viewer: RuleViewer) -> Condition:
    """Return the condition on comments that the viewer has written."""
    return Comment.author_id == viewer.user_id


changeable(Post, _is_author_of_post, "Requires role OWNER or MANAGER, unless you are the author.")
changeable(Comment, _is_author_of_comment, "Requires role OWNER or MANAGER, unless you are the author.")
