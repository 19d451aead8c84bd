"""Kinds of ranges."""

import re
from collections.abc import Callable
from typing import Any, NewType

from sqlalchemy import BigInteger, Date, DateTime, Integer
from sqlalchemy.dialects.postgresql import DATERANGE, INT4RANGE, INT8RANGE, NUMRANGE, TSRANGE, TSTZRANGE, Range

from graphql_app.models.kinds.comparators import EQUALITY, Attribute, Comparator, Operand
from graphql_app.models.kinds.kind import ColumnKind, ColumnType, register_kind
from graphql_app.models.kinds.numbers import EXACT, BigIntegerKind, IntegerKind
from graphql_app.models.kinds.scalars import IS_INTEGER, Scalar
from graphql_app.models.kinds.times import DateKind, LocalTimeKind, MomentKind

__all__ = ["BigIntRange", "DateRange", "DateTimeRange", "DecimalRange", "IntRange", "LocalDateTimeRange"]

IntRange = NewType("IntRange", Range[Any])
"""Annotation of a column ``int4range``."""
BigIntRange = NewType("BigIntRange", Range[Any])
"""Annotation of a column ``int8range``."""
DecimalRange = NewType("DecimalRange", Range[Any])
"""Annotation of a column ``numrange``."""
DateRange = NewType("DateRange", Range[Any])
"""Annotation of a column ``daterange``."""
DateTimeRange = NewType("DateTimeRange", Range[Any])
"""Annotation of a column ``tstzrange``."""
LocalDateTimeRange = NewType("LocalDateTimeRange", Range[Any])
"""Annotation of a column ``tsrange``."""

EMPTY = "empty"
FORM = re.compile(r"(?P<open>[\[(])(?P<lower>[^,\[\]()]*),(?P<upper>[^,\[\]()]*)(?P<close>[\])])").fullmatch


def _contains(column: Attribute, value: Any) -> Any:
    return column.bool_op("@>")(value)


CONTAINS = Comparator("contains", "Contains this value.", _contains, Operand.ELEMENT)
OVERLAPS = Comparator(
    "overlaps", "Has values in common with this range.", lambda column, value: column.bool_op("&&")(value)
)


class RangeKind(ColumnKind):
    """Kind of ranges of the values of another kind."""

    comparators = (*EQUALITY, CONTAINS, OVERLAPS)
    json = list

    def __init__(self, type: ColumnType, element: ColumnKind, scalar: Scalar) -> None:
        super().__init__(type)
        self.element, self.scalar = element, scalar
        read = self.reader
        assert read is not None
        self._read: Callable[[object], Range[Any]] = read
        self.native = lambda value: write_range(read(value), element)

    def compared_kind(self, operand: Operand) -> ColumnKind:
        return self.element if operand in (Operand.ELEMENT, Operand.ELEMENTS) else self

    def parameter(self, operand: Operand) -> ColumnType:
        return self.element.compared if operand is Operand.ELEMENT else super().parameter(operand)

    def to_cursor(self, value: Any) -> list[object]:
        """Return the bounds and their brackets; nothing for an empty range."""
        found = value if isinstance(value, Range) else self._read(value)
        if found.isempty:
            return []
        return [found.bounds, *(self._bound(each) for each in (found.lower, found.upper))]

    def _bound(self, value: Any) -> object:
        write = self.element.to_cursor
        return value if value is None or write is None else write(value)

    def parse(self, value: list[Any]) -> Range[Any]:
        if not value:
            return Range(empty=True)
        bounds, *both = value
        if bounds not in ("[)", "(]", "()", "[]"):
            raise ValueError("unknown brackets")
        lower, upper = (None if each is None else self.element.from_cursor(each) for each in both)
        return Range(lower, upper, bounds=bounds)


def write_range(value: Range[Any], element: ColumnKind) -> str:
    """Return a text such as ``[1,10)``; a missing bound is unlimited."""
    if value.isempty:
        return EMPTY
    lower, upper = ("" if each is None else str(element.respond(each)) for each in (value.lower, value.upper))
    return f"{value.bounds[0] if lower else '('}{lower},{upper}{value.bounds[1] if upper else ')'}"


def _reader(name: str, element: ColumnKind) -> Callable[[object], Range[Any]]:
    """Return the function that reads a range from a text. It raises ValueError."""

    def read(text: object) -> Range[Any]:
        if text == EMPTY:
            return Range(empty=True)
        found = FORM(text) if isinstance(text, str) else None
        if found is None:
            raise ValueError(f"{name} must be a string such as [lower,upper): a square bracket includes the bound.")
        lower, upper = (_read_bound(found[each], element) for each in ("lower", "upper"))
        if lower is not None and upper is not None and lower > upper:
            raise ValueError(f"The lower bound of {name} must not be greater than the upper one.")
        bounds: Any = found["open"] + found["close"]  # one of the four literals, by FORM
        return Range(lower, upper, bounds=bounds)

    return read


def _read_bound(text: str, element: ColumnKind) -> Any:
    if not text:
        return None
    read = element.scalar.read
    if read is None:
        if not IS_INTEGER(text) or len(text) > len(str(-(2**31))) or element.problem(int(text)):
            raise ValueError("Bounds must be whole numbers of 32 bits.")
        return int(text)
    return read(text)


def _declare(python: Any, sql_type: type[ColumnType], element: ColumnKind) -> Scalar:
    """Register the kind of a type of ranges. Return its scalar."""
    name: str = python.__name__
    scalar = Scalar(
        name,
        python,
        f"Range of {element.name} values, such as [lower,upper): a square bracket includes the bound, a missing bound "
        "is unlimited, and `empty` is the range without values.",
        "https://www.postgresql.org/docs/current/rangetypes.html#RANGETYPES-IO",
        lambda value: write_range(value, element),
        _reader(name, element),
    )
    register_kind(sql_type, lambda type: RangeKind(type, element, scalar))
    return scalar


RANGES = (
    _declare(IntRange, INT4RANGE, IntegerKind(Integer())),
    _declare(BigIntRange, INT8RANGE, BigIntegerKind(BigInteger())),
    _declare(DecimalRange, NUMRANGE, EXACT),
    _declare(DateRange, DATERANGE, DateKind(Date())),
    _declare(DateTimeRange, TSTZRANGE, MomentKind(DateTime(timezone=True))),
    _declare(LocalDateTimeRange, TSRANGE, LocalTimeKind(DateTime())),
)
"""Scalars of ranges."""
