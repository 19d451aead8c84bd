"""Billing: orders, their lines and their payments."""

import sqlalchemy as sa
from alembic import op

from graphql_app.migrations.access import CHANGE, KEEP, secure
from graphql_app.migrations.tables import (
    check,
    currency_code,
    length,
    moment,
    money,
    one_of,
    optional,
    page_indexes,
    refers,
    required,
    run,
    tenant_table,
    unique,
)

revision = "b27e914f5d08"
down_revision = "8d3ab6e0c471"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    orders()
    order_lines()
    payments()
    run(secure("orders", KEEP))  # cancelled, never deleted
    run(secure("order_lines", CHANGE))
    run(secure("payments", KEEP))


def orders() -> None:
    tenant_table(
        "orders",
        required("customer_account_id", sa.Uuid(), "The id of the account that the customer pays from."),
        required("created_by_id", sa.Uuid(), "The id of the user who drafted it."),
        required("number", sa.Integer(), "The number people call it by: unique in the organization, counts up."),
        required("status", sa.String(), "How far it has come."),
        required("currency", sa.Text(), "The currency of its prices and of the account (ISO 4217)."),
        money("total", "The sum of its lines' amounts."),
        optional("note", sa.Text(), "What else is to be known about it: 1 to 2,000 characters."),
        moment("placed_at", "When the customer placed it; null for a draft."),
        moment("paid_at", "When it was paid; null until then."),
        moment("fulfilled_at", "When all of it was done; null until then."),
        moment("cancelled_at", "When it was called off, if it was."),
        refers("customer_account_id", "accounts"),
        refers("customer_account_id", "accounts", "currency"),
        refers("created_by_id", "users"),
        unique("number"),
        one_of("status", "DRAFT", "PLACED", "PAID", "FULFILLED", "CANCELLED"),
        currency_code(),
        length("note", 2000),
        check("number", "number > 0"),
        check("total", "total >= 0"),
        check("placed_at", "status NOT IN ('PLACED', 'PAID', 'FULFILLED') OR placed_at IS NOT NULL"),
        check("paid_at", "status NOT IN ('PAID', 'FULFILLED') OR paid_at IS NOT NULL"),
        check("fulfilled_at", "(status = 'FULFILLED') = (fulfilled_at IS NOT NULL)"),
        check("cancelled_at", "(status = 'CANCELLED') = (cancelled_at IS NOT NULL)"),
    )
    page_indexes("orders", "customer_account_id", "created_by_id", "status", "placed_at")


def order_lines() -> None:
    tenant_table(
        "order_lines",
        required("order_id", sa.Uuid(), "The id of the order that it is a line of."),
        required("position", sa.Integer(), "Its place in the order, counted from 1."),
        required("description", sa.Text(), "What was ordered: 1 to 500 characters."),
        money("quantity", "How many, or how much: pieces, hours, metres."),
        money("unit_price", "The price of one, in the order's currency."),
        money("amount", "Quantity times unit price, rounded to cents."),
        refers("order_id", "orders", ondelete="CASCADE"),
        unique("order_id", "position"),
        length("description", 500),
        check("position", "position > 0"),
        check("quantity", "quantity > 0"),
        check("unit_price", "unit_price >= 0"),
        check("amount", "amount = round(quantity * unit_price, 2)"),
    )


def payments() -> None:
    tenant_table(
        "payments",
        required("order_id", sa.Uuid(), "The id of the order that it is for."),
        required("payee_account_id", sa.Uuid(), "The id of the account that receives the money."),
        optional("transfer_id", sa.Uuid(), "The id of the transfer that moved the money, if any did."),
        required("created_by_id", sa.Uuid(), "The id of the user who started it."),
        required("status", sa.String(), "How far it has come."),
        money("amount", "How much, always more than zero."),
        required("currency", sa.Text(), "The currency of the amount and of the account (ISO 4217)."),
        optional("failure", sa.Text(), "Why it failed, if it did."),
        moment("completed_at", "When it was settled, refunded or failed; null while it is pending."),
        refers("order_id", "orders"),
        refers("payee_account_id", "accounts"),
        refers("payee_account_id", "accounts", "currency"),
        refers("transfer_id", "transfers"),
        refers("created_by_id", "users"),
        unique("transfer_id"),
        one_of("status", "PENDING", "SETTLED", "REFUNDED", "FAILED"),
        currency_code(),
        length("failure", 500),
        check("amount", "amount > 0"),
        check("transfer", "(status IN ('SETTLED', 'REFUNDED')) = (transfer_id IS NOT NULL)"),
        check("completed_at", "(status = 'PENDING') = (completed_at IS NULL)"),
        check("failure", "failure IS NULL OR status = 'FAILED'"),
    )
    page_indexes("payments", "order_id", "payee_account_id", "created_by_id", "status")
    op.create_index(
        op.f("uq_payments_settled_order"),
        "payments",
        ["organization_id", "order_id"],
        unique=True,
        postgresql_where=sa.text("status = 'SETTLED'"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for table in ("payments", "order_lines", "orders"):
        op.drop_table(table)
