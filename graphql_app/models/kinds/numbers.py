"""Kinds of numbers."""

from collections.abc import Mapping
from decimal import Context, Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import BigInteger, Integer, Numeric, SmallInteger, Text, cast, func

from graphql_app.models.kinds.comparators import EQUALITY, RANGE
from graphql_app.models.kinds.kind import Aggregate, ColumnKind, Conversion, Selected, extremes, register_kind
from graphql_app.models.kinds.scalars import DECIMAL, INT, write_decimal

BITS = {SmallInteger: 16, BigInteger: 64, Integer: 32}
MOST_DIGITS = 1000
"""Precision of a numeric column without a declared one."""


class NumberKind(ColumnKind):
    """Kind of exact numbers. Sums and averages are Decimals, because a sum of Ints can exceed an Int."""

    comparators = (*EQUALITY, *RANGE)
    is_limited = True

    @cached_property
    def aggregates(self) -> Mapping[str, Aggregate]:
        return {
            "sum": Aggregate(EXACT, func.sum, Decimal),
            "avg": Aggregate(EXACT, func.avg, Decimal),
            **extremes(self),
        }


class IntegerKind(NumberKind):
    """Kind of ``smallint`` and ``integer``."""

    scalar = INT
    json = int

    def __init__(self, type: Integer) -> None:
        super().__init__(type)
        self.most = 1 << next(bits for base, bits in BITS.items() if isinstance(type, base)) - 1

    def problem(self, value: object) -> str | None:
        if not isinstance(value, int) or -self.most <= value < self.most:
            return None
        return f"Must be a whole number from {-self.most:,} to {self.most - 1:,}."


class NumericKind(NumberKind):
    """Kind of ``numeric``."""

    scalar = DECIMAL
    is_text = True
    native = staticmethod(write_decimal)
    to_cursor = staticmethod(str)
    parse = staticmethod(Decimal)

    def __init__(self, type: Numeric[Any]) -> None:
        super().__init__(type)
        self.scale, self.precision = type.scale or 0, type.precision or MOST_DIGITS

    @cached_property
    def reader(self) -> Conversion | None:
        # the driver returns Decimals; SQLAlchemy's conversion depends on the type in the result
        return None

    def text(self, column: Selected) -> Selected:
        return cast(column, Text)

    def problem(self, value: object) -> str | None:
        if not isinstance(value, Decimal) or self._is_exact(value):
            return None
        return f"Must be a number with up to {self.precision - self.scale} digits and {self.scale} decimal places."

    def _is_exact(self, number: Decimal) -> bool:
        if not number.is_finite() or number.adjusted() >= self.precision - self.scale:
            return False
        return number == number.quantize(Decimal(1).scaleb(-self.scale), context=Context(prec=self.precision + 1))


EXACT = NumericKind(Numeric())
"""Kind of sums and averages."""
register_kind(Integer, IntegerKind)
register_kind(Numeric, NumericKind)
