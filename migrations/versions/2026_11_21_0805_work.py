"""Work: tasks, their categories and their labels."""

import sqlalchemy as sa
from alembic import op

from graphql_app.migrations.access import CHANGE, secure
from graphql_app.migrations.tables import (
    ORGANIZATION_ID,
    belongs,
    bookkeeping,
    check,
    length,
    moment,
    one_of,
    optional,
    page_indexes,
    refers,
    required,
    run,
    tenant_index,
    tenant_table,
    unique,
)

revision = "c6405ea91b3d"
down_revision = "b27e914f5d08"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    categories()
    labels()
    tasks()
    task_labels()
    for table in ("categories", "labels", "tasks"):
        run(secure(table, CHANGE))
    run(secure("task_labels", "SELECT, INSERT, DELETE"))


def categories() -> None:
    tenant_table(
        "categories",
        required("name", sa.Text(), "Its name, unique in the organization: 1 to 100 characters."),
        optional("description", sa.Text(), "What belongs in it: up to 2,000 characters."),
        unique("name"),
        length("name", 100),
        length("description", 2000, least=0),
    )


def labels() -> None:
    tenant_table(
        "labels",
        required("name", sa.Text(), "Its name, unique in the organization: 1 to 50 characters."),
        required("color", sa.Text(), "The color to show it in: `#` and six lower-case hexadecimal digits."),
        unique("name"),
        length("name", 50),
        check("color", "color ~ '^#[0-9a-f]{6}$'"),
    )


def tasks() -> None:
    tenant_table(
        "tasks",
        optional("category_id", sa.Uuid(), "The id of its category; null while it has none."),
        optional("assignee_id", sa.Uuid(), "The id of the worker who does it; null for nobody yet."),
        required("creator_id", sa.Uuid(), "The id of the user who created it."),
        optional("completed_by_id", sa.Uuid(), "The id of the user who declared it done."),
        optional("parent_id", sa.Uuid(), "The id of the task that it is a part of."),
        optional("order_id", sa.Uuid(), "The id of the order that it helps to fulfil."),
        required("title", sa.Text(), "What is to be done, in one line: 1 to 200 characters."),
        optional("description", sa.Text(), "What is to be done, at length: up to 10,000 characters."),
        required("status", sa.String(), "How far it has come."),
        required("priority", sa.SmallInteger(), "How urgent it is, from 1 (whenever there is time) to 5 (at once)."),
        moment("due_at", "When it has to be done by; null for no such time."),
        moment("completed_at", "When it was done; null while it is not."),
        moment("processed_at", "When everything that follows from its completion had been done; null until then."),
        refers("category_id", "categories"),
        refers("assignee_id", "workers"),
        refers("creator_id", "users"),
        refers("completed_by_id", "users"),
        refers("parent_id", "tasks", ondelete="CASCADE"),
        refers("order_id", "orders"),
        one_of("status", "OPEN", "IN_PROGRESS", "DONE", "CANCELLED"),
        length("title", 200),
        length("description", 10_000, least=0),
        check("priority", "priority BETWEEN 1 AND 5"),
        check("parent", "parent_id <> id"),
        check("completed_at", "(status = 'DONE') = (completed_at IS NOT NULL)"),
        check("completed_by", "completed_by_id IS NULL OR completed_at IS NOT NULL"),
        check("processed_at", "processed_at IS NULL OR completed_at IS NOT NULL"),
    )
    page_indexes("tasks", "category_id", "assignee_id", "creator_id", "completed_by_id", "parent_id", "order_id")
    page_indexes("tasks", "status", "due_at", "created_at")


def task_labels() -> None:
    op.create_table(
        "task_labels",
        required("organization_id", sa.Uuid(), ORGANIZATION_ID),
        required("task_id", sa.Uuid(), "The id of the task that carries the label."),
        required("label_id", sa.Uuid(), "The id of the label that the task carries."),
        *bookkeeping(versioned=False),
        sa.PrimaryKeyConstraint("organization_id", "task_id", "label_id"),
        belongs(),
        refers("task_id", "tasks", ondelete="CASCADE"),
        refers("label_id", "labels", ondelete="CASCADE"),
    )
    tenant_index("task_labels", "label_id", "task_id")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for table in ("task_labels", "tasks", "labels", "categories"):
        op.drop_table(table)
