"""Comment of a column in American spelling."""

from alembic import op

from graphql_app.migrations.tables import run

revision = "d1f70a3c9e58"
down_revision = "c58d0b7e92a4"
branch_labels = None
depends_on = None

COLUMNS = {
    "order_lines.quantity": (
        "Quantity, for example of pieces, hours or metres.",
        "Quantity, for example of pieces, hours or meters.",
    ),
}
"""Old and new comment of each column."""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run([f"COMMENT ON COLUMN {column} IS '{new}'" for column, (_, new) in COLUMNS.items()])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run([f"COMMENT ON COLUMN {column} IS '{old}'" for column, (old, _) in COLUMNS.items()])
