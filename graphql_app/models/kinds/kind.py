"""Base class of column kinds, and the registry of kinds by SQL types."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar

from sqlalchemy import ARRAY, ColumnElement, Dialect, Text, case, func
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.types import TypeEngine

from graphql_app.models.kinds.comparators import EQUALITY, Comparator, Operand
from graphql_app.models.kinds.scalars import Scalar

DIALECT: Dialect = PGDialect_asyncpg(dbapi=PGDialect_asyncpg.import_dbapi())
TEXT = Text()
type ColumnType = TypeEngine[Any]
"""SQL type of a column."""
type Selected = ColumnElement[Any]
"""Column or expression of a SELECT."""
type Conversion = Callable[[Any], Any]
"""Conversion of values from one type to another, which depends on the column. None is not converted."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Aggregate function of the columns of a kind: the kind of its values, and its SQL.

    ``read`` returns the value of that kind for a value of the driver.
    """

    kind: "ColumnKind"
    sql: Callable[[Selected], Selected]
    read: Conversion | None = None


class ColumnKind:
    """Kind of column, with the limits of one SQL type.

    Resolvers read Python values, which ``scalar`` converts to the response. A plan reads text that PostgreSQL has
    formatted for the response if ``is_text``, otherwise values of the driver, which ``native`` converts to the same
    response.
    """

    scalar: Scalar
    comparators: tuple[Comparator, ...] = EQUALITY
    is_text: ClassVar[bool] = False
    is_time: ClassVar[bool] = False
    """True if the values can be grouped by period of time."""
    is_array: bool = False
    is_limited: bool = False
    """True if a column cannot hold every value of its Python type: see :meth:`problem`."""
    native: Conversion | Mapping[Any, object] | None = None
    """Response for a value of the driver; None if it is the value itself."""
    show: Conversion | None = None
    """API value for a Python value that the scalar cannot represent; None if the scalar represents all values."""
    is_ordered: bool = True
    """True if PostgreSQL can sort and group the values."""
    to_cursor: Conversion | None = None
    """JSON value of a cursor for a value of the driver or of Python; None if it is the value itself."""
    code: int | None = None
    """OID of the values in results, on which some conversions of SQLAlchemy depend."""
    json: ClassVar[type] = str
    """Type of the JSON values of cursors."""

    def __init__(self, type: ColumnType) -> None:
        self.type = type
        self.stored: ColumnKind = self
        """Kind of the values as they are stored and sorted."""

    @property
    def annotation(self) -> Any:  # a type, a NewType or a list of one
        """Annotation of fields with values of this kind."""
        return self.scalar.python

    @property
    def name(self) -> str:
        """Name of the values in the API, such as ``String``."""
        return self.scalar.name

    @property
    def compared(self) -> ColumnType:
        """SQL type of the parameters with which columns are compared."""
        return self.type

    @property
    def result_type(self) -> ColumnType:
        """SQL type of the results of expressions of this kind, which may exceed the limits of a column."""
        return self.type

    @cached_property
    def reader(self) -> Conversion | None:
        """Conversion of the driver's values to Python's; None if they are the same."""
        return self.type.dialect_impl(DIALECT).result_processor(DIALECT, self.stored.code)

    @cached_property
    def aggregates(self) -> Mapping[str, Aggregate]:
        """Aggregate functions of columns of this kind, by their names in the API."""
        return {}

    def text(self, column: Selected) -> Selected:
        """Return the expression of the text in the response."""
        raise TypeError(f"{type(self).__name__} has no text form.")

    def sorted(self, column: Selected) -> Selected:
        """Return the expression by which rows are sorted, of the type of ``stored``."""
        return column

    def period(self, column: Selected, unit: str, time_zone: str) -> Selected:
        """Return the beginning of the period that contains a time, in days of ``time_zone`` if it is a moment."""
        raise TypeError(f"{type(self).__name__} has no periods.")

    def respond(self, value: Any) -> Any:
        """Return the value of the response for a Python value."""
        write = self.scalar.write
        return value if write is None else write(value)

    def parameter(self, operand: Operand) -> ColumnType:
        """Return the SQL type of the parameter of a comparator."""
        match operand:
            case Operand.LIST:
                return postgresql.ARRAY(self.compared)
            case Operand.TEXT:
                return TEXT
        return self.compared

    def compared_kind(self, operand: Operand) -> "ColumnKind":
        """Return the kind of a comparator's operand, or of the values in a list."""
        return self

    def comparable(self, value: Any) -> object:
        """Return the parameter for an input value with which columns are compared.

        Raises ValueError with a message for the client.
        """
        return value

    def problem(self, value: object) -> str | None:
        """Return the message for a value that a column cannot hold exactly, or None.

        Values of other types, such as SQL expressions, are not checked.
        """
        return None

    def from_cursor(self, value: Any) -> object:
        """Return the parameter for a value of a cursor. Raises ValueError, TypeError or ArithmeticError."""
        if type(value) is not self.json or (self.json is str and "\0" in str(value)):
            raise TypeError(f"expected {self.json.__name__}")
        found = self.parse(value)
        if (problem := self.problem(found)) is not None:
            raise ValueError(problem)
        return found

    def parse(self, value: Any) -> object:
        """Return the parameter for a value of a cursor, which has the JSON type of this kind."""
        return value


def extremes(kind: ColumnKind) -> dict[str, Aggregate]:
    """Return the aggregates of values that have an order."""
    return {"min": Aggregate(kind, func.min, kind.show), "max": Aggregate(kind, func.max, kind.show)}


def nearest(column: Selected, least: Selected, most: Selected) -> Selected:
    """Return the expression of the value of a column, or of the nearest bound. Null stays null."""
    return case((column > most, most), (column < least, least), else_=column)


class UnknownKind(KeyError):
    """SQL type without a kind."""


class OpaqueKind(ColumnKind):
    """Kind of columns without a declared kind. The API cannot expose them."""

    comparators = ()

    def __init__(self, type: ColumnType) -> None:
        super().__init__(type)
        self.is_array = isinstance(type, ARRAY)

    @property
    def scalar(self) -> Scalar:  # type: ignore[override]  # it has none
        raise UnknownKind(self.type)


type MakeKind = Callable[[Any], ColumnKind]
"""Function that returns the kind of a column's type, which is of the class for which it is registered."""
_KINDS: dict[type[ColumnType], MakeKind] = {TypeEngine: OpaqueKind}


def register_kind(sql_type: type[ColumnType], make: MakeKind) -> None:
    """Make ``make(type)`` the kind of columns whose type is of the class ``sql_type`` or of a subclass.

    The most specific class takes precedence. Register kinds where the models are imported, before the schema is built.
    """
    _KINDS[sql_type] = make
    kind_of.cache_clear()


@lru_cache(maxsize=10_000)
def kind_of(type: ColumnType) -> ColumnKind:
    """Return the kind of a column's type, as declared for the most specific of its classes."""
    return next(_KINDS[base](type) for base in type.__class__.__mro__ if base in _KINDS)
