"""Idempotency keys: names that clients give to calls of mutations, with the outcomes of the calls."""

import sqlalchemy as sa
from alembic import op

from graphql_app.migrations.access import CHANGE, secure
from graphql_app.migrations.tables import (
    document,
    length,
    moment,
    page_indexes,
    refers,
    required,
    run,
    tenant_table,
    unique,
)

revision = "7d20c91e5a4f"
down_revision = "c1d5f80a27be"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    tenant_table(
        "idempotency_keys",
        required("user_id", sa.Uuid(), "The id of the user who sent it."),
        required("mutation", sa.Text(), "The mutation that was sent under it."),
        required("key", sa.Text(), "What the client calls this one call: 1 to 255 characters."),
        required("digest", sa.Text(), "The SHA-256 of the input that it was first sent with."),
        document("result", "The ids of the records that were the result."),
        moment("expires_at", "When it is forgotten.", nullable=False),
        refers("user_id", "users", ondelete="CASCADE"),
        unique("user_id", "mutation", "key"),
        length("key", 255),
        versioned=False,
    )
    page_indexes("idempotency_keys", "expires_at")
    run(secure("idempotency_keys", CHANGE))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_table("idempotency_keys")
