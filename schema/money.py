"""Money in tables: a currency is three capital letters, and an amount has that of the account it goes to or from."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint


def currency_code() -> CheckConstraint:
    """``currency`` is three capital letters (ISO 4217): the CHECK ``ck_<table>_currency``."""
    return CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency")


def same_currency(column: str) -> ForeignKeyConstraint:
    """The account of ``column`` has the row's own ``currency``. Stands beside the ``tenant_key`` of that column.

    A key of its own, so that a wrong currency and a missing account break constraints of different names, and
    relationships join by the two columns of the tenant key alone.
    """
    return ForeignKeyConstraint(
        ["organization_id", column, "currency"],
        ["accounts.organization_id", "accounts.id", "accounts.currency"],
        ondelete="RESTRICT",
    )
