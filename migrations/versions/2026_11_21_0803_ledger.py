"""Ledger: accounts, the transfers between them, and the entries of these."""

import sqlalchemy as sa
from alembic import op

from graphql_app.migrations.access import APPEND, KEEP, secure
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

revision = "8d3ab6e0c471"
down_revision = "f04d28b6713e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    accounts()
    transfers()
    entries()
    run(secure("accounts", KEEP))  # closed, never deleted
    run(secure("transfers", APPEND))  # past transfers cannot be changed, only reversed
    run(secure("entries", APPEND))


def accounts() -> None:
    tenant_table(
        "accounts",
        required("kind", sa.String(), "Whose money it holds."),
        required("name", sa.Text(), "Whose or what for: 1 to 200 characters."),
        required("currency", sa.Text(), "The currency of everything in it, by its ISO 4217 code."),
        money("balance", "What is in it now."),
        money(
            "minimum_balance",
            "The limit that the balance never goes below; null for an account without one.",
            nullable=True,
        ),
        moment("closed_at", "When it was closed, which takes a balance of zero; null while it can be used."),
        unique("id", "currency"),
        one_of("kind", "OWN", "CUSTOMER", "OUTSIDE"),
        length("name", 200),
        currency_code(),
        check("balance", "balance >= minimum_balance"),
        check("closed_at", "closed_at IS NULL OR balance = 0"),
    )
    page_indexes("accounts", "name")


def transfers() -> None:
    tenant_table(
        "transfers",
        required("from_account_id", sa.Uuid(), "The id of the account that it took the money from."),
        required("to_account_id", sa.Uuid(), "The id of the account that it brought the money to."),
        optional("reverses_id", sa.Uuid(), "The id of the transfer that this one undoes."),
        optional(
            "created_by_id",
            sa.Uuid(),
            "The id of the user who ordered it; null for a transfer by the system itself.",
        ),
        money("amount", "How much, always more than zero."),
        required("currency", sa.Text(), "The currency of the amount and of both accounts (ISO 4217)."),
        optional("memo", sa.Text(), "What it was for: 1 to 500 characters."),
        refers("from_account_id", "accounts"),
        refers("to_account_id", "accounts"),
        refers("from_account_id", "accounts", "currency"),
        refers("to_account_id", "accounts", "currency"),
        refers("reverses_id", "transfers"),
        refers("created_by_id", "users"),
        unique("reverses_id"),
        currency_code(),
        length("memo", 500),
        check("amount", "amount > 0"),
        check("accounts", "from_account_id <> to_account_id"),
        check("reverses", "reverses_id <> id"),
        versioned=False,
    )
    page_indexes("transfers", "from_account_id", "to_account_id", "created_by_id", "created_at")


def entries() -> None:
    tenant_table(
        "entries",
        required("transfer_id", sa.Uuid(), "The id of the transfer that it is half of."),
        required("account_id", sa.Uuid(), "The id of the account whose balance it changed."),
        money("amount", "How much the balance changed, in the account's currency: less than zero for money taken out."),
        refers("transfer_id", "transfers"),
        refers("account_id", "accounts"),
        unique("transfer_id", "account_id"),
        check("amount", "amount <> 0"),
        versioned=False,
    )
    page_indexes("entries", "account_id")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for table in ("entries", "transfers", "accounts"):
        op.drop_table(table)
