"""Orders of lists and keyset pagination.

Every list is totally ordered, because its last sort key is the ``id`` of the row. The values of the keys therefore
identify a position, and a page begins exactly where the previous page ended. A row is after a position if its first key
is later, or if its first key is equal and its second key is later, and so on; "later" depends on the position of nulls.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2s

from sqlalchemy import BigInteger, ColumnElement, and_, false, func, or_, true, tuple_
from sqlalchemy.orm import aliased

from graphql_app.models.base import Base, Entity
from graphql_app.models.kinds import kind_of
from graphql_app.models.values import ModelValue, known_value, select_value
from graphql_app.sql.conditions import related
from graphql_app.sql.edges import Edge
from graphql_app.sql.joins import Joins
from graphql_app.sql.parameters import Expression, SqlDataType, bound
from graphql_app.sql.row_rules import hides

__all__ = ["Order", "OrderKey"]


@dataclass(frozen=True, slots=True)
class OrderKey:
    """Sort key: a column, or a count of related rows, of the row itself or of a row joined over to-one edges.

    By default nulls sort as the largest value, as in PostgreSQL, so a plain index is usable. NULLS FIRST or LAST is
    emitted only when it differs.
    """

    column: str
    descending: bool = False
    nulls_first: bool | None = None
    path: tuple[Edge, ...] = ()
    counted: Edge | None = None
    """To-many edge whose related rows are counted; ``column`` is then its name."""

    @property
    def puts_nulls_first(self) -> bool:
        """True if nulls sort before all values."""
        return self.descending if self.nulls_first is None else self.nulls_first

    def reversed(self) -> "OrderKey":
        """Return the key of the opposite order."""
        return replace(self, descending=not self.descending, nulls_first=not self.puts_nulls_first)

    def __str__(self) -> str:
        names = ".".join([*(edge.name for edge in self.path), f"{self.column}#" if self.counted else self.column])
        return f"{names}{'-' if self.descending else '+'}{'n' if self.puts_nulls_first else ''}"


Order = tuple[OrderKey, ...]
"""Order of a list."""


def complete(keys: Order) -> Order:
    """Return the keys with the row's id as the last one, in the direction of the previous key, for use of one index."""
    if any(not key.path and key.column == "id" for key in keys):
        return keys
    return (*keys, OrderKey("id", descending=keys[-1].descending if keys else False))


def backwards(order: Order) -> Order:
    """Return the opposite order."""
    return tuple(key.reversed() for key in order)


def fingerprint(model: type[Base], order: Order) -> str:
    """Return a hash of list and order, to which cursors are bound."""
    text = f"{model.__tablename__}:{','.join(map(str, order))}"
    return blake2s(text.encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class SortColumn:
    """Order key with its expression in a statement."""

    key: OrderKey
    expression: Expression
    nullable: bool

    def clause(self) -> Expression:
        """Return the ORDER BY element, with NULLS FIRST or LAST only if the default differs."""
        ordered = self.expression.desc() if self.key.descending else self.expression.asc()
        if self.nullable and self.key.puts_nulls_first != self.key.descending:
            ordered = ordered.nulls_first() if self.key.puts_nulls_first else ordered.nulls_last()
        return ordered


def sort_columns(order: Order, joins: Joins, model: type[Base]) -> tuple[SortColumn, ...]:
    """Return the expressions of the keys in a statement about ``model``, and join their rows."""
    return tuple(SortColumn(key, _expression(key, joins), is_nullable(key, model)) for key in order)


def _expression(key: OrderKey, joins: Joins) -> Expression:
    row: Entity = joins.row(key.path)
    if key.counted is None:
        column: Expression = select_value(row, key.column)
        return kind_of(column.type).sorted(column)
    far = aliased(key.counted.target)
    return related(key.counted, row, far, func.count(), joins.audience).scalar_subquery()


def is_nullable(key: OrderKey, model: type[Base]) -> bool:
    """Return True if the key can be null: its value is nullable, or a joined row may be missing."""
    if key.counted is not None:
        return False
    return any(edge.nullable or hides(edge.target) for edge in key.path) or _value(key, model).nullable


COUNT_TYPE = BigInteger()


def type_of(key: OrderKey, model: type[Base]) -> SqlDataType:
    """Return the SQL type of the key's values."""
    return COUNT_TYPE if key.counted is not None else kind_of(_value(key, model).type).stored.type


def _value(key: OrderKey, model: type[Base]) -> ModelValue:
    return known_value(key.path[-1].target if key.path else model, key.column)


Place = tuple[object, ...]
"""Values of the sort keys of a row."""


def after(columns: Sequence[SortColumn], place: Place, *, inclusive: bool = False) -> ColumnElement[bool]:
    """Return the condition that a row is after ``place``, or at it if ``inclusive``."""
    if _is_row_comparable(columns):
        return _row_comparison(columns, place, inclusive)
    pairs = list(zip(columns, place, strict=True))
    steps = [and_(*(_same(*pair) for pair in pairs[:depth]), _later(*pairs[depth])) for depth in range(len(pairs))]
    if inclusive:
        steps.append(and_(*(_same(*pair) for pair in pairs)))
    return and_(_first_bound(*pairs[0]), or_(*steps))


def before(columns: Sequence[SortColumn], place: Place, *, inclusive: bool = False) -> ColumnElement[bool]:
    """Return the condition that a row is before ``place``, or at it if ``inclusive``."""
    return after([replace(column, key=column.key.reversed()) for column in columns], place, inclusive=inclusive)


def _first_bound(first: SortColumn, value: object) -> ColumnElement[bool]:
    """Return a redundant condition on the first key, which lets an index scan start at the position."""
    if first.nullable:
        return true()
    bound = _bound(first, value)
    return first.expression <= bound if first.key.descending else first.expression >= bound


def _is_row_comparable(columns: Sequence[SortColumn]) -> bool:
    directions = {column.key.descending for column in columns}
    return len(directions) == 1 and not any(column.nullable for column in columns)


def _row_comparison(columns: Sequence[SortColumn], place: Place, inclusive: bool) -> ColumnElement[bool]:
    """Return the condition ``(a, b) > (x, y)``, which an index on (a, b) supports."""
    row = tuple_(*(column.expression for column in columns))
    here = tuple_(*(_bound(column, value) for column, value in zip(columns, place, strict=True)))
    if columns[0].key.descending:
        return row <= here if inclusive else row < here
    return row >= here if inclusive else row > here


def _same(column: SortColumn, value: object) -> ColumnElement[bool]:
    return column.expression.is_(None) if value is None else column.expression == _bound(column, value)


def _later(column: SortColumn, value: object) -> ColumnElement[bool]:
    expression, nulls_first = column.expression, column.key.puts_nulls_first
    if value is None:
        return expression.is_not(None) if nulls_first else false()
    bound = _bound(column, value)
    later = expression < bound if column.key.descending else expression > bound
    return or_(later, expression.is_(None)) if column.nullable and not nulls_first else later


def _bound(column: SortColumn, value: object) -> Expression:
    return bound(value, column.expression.type)
