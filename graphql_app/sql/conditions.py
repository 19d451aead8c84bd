"""Filters as trees of conditions, and their translation to SQL.

Conditions are two-valued: a comparison with null is false, so every condition is true or false for a row, and ``Not``
selects exactly the remaining rows. (In plain SQL, a row with a null would be in neither result.)
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, and_, any_, exists, false, literal_column, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, aliased

from graphql_app.models.base import Entity
from graphql_app.sql.edges import Edge, Kind
from graphql_app.sql.parameters import Expression, Given, Parameter, SqlType, Statement, bound, in_tenant


@dataclass(frozen=True, slots=True)
class Compare:
    """``column operator value``; ``operator`` is a key of OPERATORS."""

    column: str
    operator: str
    value: Any  # of the column's type, a Parameter or a Given


@dataclass(frozen=True, slots=True)
class And:
    """Conjunction; true without parts."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Disjunction; false without parts."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Negation of ``part``."""

    part: "Condition"


class Quantifier(Enum):
    """Number of related rows that must satisfy a condition."""

    SOME = "at least one related record matches"
    EVERY = "every related record matches, or there are none"
    NONE = "no related record matches"


@dataclass(frozen=True, slots=True)
class Related:
    """Condition on the rows related by an edge. For a to-one edge, SOME means that the row exists and matches."""

    edge: Edge
    quantifier: Quantifier
    part: "Condition"


Condition = Compare | And | Or | Not | Related


# entities have mapped attributes, which are expressions and have their columns as ``property``
type Attribute = InstrumentedAttribute[Any]


def _neq(column: Attribute, value: Expression) -> ColumnElement[bool]:
    return column.is_distinct_from(value) if column.property.columns[0].nullable else column != value


def _like(column: Attribute, pattern: Expression) -> ColumnElement[bool]:
    return column.like(pattern, escape=ESCAPE)


OPERATORS: dict[str, Callable[[Attribute, Expression], ColumnElement[bool]]] = {
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
"""SQL of each comparator of the API, for a column and a parameter. ``isNull`` has no parameter."""

ESCAPE = "/"
PATTERNS = {"contains": "%{}%", "containsIgnoreCase": "%{}%", "startsWith": "{}%"}
LISTS = ("in", "nin")


def parameter_of(compare: Compare) -> object:
    """Return the value of the parameter: a LIKE pattern for a text, a list for several values."""
    if isinstance(compare.value, Given):
        return compare.value.then(lambda value: parameter_of(replace(compare, value=value)))
    if compare.operator in PATTERNS:
        escaped = re.sub("([%_/])", rf"{ESCAPE}\1", compare.value)
        return PATTERNS[compare.operator].format(escaped)
    return list(compare.value) if compare.operator in LISTS else compare.value


def _compared(compare: Compare, column: Attribute) -> ColumnElement[bool]:
    if compare.operator == "isNull":
        return column.is_(None) if compare.value else column.is_not(None)
    kind: SqlType = ARRAY(column.type) if compare.operator in LISTS else column.type
    value = compare.value if isinstance(compare.value, Parameter) else parameter_of(compare)
    return OPERATORS[compare.operator](column, bound(value, kind))


def to_sql(condition: Condition, entity: Entity) -> ColumnElement[bool]:
    """Return the SQL expression of a condition on rows of ``entity``, a model or an alias of one."""
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


def _related(edge: Edge, quantifier: Quantifier, part: Condition, entity: Entity) -> ColumnElement[bool]:
    far = aliased(edge.target)
    inner = to_sql(part, far)
    if quantifier is Quantifier.EVERY:
        inner = _not(inner)
    matching = exists(related(edge, entity, far, literal_column("1")).where(inner))
    return matching if quantifier is Quantifier.SOME else ~matching


def related(edge: Edge, entity: Entity, far: Entity, read: Expression) -> Statement:
    """Return a SELECT of ``read`` from the rows of ``far`` to which ``edge`` leads from ``entity``.

    A link table is joined: with a subquery in the condition, PostgreSQL could not read the link table first.
    """
    rows, owner = owned(select(read).select_from(far).where(in_tenant(far)), edge, far)
    return rows.where(owner == getattr(entity, edge.parent_key))


def owned(statement: Statement, edge: Edge, entity: Entity) -> tuple[Statement, Expression]:
    """Return the statement, joined with the edge's link table if any, and its column with the key of the parent."""
    column: Expression = getattr(entity, edge.target_column)
    if edge.kind is not Kind.THROUGH:
        return statement, column
    assert edge.link is not None
    link = edge.link.alias()
    return statement.join(link, and_(in_tenant(link.c), link.c[edge.link_target] == column)), link.c[edge.link_parent]


def _not(expression: ColumnElement[bool]) -> ColumnElement[bool]:
    return expression.is_not(True)
