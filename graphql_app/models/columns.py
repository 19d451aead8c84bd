"""Parts of columns that many models share: choices of named values, length limits, indexes for pages.

Choices and limits are CHECK constraints with names, so that a violation is translated to an error of its column.
"""

from decimal import Context, Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Self

from sqlalchemy import BigInteger, CheckConstraint, Enum, Index, Integer, Numeric, SmallInteger
from sqlalchemy.types import TypeEngine

BITS = {SmallInteger: 16, BigInteger: 64, Integer: 32}
MOST_DIGITS = 1000
"""Precision of a numeric column without a declared one."""


class Choice(StrEnum):
    """Enum whose members have descriptions: ``OPEN = "OPEN", "Not started."``.

    ``member.description`` is the description in the API, ``member.value`` the stored text.
    """

    description: str

    def __new__(cls, value: str, description: str = "") -> Self:  # a lookup passes the value only
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member


def choice(kind: type[StrEnum], name: str) -> Enum:
    """Return the type of the column ``name`` for values of ``kind``: text with the CHECK ``ck_<table>_<name>``.

    A new value replaces the CHECK. With a PostgreSQL enum type it would invalidate prepared statements.
    """
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=None,
        validate_strings=True,
        values_callable=lambda members: [member.value for member in members],
    )


def length(column: str, most: int, *, least: int = 1) -> CheckConstraint:
    """Return the CHECK ``ck_<table>_<column>_length``: ``column`` has ``least`` to ``most`` characters."""
    return CheckConstraint(f"char_length({column}) BETWEEN {least} AND {most}", name=f"{column}_length")


def page_index(*columns: str) -> Index:
    """Return the index ``(organization_id, *columns, id)``, for pages of rows with these values or in this order."""
    return Index(None, "organization_id", *columns, "id")


def fits(value: object, kind: TypeEngine[Any]) -> bool:  # a column of any type
    """Return True if a column of this type can hold the number exactly, without an error or rounding.

    Always True for values that are not numbers.
    """
    if isinstance(kind, Integer) and isinstance(value, int):
        return -_most(kind) <= value < _most(kind)
    return not (isinstance(kind, Numeric) and isinstance(value, Decimal)) or _is_exact(value, kind)


def numbers_of(kind: TypeEngine[Any]) -> str:
    """Return a phrase for the numbers that fit a column of this type."""
    if isinstance(kind, Numeric):
        scale, precision = kind.scale or 0, kind.precision or MOST_DIGITS
        return f"a number with up to {precision - scale} digits and {scale} decimal places"
    assert isinstance(kind, Integer)
    return f"a whole number from {-_most(kind):,} to {_most(kind) - 1:,}"


@cache
def _most(kind: Integer) -> int:
    return 1 << next(bits for integer, bits in BITS.items() if isinstance(kind, integer)) - 1


def _is_exact(number: Decimal, kind: Numeric[Any]) -> bool:
    scale, precision = kind.scale or 0, kind.precision or MOST_DIGITS
    if not number.is_finite() or number.adjusted() >= precision - scale:
        return False
    return number == number.quantize(Decimal(1).scaleb(-scale), context=Context(prec=precision + 1))
