"""Filters as values: a tree that says which rows are meant, and its translation to SQL.

Conditions are two-valued: null equals nothing and is compared with nothing, so every condition is true or false for a
row, and ``Not`` gives exactly the other rows. (SQL alone would drop a row with a null from both.)
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, and_, any_, bindparam, exists, false, literal_column, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, aliased

from graphql_app.statements.edges import Edge, Kind
from graphql_app.statements.parameters import in_tenant


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

    SOME = "at least one"
    EVERY = "each one, and so also when there are none"
    NONE = "not one"


@dataclass(frozen=True, slots=True)
class Related:
    """What the rows at the far end of an edge are like. For a to-one edge, SOME means: there is one, and it matches."""

    edge: Edge
    quantifier: Quantifier
    part: "Condition"


Condition = Compare | And | Or | Not | Related


def _neq(column: Any, value: Any) -> Any:
    return column.is_distinct_from(value) if _nullable(column) else column != value


def _in(column: Any, values: Any) -> Any:
    return column == any_(bindparam(None, list(values), type_=ARRAY(column.type), unique=True))


def _nin(column: Any, values: Any) -> Any:
    return _not(_in(column, values))


def _is_null(column: Any, wanted: bool) -> Any:
    return column.is_(None) if wanted else column.is_not(None)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda column, value: column == value,
    "neq": _neq,
    "in": _in,
    "nin": _nin,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "contains": lambda column, value: column.contains(value, autoescape=True),
    "containsIgnoreCase": lambda column, value: column.icontains(value, autoescape=True),
    "startsWith": lambda column, value: column.startswith(value, autoescape=True),
    "isNull": _is_null,
}
"""How each comparator of the API is said in SQL."""


def to_sql(condition: Condition, entity: Any) -> ColumnElement[bool]:
    """``condition`` about rows of ``entity`` (a model or an alias of one), as an SQL expression."""
    match condition:
        case Compare(column, operator, value):
            return OPERATORS[operator](getattr(entity, column), value)  # type: ignore[no-any-return]
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
    matching = exists(select(literal_column("1")).select_from(far).where(connected(edge, entity, far), inner))
    return matching if quantifier is Quantifier.SOME else ~matching


def connected(edge: Edge, entity: Any, far: Any) -> ColumnElement[bool]:
    """``far`` is at the other end of ``edge`` from ``entity``, in the same organization."""
    key: Any = getattr(entity, edge.parent_key)
    column: InstrumentedAttribute[Any] = getattr(far, edge.target_column)
    if edge.kind is not Kind.THROUGH:
        return and_(in_tenant(far), column == key)
    assert edge.link is not None
    link = edge.link.alias()
    linked = select(link.c[edge.link_target]).where(in_tenant(link.c), link.c[edge.link_parent] == key)
    # said, because SQLAlchemy looks for the row only in the statement right around this one
    return and_(in_tenant(far), column.in_(linked.correlate(entity)))


def _not(expression: ColumnElement[bool]) -> ColumnElement[bool]:
    return expression.is_not(True)


def _nullable(column: Any) -> bool:
    return bool(column.property.columns[0].nullable)
