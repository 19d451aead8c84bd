"""Talk: posts, and comments on posts and tasks."""

import sqlalchemy as sa
from alembic import op

from graphql_app.migrations.access import CHANGE, secure
from graphql_app.migrations.tables import (
    check,
    length,
    moment,
    optional,
    page_indexes,
    refers,
    required,
    run,
    tenant_table,
)

revision = "0a6cd95e7f21"
down_revision = "c6405ea91b3d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    posts()
    comments()
    run(secure("posts", CHANGE))
    run(secure("comments", CHANGE))


def posts() -> None:
    tenant_table(
        "posts",
        required("author_id", sa.Uuid(), "The id of the user who wrote it."),
        required("title", sa.Text(), "What it is about, in one line: 1 to 200 characters."),
        required("body", sa.Text(), "What it says: 1 to 50,000 characters."),
        moment("published_at", "When it was published; null for a draft."),
        refers("author_id", "users"),
        length("title", 200),
        length("body", 50_000),
    )
    page_indexes("posts", "author_id", "published_at")


def comments() -> None:
    tenant_table(
        "comments",
        required("author_id", sa.Uuid(), "The id of the user who wrote it."),
        optional("post_id", sa.Uuid(), "The id of the post it is on; null if it is on a task."),
        optional("task_id", sa.Uuid(), "The id of the task it is on; null if it is on a post."),
        required("body", sa.Text(), "What it says: 1 to 10,000 characters."),
        refers("author_id", "users"),
        refers("post_id", "posts", ondelete="CASCADE"),
        refers("task_id", "tasks", ondelete="CASCADE"),
        length("body", 10_000),
        check("subject", "num_nonnulls(post_id, task_id) = 1"),
    )
    page_indexes("comments", "author_id", "post_id", "task_id")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for table in ("comments", "posts"):
        op.drop_table(table)
