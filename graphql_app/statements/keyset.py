"""Keyset conditions: which rows come after a place in an ordered list, right for nulls and mixed directions.

A place is the tuple of its order keys' values. Rows after it are those with a later first key, or the same first key
and a later second one, and so on; "later" knows where nulls go.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, true, tuple_

from graphql_app.statements.orders import SortColumn
from graphql_app.statements.slots import bound

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
    """What the rest implies anyway, said so that an index on the first key can start at the place."""
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
