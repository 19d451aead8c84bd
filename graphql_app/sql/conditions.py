"""Filters as trees of conditions, and their translation to SQL.

Conditions are two-valued: a comparison with null is false, so every condition is true or false for a row, and ``Not``
selects exactly the remaining rows. (In plain SQL, a row with a null would be in neither result.)
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, exists, false, literal_column, or_, select, true
from sqlalchemy.orm import aliased

from graphql_app.models.base import Entity
from graphql_app.models.kinds import kind_of
from graphql_app.models.kinds.comparators import COMPARATORS, Attribute, Comparator, Operand, negated
from graphql_app.models.kinds.kind import Conversion
from graphql_app.sql.edges import Edge, Kind
from graphql_app.sql.parameters import Expression, Given, Parameter, Statement, bound, in_tenant
from graphql_app.sql.row_rules import Audience, key_column, readable

__all__ = ["And", "Compare", "Condition", "Not", "Quantifier", "Related"]


@dataclass(frozen=True, slots=True)
class Compare:
    """``column operator value``. The ``operator`` is a comparator, or the name of one of COMPARATORS."""

    column: str
    operator: Comparator | str
    value: Any  # of the column's type, a Parameter or a Given

    @property
    def comparator(self) -> Comparator:
        """Comparator that generates the SQL of the condition."""
        return COMPARATORS[self.operator] if isinstance(self.operator, str) else self.operator


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

    SOME = "At least one related record matches."
    EVERY = "All related records match (true if there are none)."
    NONE = "No related record matches."


@dataclass(frozen=True, slots=True)
class Related:
    """Condition on the rows related by an edge. For a to-one edge, SOME means that the row exists and matches."""

    edge: Edge
    quantifier: Quantifier
    part: "Condition"


Condition = Compare | And | Or | Not | Related
"""Condition on the rows of a model."""


def parameter_of(compare: Compare) -> object:
    """Return the parameter's value, such as a LIKE pattern for a text, or a list of values."""
    value, prepare = compare.value, compare.comparator.prepare
    return [_prepared(each, prepare) for each in value] if isinstance(value, tuple) else _prepared(value, prepare)


def _prepared(value: Any, prepare: Conversion) -> object:
    return value.then(prepare) if isinstance(value, Given) else prepare(value)


def _compared(compare: Compare, column: Attribute) -> ColumnElement[bool]:
    comparator = compare.comparator
    if comparator.operand is Operand.FLAG:
        return comparator.sql(column, compare.value)
    kind = kind_of(column.type).parameter(comparator.operand)
    value = compare.value if isinstance(compare.value, Parameter) else parameter_of(compare)
    return comparator.sql(column, bound(value, kind))


def to_sql(condition: Condition, entity: Entity, audience: Audience | None) -> ColumnElement[bool]:
    """Return the SQL expression of a condition on rows of ``entity``, a model or an alias of one.

    Only rows that the rules show to the audience count as related.
    """
    match condition:
        case Compare():
            return _compared(condition, cast(Attribute, key_column(entity, condition.column, audience)))
        case And(parts):
            return and_(true(), *(to_sql(part, entity, audience) for part in parts))
        case Or(parts):
            return or_(false(), *(to_sql(part, entity, audience) for part in parts))
        case Not(part):
            return negated(to_sql(part, entity, audience))
        case Related():
            return _related(condition, entity, audience)


def _related(condition: Related, entity: Entity, audience: Audience | None) -> ColumnElement[bool]:
    edge, quantifier, far = condition.edge, condition.quantifier, aliased(condition.edge.target)
    inner = to_sql(condition.part, far, audience)
    if quantifier is Quantifier.EVERY:
        inner = negated(inner)
    matching = exists(related(edge, entity, far, literal_column("1"), audience).where(inner))
    return matching if quantifier is Quantifier.SOME else ~matching


def related(edge: Edge, entity: Entity, far: Entity, read: Expression, audience: Audience | None) -> Statement:
    """Return a SELECT of ``read`` from the visible rows of ``far`` to which ``edge`` leads from ``entity``.

    A link table is joined: with a subquery in the condition, PostgreSQL could not read the link table first.
    """
    rows, owner = owned(select(read).select_from(far).where(readable(far, audience)), edge, far)
    return rows.where(owner == getattr(entity, edge.parent_key))


def owned(statement: Statement, edge: Edge, entity: Entity) -> tuple[Statement, Expression]:
    """Return the statement, joined with the edge's link table if any, and its column with the key of the parent."""
    column: Expression = getattr(entity, edge.target_column)
    if edge.kind is not Kind.THROUGH:
        return statement, column
    assert edge.link is not None
    link = edge.link.alias()
    return statement.join(link, and_(in_tenant(link.c), link.c[edge.link_target] == column)), link.c[edge.link_parent]
