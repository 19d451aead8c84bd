"""Row rules: the rows of a model that a viewer may see, and those that the viewer may change.

``visible(Task, rule)`` declares a rule, which returns a condition on the columns of the model. It is called once per
role and set of scopes, when statements are compiled: these two are known then, the ids of the viewer are parameters.
Every statement about a model has the condition of ``readable``.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    Uuid,
    and_,
    bindparam,
    case,
    exists,
    false,
    inspect,
    literal_column,
    true,
)
from sqlalchemy.orm import RelationshipDirection, aliased
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.visitors import replacement_traverse

from graphql_app.errors import StartupError
from graphql_app.models.base import Base, Entity, table_columns
from graphql_app.models.values import select_value
from graphql_app.sql.edges import Edge, Relationship, edge_of
from graphql_app.sql.parameters import ORGANIZATION, Expression, in_tenant
from graphql_app.viewer import Viewer

__all__ = [
    "Audience",
    "Condition",
    "RowRules",
    "Rule",
    "RuleViewer",
    "changeable",
    "changeable_rows",
    "only",
    "readable",
    "visible",
]

HIDDEN = "The record is not visible to you."
"""Message of the error in place of a required record that rules hide."""
VIEWER_ID: ColumnElement[UUID] = bindparam("viewer_id", type_=Uuid())
"""ID of the user, which the engine supplies to every statement."""


class RuleViewer(NamedTuple):
    """Viewer as the argument of a rule. The ids are parameters of the statement."""

    role: str
    scopes: frozenset[str] | None
    user_id: ColumnElement[UUID] = VIEWER_ID
    organization_id: ColumnElement[UUID] = ORGANIZATION

    def has_scope(self, scope: str) -> bool:
        """Return True if the request has no API key, or one with this scope."""
        return self.scopes is None or scope in self.scopes


type Condition = ColumnElement[bool] | bool
"""Condition on the columns of a model. True admits all rows, False none."""
type Rule = Callable[[RuleViewer], Condition]
"""Function that returns the condition on visible, or changeable, rows. It reads no clock, setting or database."""


class Audience(NamedTuple):
    """Role and scopes of viewers, on which the conditions of rules depend."""

    role: str
    scopes: frozenset[str] | None


class RowRules:
    """Registry of the rules of one kind, by model."""

    def __init__(self) -> None:
        self._rules: dict[type[Base], list[tuple[Rule, str]]] = {}
        self.version = 0
        """Number of rules, by which results that depend on them are cached."""

    def add(self, model: type[Base], rule: Rule, message: str = "") -> None:
        """Add a rule. All rules of a model must be met. ``message`` is the error message, as a sentence."""
        self._rules.setdefault(model, []).append((rule, message))
        self.version += 1
        for cached in (_condition, audience_for, is_restricted, _ruled_keys):
            cached.cache_clear()

    def models(self) -> Iterator[type[Base]]:
        yield from self._rules

    def message(self, model: type[Base]) -> str:
        """Return the message of the error for a row that the rules do not admit; empty if none is declared."""
        return " ".join(message for _, message in self._rules.get(model, ()) if message)

    def has(self, model: type[Base]) -> bool:
        """Return True if a model has rules."""
        return model in self._rules

    def condition(self, model: type[Base], audience: Audience) -> ColumnElement[bool] | None:
        """Return the condition on the columns of a model; None if the rules admit all rows."""
        found = [rule(RuleViewer(*audience)) for rule, _ in self._rules.get(model, ())]
        for each in found:
            if not isinstance(each, ColumnElement | bool):
                raise StartupError(f"A rule of {model.__name__} returns {each!r}, not a condition or a bool.")
        parts = [false() if each is False else each for each in found if each is not True]
        return and_(*parts) if parts else None


VISIBLE, CHANGEABLE = RowRules(), RowRules()
CHANGES = (CHANGEABLE,)
"""Rules of changes. A mutation may add its own."""


def only(model: type[Base], rule: Rule, message: str) -> RowRules:
    """Return a rule for the rows that one mutation changes, besides those of ``changeable``."""
    rules = RowRules()
    rules.add(model, rule, message)
    return rules


visible = VISIBLE.add
"""Declare the rows that a viewer sees: ``visible(Post, lambda viewer: Post.published_at.is_not(None))``."""
changeable = CHANGEABLE.add
"""Declare the visible rows that a viewer may change, and the message of the error for others."""


class RowScope(NamedTuple):
    """Rows that a transaction reads and writes: those of an organization that rules admit for its viewer.

    ``changes`` are the rules of changes. Without an audience, as in background work, no rule applies.
    """

    organization_id: UUID
    viewer_id: UUID | None = None
    audience: Audience | None = None
    changes: tuple[RowRules, ...] = CHANGES

    @property
    def rules(self) -> tuple[RowRules, ...]:
        """Rules of the rows that the viewer may change: visible ones that all rules of changes admit."""
        return VISIBLE, *self.changes

    @property
    def ids(self) -> dict[str, Any]:
        """Parameters that each statement may have."""
        return {"organization": self.organization_id, "viewer_id": self.viewer_id}


def model_with_rules(table: Table) -> type[Base] | None:
    """Return the model of a table whose rows rules may hide, or None."""
    return next((model for model in VISIBLE.models() if model.__table__ is table), None)


@cache
def _condition(rules: RowRules, model: type[Base], audience: Audience) -> ColumnElement[bool] | None:
    return rules.condition(model, audience)


@cache
def audience_for(role: str, scopes: frozenset[str] | None) -> Audience | None:
    """Return the audience of statements that read for a role and scopes; None if no rule hides rows from them."""
    found = Audience(role, scopes)
    return found if any(is_restricted((VISIBLE,), model, found) for model in VISIBLE.models()) else None


def audience_of(viewer: Viewer | None) -> Audience | None:
    """Return the audience that statements for a viewer depend on; None if no rule restricts the viewer."""
    return None if viewer is None else audience_for(viewer.role, viewer.scopes)


@cache
def is_restricted(kinds: tuple[RowRules, ...], model: type[Base], audience: Audience) -> bool:
    """Return True if rules of one of these kinds do not admit all rows of a model."""
    return any(_condition(rules, model, audience) is not None for rules in kinds)


def readable(entity: Entity, audience: Audience | None) -> ColumnElement[bool]:
    """Return the condition on rows of an entity, a model or an alias of one, that every statement about it has.

    The row belongs to the organization of the operation, and the rules show it to the audience.
    """
    tenant = in_tenant(entity)
    rule = None if audience is None else rule_of(VISIBLE, entity, audience)
    return tenant if rule is None else and_(tenant, rule)


def rule_of(rules: RowRules, entity: Entity, audience: Audience) -> ColumnElement[bool] | None:
    """Return the condition of the rules on the rows of an entity, or None if they admit all of them."""
    model: type[Base] = inspect(entity).mapper.class_
    condition = _condition(rules, model, audience)
    return None if condition is None else _adapted(condition, model, entity)


def changeable_rows(kinds: Iterable[RowRules], model: type[Base], audience: Audience) -> list[ColumnElement[bool]]:
    """Return the conditions of rules of several kinds on rows of a model's table, without those that admit all."""
    found = (rule_of(rules, model, audience) for rules in kinds)
    return [each for each in found if each is not None]


def _adapted(condition: ColumnElement[bool], model: type[Base], entity: Entity) -> ColumnElement[bool]:
    """Return a condition on columns of the model as one on those of an alias of it."""
    columns = table_columns(model)
    names = {column.key: name for name, column in columns.items()}

    def replacement(element: ClauseElement, **_: object) -> Expression | None:
        # a column of an alias, as in a subquery of the rule, has another table
        if not isinstance(element, Column) or element.key not in names or element.table != model.__table__:
            return None
        name = names[element.key]
        return columns[name] if entity is model else getattr(entity, name).expression

    return replacement_traverse(condition, {}, replacement)


def hides(model: type[Base]) -> bool:
    """Return True if rules may hide rows of a model from some viewers."""
    return VISIBLE.has(model)


@cache
def _ruled_keys(model: type[Base]) -> dict[str, Edge]:
    """Return the to-one edges to models with rules, by the columns with their keys."""
    relationships = (cast(Relationship, getattr(model, each.key)) for each in inspect(model).relationships)
    to_one = (each for each in relationships if each.property.direction is RelationshipDirection.MANYTOONE)
    edges = (edge_of(each) for each in to_one if hides(each.property.mapper.class_))
    return {edge.parent_key: edge for edge in edges}


def key_column(entity: Entity, name: str, audience: Audience | None) -> Expression:
    """Return a column of an entity. The key of a row that is hidden from the audience is null."""
    column: Expression = select_value(entity, name)
    if audience is None:
        return column
    edge = _ruled_keys(inspect(entity).mapper.class_).get(name)
    if edge is None or _condition(VISIBLE, edge.target, audience) is None:
        return column
    far = aliased(edge.target)
    found = exists(literal_column("1")).where(readable(far, audience), getattr(far, edge.target_column) == column)
    return case((found.correlate_except(inspect(far).selectable), column))


def check_rules(roles: Iterable[str], kinds: Iterable[RowRules] = (VISIBLE, CHANGEABLE)) -> None:
    """Evaluate every rule for every role. Raises StartupError for one that is no condition, or differs."""
    for rules in kinds:
        for model in rules.models():
            for role in roles:
                _check_rule(rules, model, Audience(role, None))


def _check_rule(rules: RowRules, model: type[Base], audience: Audience) -> None:
    shown: list[str] = []
    for _ in range(2):
        condition = rules.condition(model, audience)
        compiled = true().compile() if condition is None else condition.compile()
        shown.append(f"{compiled} {[*compiled.params.values()]}")
    if shown[0] != shown[1]:
        raise StartupError(
            f"The rule of {model.__name__} differs between two calls. It must not read a clock or a setting: use "
            "functions of PostgreSQL, such as now()."
        )
