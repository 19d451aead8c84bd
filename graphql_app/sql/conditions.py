"""Filters as values: a tree that says which rows are meant, and its translation to SQL.

Conditions are two-valued: null equals nothing and is compared with nothing, so every condition is true or false for a
row, and ``Not`` gives exactly the other rows. (SQL alone would drop a row with a null from both.)
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, any_, exists, false, literal_column, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, aliased

from graphql_app.sql.edges import Edge, Kind
from graphql_app.sql.parameters import Given, Parameter, bound, in_tenant


@dataclass(frozen=True, slots=True)
class Compare:
    """``column operator value``; ``operator`` is a key of OPERATORS."""

    column: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class And:
    """All of them; true when there are none."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them; false when there are none."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The rows for which ``part`` is not true."""

    part: "Condition"


class Quantifier(Enum):
    """How many rows at the far end have to satisfy a condition."""

    SOME = "at least one related record matches"
    EVERY = "every related record matches, or there are none"
    NONE = "no related record matches"


@dataclass(frozen=True, slots=True)
class Related:
    """What the rows at the far end of an edge are like. For a to-one edge, SOME means: there is one, and it matches."""

    edge: Edge
    quantifier: Quantifier
    part: "Condition"


Condition = Compare | And | Or | Not | Related


def _neq(column: Any, value: Any) -> Any:
    return column.is_distinct_from(value) if _nullable(column) else column != value


def _like(column: Any, pattern: Any) -> Any:
    return column.like(pattern, escape=ESCAPE)


OPERATORS: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "neq": _neq,
    "in": lambda column, values: column == any_(values),
    "nin": lambda column, values: _not(column == any_(values)),
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "contains": _like,
    "containsIgnoreCase": lambda column, pattern: column.ilike(pattern, escape=ESCAPE),
    "startsWith": _like,
}
"""How each comparator of the API is said in SQL, of a column and a parameter. ``isNull`` takes none."""

ESCAPE = "/"
PATTERNS = {"contains": "%{}%", "containsIgnoreCase": "%{}%", "startsWith": "{}%"}
LISTS = ("in", "nin")


def parameter_of(compare: Compare) -> Any:
    """The value that PostgreSQL is given: a LIKE pattern for a text, a list for several values."""
    if isinstance(compare.value, Given):
        return compare.value.then(lambda value: parameter_of(replace(compare, value=value)))
    if compare.operator in PATTERNS:
        escaped = re.sub("([%_/])", rf"{ESCAPE}\1", compare.value)
        return PATTERNS[compare.operator].format(escaped)
    return list(compare.value) if compare.operator in LISTS else compare.value


def _compared(compare: Compare, column: Any) -> ColumnElement[bool]:
    if compare.operator == "isNull":
        is_null: ColumnElement[bool] = column.is_(None) if compare.value else column.is_not(None)
        return is_null
    kind = ARRAY(column.type) if compare.operator in LISTS else column.type
    value = compare.value if isinstance(compare.value, Parameter) else parameter_of(compare)
    return OPERATORS[compare.operator](column, bound(value, kind))


def to_sql(condition: Condition, entity: Any) -> ColumnElement[bool]:
    """``condition`` about rows of ``entity`` (a model or an alias of one), as an SQL expression."""
    match condition:
        case Compare():
            return _compared(condition, getattr(entity, condition.column))
        case And(parts):
            return and_(true(), *(to_sql(part, entity) for part in parts))
        case Or(parts):
            return or_(false(), *(to_sql(part, entity) for part in parts))
        case Not(part):
            return _not(to_sql(part, entity))
        case Related(edge, quantifier, part):
            return _related(edge, quantifier, part, entity)


def _related(edge: Edge, quantifier: Quantifier, part: Condition, entity: Any) -> ColumnElement[bool]:
    far = aliased(edge.target)
    inner = to_sql(part, far)
    if quantifier is Quantifier.EVERY:
        inner = _not(inner)
    matching = exists(related(edge, entity, far, literal_column("1")).where(inner))
    return matching if quantifier is Quantifier.SOME else ~matching


def related(edge: Edge, entity: Any, far: Any, read: Any) -> Select[Any]:
    """``read`` from the rows of ``far`` at the other end of ``edge`` from ``entity``.

    A link table is joined. A subquery about it in the condition would keep PostgreSQL from reading the link first.
    """
    rows, owner = owned(select(read).select_from(far).where(in_tenant(far)), edge, far)
    return rows.where(owner == getattr(entity, edge.parent_key))


def owned(statement: Select[Any], edge: Edge, entity: Any) -> tuple[Select[Any], Any]:
    """The statement with what is needed to say whose row each one is, and the column that says it."""
    column: InstrumentedAttribute[Any] = getattr(entity, edge.target_column)
    if edge.kind is not Kind.THROUGH:
        return statement, column
    assert edge.link is not None
    link = edge.link.alias()
    return statement.join(link, and_(in_tenant(link.c), link.c[edge.link_target] == column)), link.c[edge.link_parent]


def _not(expression: ColumnElement[bool]) -> ColumnElement[bool]:
    return expression.is_not(True)


def _nullable(column: Any) -> bool:
    return bool(column.property.columns[0].nullable)
