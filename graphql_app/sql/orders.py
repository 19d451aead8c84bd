"""The order of a list as a value: keys by which rows are compared, the last of them unique, and places between rows.

Every list is totally ordered, because the row's own ``id`` comes last; so a place in it can be named by the values of
its keys, and a page begins exactly where the one before it ended. Rows after a place are those with a later first key,
or the same first key and a later second one, and so on; "later" depends on where nulls go.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2s
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, UnaryExpression, and_, false, func, or_, true, tuple_
from sqlalchemy.orm import aliased
from sqlalchemy.types import TypeEngine

from graphql_app.models.base import Base
from graphql_app.sql.conditions import related
from graphql_app.sql.edges import Edge
from graphql_app.sql.joins import Joins
from graphql_app.sql.parameters import bound


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One thing to sort by: a column, or a count of related rows, of the row itself or of one reached over to-one
    edges.

    Where nulls go is PostgreSQL's default unless said: as if they were larger than everything else. That keeps a plain
    index usable; only the other choice is spelled out in SQL.
    """

    column: str
    descending: bool = False
    nulls_first: bool | None = None
    path: tuple[Edge, ...] = ()
    counted: Edge | None = None
    """For the number of rows at the other end of a to-many edge, that edge; ``column`` is then its name."""

    @property
    def puts_nulls_first(self) -> bool:
        return self.descending if self.nulls_first is None else self.nulls_first

    def reversed(self) -> "OrderKey":
        return replace(self, descending=not self.descending, nulls_first=not self.puts_nulls_first)

    def __str__(self) -> str:
        names = ".".join([*(edge.name for edge in self.path), f"{self.column}#" if self.counted else self.column])
        return f"{names}{'-' if self.descending else '+'}{'n' if self.puts_nulls_first else ''}"


Order = tuple[OrderKey, ...]


def complete(keys: Order) -> Order:
    """``keys`` made total by the row's id, in the direction of the last key, so that one index can serve both."""
    if any(not key.path and key.column == "id" for key in keys):
        return keys
    return (*keys, OrderKey("id", descending=keys[-1].descending if keys else False))


def backwards(order: Order) -> Order:
    """The same rows from the other end."""
    return tuple(key.reversed() for key in order)


def fingerprint(model: type[Base], order: Order) -> str:
    """A short text that differs for every other list or order; cursors are bound to it."""
    text = f"{model.__tablename__}:{','.join(map(str, order))}"
    return blake2s(text.encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class SortColumn:
    """An order key that found its column in a statement."""

    key: OrderKey
    expression: ColumnElement[Any]
    nullable: bool

    def clause(self) -> UnaryExpression[Any]:
        """The ORDER BY element; NULLS is spelled out only where it is needed and differs from the default."""
        ordered = self.expression.desc() if self.key.descending else self.expression.asc()
        if self.nullable and self.key.puts_nulls_first != self.key.descending:
            ordered = ordered.nulls_first() if self.key.puts_nulls_first else ordered.nulls_last()
        return ordered


def sort_columns(order: Order, reach: Joins, model: type[Base]) -> tuple[SortColumn, ...]:
    """Find each key's column in a statement about ``model``, reaching for the rows that it needs."""
    return tuple(SortColumn(key, _expression(key, reach.row(key.path)), is_nullable(key, model)) for key in order)


def _expression(key: OrderKey, row: Any) -> Any:
    if key.counted is None:
        return getattr(row, key.column)
    far = aliased(key.counted.target)
    return related(key.counted, row, far, func.count()).scalar_subquery()


def is_nullable(key: OrderKey, model: type[Base]) -> bool:
    """Whether the key can be null: its column can, or a row on the way to it may be missing."""
    if key.counted is not None:
        return False  # nothing, counted, is zero
    return any(edge.nullable for edge in key.path) or bool(_column(key, model).nullable)


def type_of(key: OrderKey, model: type[Base]) -> TypeEngine[Any]:
    """The SQL type of the values that the key sorts by."""
    return BigInteger() if key.counted is not None else _column(key, model).type


def _column(key: OrderKey, model: type[Base]) -> Any:
    return (key.path[-1].target if key.path else model).__table__.c[key.column]


Place = tuple[Any, ...]


def after(columns: Sequence[SortColumn], place: Place, *, inclusive: bool = False) -> ColumnElement[bool]:
    """True for rows that come after ``place``, or are exactly there if ``inclusive``."""
    if _is_row_comparable(columns):
        return _row_comparison(columns, place, inclusive)
    pairs = list(zip(columns, place, strict=True))
    steps = [and_(*(_same(*pair) for pair in pairs[:depth]), _later(*pairs[depth])) for depth in range(len(pairs))]
    if inclusive:
        steps.append(and_(*(_same(*pair) for pair in pairs)))
    return and_(_first_bound(*pairs[0]), or_(*steps))


def before(columns: Sequence[SortColumn], place: Place, *, inclusive: bool = False) -> ColumnElement[bool]:
    """True for rows that come before ``place``: after it, seen from the other end."""
    return after([replace(column, key=column.key.reversed()) for column in columns], place, inclusive=inclusive)


def _first_bound(first: SortColumn, value: Any) -> ColumnElement[bool]:
    """Return a redundant condition on the first key, with which an index on it can start at the place."""
    if first.nullable:
        return true()
    bound = _bound(first, value)
    return first.expression <= bound if first.key.descending else first.expression >= bound


def _is_row_comparable(columns: Sequence[SortColumn]) -> bool:
    directions = {column.key.descending for column in columns}
    return len(directions) == 1 and not any(column.nullable for column in columns)


def _row_comparison(columns: Sequence[SortColumn], place: Place, inclusive: bool) -> ColumnElement[bool]:
    """``(a, b) > (x, y)``: what an index on (a, b) answers directly."""
    row = tuple_(*(column.expression for column in columns))
    here = tuple_(*(_bound(column, value) for column, value in zip(columns, place, strict=True)))
    if columns[0].key.descending:
        return row <= here if inclusive else row < here
    return row >= here if inclusive else row > here


def _same(column: SortColumn, value: Any) -> ColumnElement[bool]:
    return column.expression.is_(None) if value is None else column.expression == _bound(column, value)


def _later(column: SortColumn, value: Any) -> ColumnElement[bool]:
    expression, nulls_first = column.expression, column.key.puts_nulls_first
    if value is None:
        return expression.is_not(None) if nulls_first else false()
    bound = _bound(column, value)
    later = expression < bound if column.key.descending else expression > bound
    return or_(later, expression.is_(None)) if column.nullable and not nulls_first else later


def _bound(column: SortColumn, value: Any) -> ColumnElement[Any]:
    return bound(value, column.expression.type)
