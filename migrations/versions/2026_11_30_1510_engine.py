"""The tables of organizations, users and log-ins are migrated by the engine from here on."""

from alembic import op

revision = "b6d3f09a51c7"
down_revision = "a4e7c2915d3f"
branch_labels = ("app",)
depends_on = "e1b5d2c8f463"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
