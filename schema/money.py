"""Money: a currency is three capital letters, and an amount has the currency of the account it goes to or from."""

from decimal import ROUND_HALF_UP, Context, Decimal

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Numeric

from graphql_app.models.kinds import kind_of

MONEY: Numeric[Decimal] = Numeric(18, 2)
"""Type of the columns that hold amounts."""
CENT = Decimal("0.01")
WITHOUT_DECIMALS = frozenset(
    {
        *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
        *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
    }
)
"""Currencies whose smallest unit is 1 (ISO 4217, minor units)."""
TOO_FINE = frozenset(["BHD", "CLF", "IQD", "JOD", "KWD", "LYD", "OMR", "TND", "UYW"])
"""Currencies with more decimal places than the columns hold."""


def currency_code() -> CheckConstraint:
    """Return the CHECK ``ck_<table>_currency``: ``currency`` is three capital letters (ISO 4217)."""
    return CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency")


def same_currency(column: str) -> ForeignKeyConstraint:
    """Return the constraint that the account of ``column`` has the row's own ``currency``.

    Declare it beside the ``tenant_key`` of that column. The separate key gives a wrong currency and a missing account
    constraints of different names, and relationships join by the two columns of the tenant key alone.
    """
    return ForeignKeyConstraint(
        ["organization_id", column, "currency"],
        ["accounts.organization_id", "accounts.id", "accounts.currency"],
        ondelete="RESTRICT",
    )


def decimals_of(currency: str) -> int:
    """Return the most decimal places that an amount of the currency has."""
    return 0 if currency in WITHOUT_DECIMALS else 2


def is_kept(amount: Decimal) -> bool:
    """Return True if a column of money holds the amount exactly."""
    return kind_of(MONEY).problem(amount) is None


def is_amount_of(amount: Decimal, currency: str) -> bool:
    """Return True if the amount is a multiple of the currency's smallest unit, and a column holds it exactly."""
    return is_kept(amount) and amount == round(amount, decimals_of(currency))


def product(quantity: Decimal, price: Decimal) -> Decimal:
    """Return quantity times price, rounded to cents as PostgreSQL rounds: half a cent away from zero."""
    return (quantity * price).quantize(CENT, ROUND_HALF_UP, Context(prec=40))
