"""What columns of many models share: a choice of named values, limits on the length of a text, an index for pages.

Choices and limits are CHECK constraints with names: the database keeps them, and a client can be told which it broke.
"""

from decimal import Context, Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Self

from sqlalchemy import BigInteger, CheckConstraint, Enum, Index, Integer, Numeric, SmallInteger
from sqlalchemy.types import TypeEngine

BITS = {SmallInteger: 16, BigInteger: 64, Integer: 32}
MOST_DIGITS = 1000
"""Of a number column that sets no limit itself."""


class Choice(StrEnum):
    """An enum whose members carry what they mean: ``OPEN = "OPEN", "Nobody has begun it."``.

    ``member.description`` is the value's description in the API, ``member.value`` what is stored.
    """

    description: str

    def __new__(cls, value: str, description: str = "") -> Self:  # looked up by its value alone
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member


def choice(kind: type[StrEnum], name: str) -> Enum:
    """The type of column ``name`` that holds one of ``kind``'s values, as text with the CHECK ``ck_<table>_<name>``.

    Never a PostgreSQL enum type: a new value is then a new CHECK, and no cached statement of a driver goes stale.
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
    """``column`` has between ``least`` and ``most`` characters: the CHECK ``ck_<table>_<column>_length``."""
    return CheckConstraint(f"char_length({column}) BETWEEN {least} AND {most}", name=f"{column}_length")


def page_index(*columns: str) -> Index:
    """``(organization_id, *columns, id)``: an organization's rows with these values, or in this order, page by page."""
    return Index(None, "organization_id", *columns, "id")


def fits(value: object, kind: TypeEngine[Any]) -> bool:
    """Whether a column of this type holds exactly this number; PostgreSQL would refuse it or, silently, round it.

    True for everything that is no number.
    """
    if isinstance(kind, Integer) and isinstance(value, int):
        return -_most(kind) <= value < _most(kind)
    return not (isinstance(kind, Numeric) and isinstance(value, Decimal)) or _is_exact(value, kind)


def numbers_of(kind: TypeEngine[Any]) -> str:
    """Which numbers fit a column of this type, in words."""
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
