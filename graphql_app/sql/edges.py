"""Edges: relationships in the form that statements need, derived from the mapping.

A relationship over composite keys compares ``organization_id`` and one other column. The tenant comparison is the same
in every statement, so an edge holds only the other one: a key of the parent and a column of the target.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.orm import InstrumentedAttribute, RelationshipDirection, RelationshipProperty

from graphql_app.models.base import TENANT, Base
from graphql_app.sql.parameters import Expression

__all__ = ["Relationship", "edge_of", "reverse"]

# the annotation of a mapped relationship is the row or the list that it leads to
Relationship = InstrumentedAttribute[Any]
"""Relationship of a model, such as ``Task.assignee``."""
Property = RelationshipProperty[Any]


class Kind(Enum):
    """Kind of an edge, by the rows that it leads to."""

    ONE = "one row at most, found by its primary key"
    CHILDREN = "rows with the parent's key in a column"
    THROUGH = "rows that a link table relates to the parent"


@dataclass(frozen=True, slots=True)
class Edge:
    """Relationship in the form that statements use. Column names are names of mapped attributes or columns."""

    name: str
    kind: Kind
    source: type[Base]
    target: type[Base]
    parent_key: str
    """Attribute of the parent that is compared."""
    target_column: str
    """Column of the target that it is compared with; for THROUGH, the column that the link table refers to."""
    nullable: bool = True
    link: Table | None = None
    link_parent: str = ""
    link_target: str = ""


@cache
def edge_of(relationship: Relationship) -> Edge:
    """Return the edge of a mapped relationship such as ``Task.comments``. Raises ValueError for an unsupported form."""
    prop = cast(Property, relationship.property)
    prop.parent.registry.configure()
    local, remote = _pair(prop, prop.synchronize_pairs)
    edge = Edge(prop.key, Kind.ONE, prop.parent.class_, prop.mapper.class_, local, remote)
    match prop.direction:
        case RelationshipDirection.MANYTOMANY:
            target, link_target = _pair(prop, prop.secondary_synchronize_pairs)
            edge = replace(edge, kind=Kind.THROUGH, target_column=target, link=cast(Table, prop.secondary))
            return replace(edge, link_parent=remote, link_target=link_target)
        case RelationshipDirection.MANYTOONE:
            return replace(edge, nullable=bool(prop.parent.columns[local].nullable))
    return replace(edge, kind=Kind.CHILDREN) if prop.uselist else edge


def reverse(relationship: Relationship) -> Relationship:
    """Return the reverse of a relationship: ``Task.comments`` for ``Comment.task``. Raises ValueError without one."""
    prop = cast(Property, relationship.property)
    prop.parent.registry.configure()
    if not prop.back_populates:
        raise ValueError(f"{prop} has no reverse: declare a backref.")
    return cast(Relationship, getattr(prop.mapper.class_, prop.back_populates))


def _attribute(column: Expression, prop: Property) -> str:
    """Return the name of the mapped attribute of a column, or of the column of a link table."""
    for mapper in (prop.parent, prop.mapper):
        if column in mapper.c.values():
            return mapper.get_property_by_column(column).key
    return str(column.key)


def _pair(prop: Property, pairs: Iterable[tuple[Expression, Expression]] | None) -> tuple[str, str]:
    """Return the compared pair of columns other than the tenant's, as (local, remote)."""
    flip = prop.direction is RelationshipDirection.MANYTOONE
    keys = [(_attribute(local, prop), _attribute(remote, prop)) for local, remote in pairs or ()]
    named = [(remote, local) if flip else (local, remote) for local, remote in keys]
    own = [pair for pair in named if pair != (TENANT, TENANT)]
    if len(own) != 1:
        raise ValueError(f"{prop}: expected one compared column besides {TENANT}, found {own}")
    return own[0]
