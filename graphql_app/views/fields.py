"""The fields that the engine resolves: columns and edges, declared by naming the mapped attribute.

``category = one(m.Task.category)`` is a whole field: its type, its nullability and its description are in the mapping.
"""

from collections.abc import Callable, Collection, Iterable
from functools import cached_property
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField
from strawberry.types.union import StrawberryUnion

from graphql_app.errors import Forbidden
from graphql_app.statements.edges import Edge, edge_of
from graphql_app.views.limits import Sizing
from graphql_app.views.registry import Later, view_of

Relationship = InstrumentedAttribute[Any]
UNKNOWN = object()
"""In the place of a value that has to be found out."""


class EngineField(StrawberryField):
    """A field with a value of its own making: :meth:`resolve` is given the row, the context and the arguments."""

    is_basic_field = False
    sizing: Sizing | None = None
    """How many items the field yields; None for a single object or a value."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        return self.resolve(source, info, kwargs)

    def plan(self, planner: Any, source: Any, info: Any) -> Any:
        """The value, to be awaited, by a plan of everything that is selected below; None when it has to be resolved.

        ``info`` is graphql-core's: neither arguments nor Strawberry's own information are made for a field with a plan.
        """
        return None

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        raise TypeError(f"{type(self).__name__} does not say how it is resolved.")


class Column(StrawberryField):
    """A column, read off the row. ``column_name`` is that of the mapped attribute."""

    column_name: str


class RestrictedColumn(EngineField):
    """A column that only some roles see; for everybody else it is null, and cannot be filtered or sorted by."""

    column_name: str
    roles: frozenset[str] = frozenset()

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return getattr(source, self.column_name) if info.context.role in self.roles else None


class EdgeField(EngineField):
    """A field along a relationship."""

    def __init__(self, relationship: Relationship, make: Callable[["EdgeField"], Any], **options: Any) -> None:
        later = StrawberryAnnotation(Later(make=lambda: make(self)))
        super().__init__(type_annotation=later, description=relationship.prop.doc, **options)
        self.relationship = relationship

    @cached_property
    def edge(self) -> Edge:
        return edge_of(self.relationship)


class ToOne(EdgeField):
    """The row at the other end, or null where the key that leads there can be null."""

    def resolve_type(self, *, type_definition: Any = None) -> Any:
        resolved = super().resolve_type(type_definition=type_definition)
        return StrawberryOptional(resolved) if type_definition is not None and self.edge.nullable else resolved

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return info.context.loaders.one(self.edge, source)

    def plan(self, planner: Any, source: Any, info: Any) -> Any:
        return plan_edge(self.edge, planner, source, info)


class OneOf(EngineField):
    """The row at the end of whichever of several to-one edges has a key: a union."""

    def __init__(self, name: str, relationships: tuple[Relationship, ...], description: str) -> None:
        union = union_of(name, [_maker(each) for each in relationships], description)
        super().__init__(type_annotation=StrawberryAnnotation(union), description=description)
        self.relationships = relationships

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        return tuple(edge_of(each) for each in self.relationships)

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return info.context.loaders.one(self._taken(source), source)

    def plan(self, planner: Any, source: Any, info: Any) -> Any:
        return plan_edge(self._taken(source), planner, source, info)

    def _taken(self, source: Any) -> Edge:
        return next(edge for edge in self.edges if getattr(source, edge.parent_key) is not None)


def plan_edge(edge: Edge, planner: Any, source: Any, info: Any) -> Any:
    """The row at the other end of a to-one edge, by a plan."""
    key = getattr(source, edge.parent_key)
    return None if key is None else planner.record(edge.target, edge.target_column, key, info)


def union_of(name: str, makers: Iterable[Callable[[], Any]], description: str) -> Any:
    """A union of the views that ``makers`` find when the schema is built."""
    members = tuple(StrawberryAnnotation(Later(make=each)) for each in makers)
    return StrawberryUnion(name=name, type_annotations=members, description=description)


def _maker(relationship: Relationship) -> Callable[[], Any]:
    return lambda: view_of(edge_of(relationship).target)


def one(relationship: Relationship) -> Any:
    """A to-one edge as a field of the view of the model at its far end."""
    return ToOne(relationship, lambda field: view_of(field.edge.target))


def one_of(name: str, *relationships: Relationship, description: str) -> Any:
    """A union called ``name`` of the views that ``relationships`` lead to, of which exactly one is set on each row."""
    return OneOf(name, relationships, description)


def restricted(roles: Collection[str], description: str = "") -> Any:
    """A column that is null unless the viewer has one of ``roles``. Its annotation must admit null."""
    made = RestrictedColumn(description=description)
    made.roles = frozenset(roles)
    return made


def refuse_unless_visible(field: StrawberryField, role: Callable[[], str]) -> None:
    """Raise Forbidden when ``role`` does not see the field's column: what is hidden must not leak through an order."""
    if isinstance(field, RestrictedColumn) and role() not in field.roles:
        raise Forbidden
