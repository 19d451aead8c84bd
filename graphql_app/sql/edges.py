"""Edges: how the rows of one table lead to the rows of another, read off the mapping.

A relationship over composite keys compares ``organization_id`` and one other column. The tenant part is the same in
every statement, so an edge names only the other: which key of the parent finds which column of the target.
"""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.orm import InstrumentedAttribute, RelationshipDirection, RelationshipProperty

from graphql_app.models.base import TENANT, Base

Relationship = InstrumentedAttribute[Any]


class Kind(Enum):
    """What one parent has at the other end."""

    ONE = "one row at most, found by its primary key"
    CHILDREN = "rows that hold the parent's key"
    THROUGH = "rows that a link table connects with the parent"


@dataclass(frozen=True, slots=True)
class Edge:
    """A relationship, ready to be put into a statement. All column names are those of mapped attributes or columns."""

    name: str
    kind: Kind
    source: type[Base]
    target: type[Base]
    parent_key: str
    """The parent's attribute whose value finds the rows."""
    target_column: str
    """The column that is compared with it: the target's, or for THROUGH the column that the link table points to."""
    nullable: bool = True
    link: Table | None = None
    link_parent: str = ""
    link_target: str = ""


@cache
def edge_of(relationship: Relationship) -> Edge:
    """The edge of a mapped relationship such as ``Task.comments``. Raises ValueError for a shape it does not know."""
    prop = cast(RelationshipProperty[Any], relationship.property)
    prop.parent.registry.configure()
    if prop.direction is RelationshipDirection.MANYTOMANY:
        return _through(prop)
    local, remote = _pair(prop, prop.synchronize_pairs)
    if prop.direction is RelationshipDirection.MANYTOONE:
        nullable = bool(prop.parent.columns[local].nullable)
        return Edge(prop.key, Kind.ONE, *_ends(prop), parent_key=local, target_column=remote, nullable=nullable)
    kind = Kind.CHILDREN if prop.uselist else Kind.ONE
    return Edge(prop.key, kind, *_ends(prop), parent_key=local, target_column=remote)


def reverse(relationship: Relationship) -> Relationship:
    """The way back of a relationship that has one: for ``Comment.task`` it is ``Task.comments``. Raises ValueError."""
    prop = cast(RelationshipProperty[Any], relationship.property)
    prop.parent.registry.configure()
    if not prop.back_populates:
        raise ValueError(f"{prop} has no way back: give it a backref")
    found: Relationship = getattr(prop.mapper.class_, prop.back_populates)
    return found


def _through(prop: RelationshipProperty[Any]) -> Edge:
    parent_key, link_parent = _pair(prop, prop.synchronize_pairs)
    target_key, link_target = _pair(prop, prop.secondary_synchronize_pairs)
    return Edge(
        prop.key,
        Kind.THROUGH,
        *_ends(prop),
        parent_key=parent_key,
        target_column=target_key,
        link=cast(Table, prop.secondary),
        link_parent=link_parent,
        link_target=link_target,
    )


def _ends(prop: RelationshipProperty[Any]) -> tuple[type[Base], type[Base]]:
    return prop.parent.class_, prop.mapper.class_


def _pair(prop: RelationshipProperty[Any], pairs: Any) -> tuple[str, str]:
    """The one compared pair of columns that is not the tenant on both sides, as (local, remote)."""
    flip = prop.direction is RelationshipDirection.MANYTOONE
    named = [(remote.key, local.key) if flip else (local.key, remote.key) for local, remote in pairs]
    own = [pair for pair in named if pair != (TENANT, TENANT)]
    if len(own) != 1:
        raise ValueError(f"{prop}: expected one compared column besides {TENANT}, found {own}")
    return own[0]
