"""Completion of payments: transfers that happen once per payment, pending refunds, and unfinished payments.

``find_unfinished_payments`` sees the payments of every organization, because a sweep belongs to none. It returns ids
only, and each payment is then resumed inside its own organization.

Both indexes are of rows that there are none or few of, so that making them takes as long as reading the two tables.
Writes to these are blocked meanwhile.
"""

import sqlalchemy as sa
from alembic import op

from graphql_app.migrations.access import OWNER, SYSTEM, act_as_system
from graphql_app.migrations.tables import optional, run

revision = "c1d5f80a27be"
down_revision = "5e1b7d09c3a8"
branch_labels = None
depends_on = None

KEY = "The id of the payment that moved it, which makes it happen once; null for any other transfer."
KEYS = (
    "UPDATE transfers SET key = payment.id FROM payments AS payment "
    "WHERE payment.organization_id = transfers.organization_id AND payment.transfer_id = transfers.id"
)
COMPLETED_AT = "When it was settled, refunded or failed; null while that is not certain."
WAS_COMPLETED_AT = "When it was settled, refunded or failed; null while it is pending."
CHECKS = {
    "status": "status IN ('PENDING', 'SETTLED', 'REFUNDED', 'FAILED', 'REFUNDING')",
    "transfer": "(status IN ('SETTLED', 'REFUNDING', 'REFUNDED')) = (transfer_id IS NOT NULL)",
    "completed_at": "(status IN ('PENDING', 'REFUNDING')) = (completed_at IS NULL)",
}
CHECKS_BEFORE = {
    "status": "status IN ('PENDING', 'SETTLED', 'REFUNDED', 'FAILED')",
    "transfer": "(status IN ('SETTLED', 'REFUNDED')) = (transfer_id IS NOT NULL)",
    "completed_at": "(status = 'PENDING') = (completed_at IS NULL)",
}
REFUND = "UPDATE payments SET status = 'REFUNDED', completed_at = updated_at WHERE status = 'REFUNDING'"
SIGNATURE = "find_unfinished_payments(timestamp with time zone, integer)"
FIND_UNFINISHED_PAYMENTS = """
CREATE FUNCTION find_unfinished_payments(before timestamptz, most integer)
RETURNS TABLE (organization_id uuid, payment_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT payment.organization_id, payment.id
    FROM public.payments AS payment
    WHERE payment.status IN ('PENDING', 'REFUNDING') AND payment.updated_at < find_unfinished_payments.before
    ORDER BY payment.updated_at
    LIMIT find_unfinished_payments.most
$$
"""
SAID = "COMMENT ON FUNCTION find_unfinished_payments IS 'Payments that nobody has gone on with since; oldest first.'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.add_column("transfers", optional("key", sa.Uuid(), KEY))
    run([f"SET LOCAL ROLE {SYSTEM}", KEYS, f"SET LOCAL ROLE {OWNER}"])
    exchange(CHECKS, COMPLETED_AT)
    op.create_index(
        op.f("uq_transfers_organization_id_key"),
        "transfers",
        ["organization_id", "key"],
        unique=True,
        postgresql_where=sa.text("key IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_payments_unfinished"),
        "payments",
        ["organization_id", "updated_at"],
        postgresql_where=sa.text("status IN ('PENDING', 'REFUNDING')"),
    )
    run([FIND_UNFINISHED_PAYMENTS, SAID, *act_as_system(SIGNATURE)])


def exchange(checks: dict[str, str], completed_at: str) -> None:
    """Replace constraints by new ones."""
    for name, condition in checks.items():
        op.drop_constraint(op.f(f"ck_payments_{name}"), "payments")
        op.create_check_constraint(op.f(f"ck_payments_{name}"), "payments", condition)
    op.execute(f"COMMENT ON COLUMN payments.completed_at IS '{completed_at}'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run([f"SET LOCAL ROLE {SYSTEM}", f"DROP FUNCTION {SIGNATURE}", f"SET LOCAL ROLE {OWNER}"])
    op.drop_index(op.f("ix_payments_unfinished"), "payments")
    op.drop_column("transfers", "key")
    # `workline doctor` reports those whose money had not gone back
    run([f"SET LOCAL ROLE {SYSTEM}", REFUND, f"SET LOCAL ROLE {OWNER}"])
    exchange(CHECKS_BEFORE, WAS_COMPLETED_AT)
