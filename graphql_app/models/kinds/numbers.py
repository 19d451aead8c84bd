"""Kinds of numbers."""

from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import (
    BigInteger,
    Double,
    Float,
    Integer,
    Numeric,
    SmallInteger,
    Text,
    case,
    cast,
    func,
    literal_column,
    null,
)

from graphql_app.errors import Problem, ValueLimit
from graphql_app.models.kinds.comparators import EQUALITY, RANGE
from graphql_app.models.kinds.kind import (
    Aggregate,
    ColumnKind,
    ColumnType,
    Conversion,
    Selected,
    extremes,
    nearest,
    register_kind,
)
from graphql_app.models.kinds.scalars import BIG_INT, DECIMAL, FLOAT, INT, Scalar, write_decimal

BITS = {SmallInteger: 16, BigInteger: 64, Integer: 32}


class NumberKind(ColumnKind):
    """Kind of exact numbers. Sums and averages are Decimals, because a sum of Ints can exceed an Int."""

    comparators = (*EQUALITY, *RANGE)
    is_limited = True

    @cached_property
    def aggregates(self) -> Mapping[str, Aggregate]:
        return {
            "sum": Aggregate(EXACT, func.sum, Decimal),
            # without the zeros up to PostgreSQL's 16 digits
            "avg": Aggregate(EXACT, lambda column: func.trim_scale(func.avg(column)), Decimal),
            **extremes(self),
        }


class IntegerKind(NumberKind):
    """Kind of ``smallint`` and ``integer``."""

    scalar: Scalar = INT
    json = int

    def __init__(self, type: Integer) -> None:
        super().__init__(type)
        self.most = 1 << next(bits for base, bits in BITS.items() if isinstance(type, base)) - 1

    @property
    def compared(self) -> ColumnType:
        """SQL type of an Int, which is compared with smaller columns, too."""
        return INTEGER

    @property
    def result_type(self) -> ColumnType:
        return self.compared

    def problem(self, value: object) -> str | None:
        if not isinstance(value, int) or -self.most <= value < self.most:
            return None
        limit = ValueLimit(minimum=-self.most, maximum=self.most - 1)
        return Problem(f"Must be a whole number from {-self.most:,} to {self.most - 1:,}.", limit)


INTEGER = Integer()


class BigIntegerKind(IntegerKind):
    """Kind of ``bigint``."""

    scalar = BIG_INT
    is_text = True
    native = staticmethod(str)

    @property
    def compared(self) -> ColumnType:
        return self.type

    def text(self, column: Selected) -> Selected:
        return cast(column, Text)


class NumericKind(NumberKind):
    """Kind of ``numeric``."""

    scalar = DECIMAL
    code = 1700
    is_text = True
    native = staticmethod(write_decimal)
    to_cursor = staticmethod(str)
    parse = staticmethod(Decimal)

    def __init__(self, type: Numeric[Any]) -> None:
        super().__init__(type)
        self.scale, self.precision = type.scale or 0, type.precision

    @property
    def compared(self) -> ColumnType:
        """SQL type that does not round the parameter."""
        return EXACT.type

    @property
    def result_type(self) -> ColumnType:
        return EXACT.type

    def text(self, column: Selected) -> Selected:
        return cast(column, Text)

    def from_cursor(self, value: Any) -> object:
        if value == "NaN" or (self.precision is None and value in ("Infinity", "-Infinity")):
            return Decimal(value)
        return super().from_cursor(value)

    def problem(self, value: object) -> str | None:
        if not isinstance(value, Decimal) or self._is_exact(value):
            return None
        if self.precision is None:
            return "Must be a number."
        digits, unit = self.precision - self.scale, Decimal(1).scaleb(-self.scale)
        most = Decimal(10) ** digits - unit
        message = f"Must be a number with up to {digits} digits and {self.scale} decimal places."
        return Problem(message, ValueLimit(minimum=-most, maximum=most, multiple_of=unit))

    def _is_exact(self, number: Decimal) -> bool:
        if not number.is_finite() or self.precision is None:
            return number.is_finite()
        if number.adjusted() >= self.precision - self.scale:
            return False
        return number == number.quantize(Decimal(1).scaleb(-self.scale), context=Context(prec=self.precision + 1))


MOST_FLOAT = 1.7976931348623157e308
LEAST_FLOAT: Selected = literal_column(f"'{-MOST_FLOAT!r}'::float8", Double())
LARGEST_FLOAT: Selected = literal_column(f"'{MOST_FLOAT!r}'::float8", Double())


def finite(value: float) -> float:
    """Return the nearest number of JSON. NaN is the largest float, as in PostgreSQL's order."""
    return min(max(value, -MOST_FLOAT), MOST_FLOAT) if value == value else MOST_FLOAT


MUCH: Selected = literal_column("'1e140'::float8", Double())
LITTLE: Selected = literal_column("'1e-200'::float8", Double())
SCALE: Selected = literal_column("'18446744073709551616'::float8", Double())
"""Thresholds above and below which sums are scaled, and the power of two by which they are divided."""


def _sum(column: Selected) -> Selected:
    """Return the sum of floats, or the nearest float if it is out of range: PostgreSQL raises an error instead."""
    return _scaled(column, func.sum, lambda total: total)


def _average(column: Selected) -> Selected:
    """Return the mean of floats. PostgreSQL raises an error if the sum of their squares is out of range."""
    return _scaled(column, func.avg, lambda total: total / func.count(column))


def _scaled(column: Selected, function: Conversion, of_total: Callable[[Selected], Selected]) -> Selected:
    """Return the function of ordinary numbers; if there are others, the function of the scaled sum of all."""
    value = cast(column, Double)
    is_large = func.abs(value) >= MUCH
    ordinary, large = case((is_large, null()), else_=value), func.sum(case((is_large, value / SCALE)))
    rest = func.sum(ordinary)
    # a number that is too small to matter would underflow
    total = of_total(large + case((func.abs(rest) > LITTLE, rest / SCALE), else_=literal_column("0")))
    most, least = LARGEST_FLOAT / SCALE, LEAST_FLOAT / SCALE
    clipped = case((total >= most, LARGEST_FLOAT), (total <= least, LEAST_FLOAT), else_=total * SCALE)
    return case((large.is_(None), function(ordinary)), else_=clipped)


class FloatKind(NumberKind):
    """Kind of ``double precision`` and ``real``."""

    scalar = FLOAT
    code = 701
    is_text = True
    is_limited = False
    native = show = respond = staticmethod(finite)
    to_cursor = staticmethod(repr)

    def parse(self, value: str) -> float:
        return float(value)

    @property
    def compared(self) -> ColumnType:
        """SQL type of a Float."""
        return self.type

    @cached_property
    def aggregates(self) -> Mapping[str, Aggregate]:
        return {
            "sum": Aggregate(self, _sum, finite),
            "avg": Aggregate(self, _average, finite),
            **{name: Aggregate(self, getattr(func, name), finite) for name in ("min", "max")},
        }

    def text(self, column: Selected) -> Selected:
        """Return the nearest number of JSON."""
        return nearest(column, LEAST_FLOAT, LARGEST_FLOAT)


EXACT = NumericKind(Numeric())
"""Kind of sums and averages."""
register_kind(Integer, IntegerKind)
register_kind(BigInteger, BigIntegerKind)
register_kind(Numeric, NumericKind)
register_kind(Float, FloatKind)
