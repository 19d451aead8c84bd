"""Fields that the engine resolves: columns and edges, declared by naming the mapped attribute.

``category = to_one(m.Task.category)`` is a complete field: its type, nullability and description are in the mapping.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionSetNode,
)
from graphql.execution.values import get_argument_values
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField
from strawberry.types.union import StrawberryUnion

from graphql_app.context import Info
from graphql_app.errors import Forbidden
from graphql_app.models.base import Base
from graphql_app.sql.edges import Edge, Relationship, edge_of
from graphql_app.types.registry import DeferredType, type_of_model
from graphql_app.types.strawberry_adapter import Annotation, Arguments, Source, converted_arguments, raw_info


@dataclass(frozen=True, slots=True)
class ItemCount:
    """Maximum number of items that a field yields, by its arguments.

    Each of ``arguments`` is a number, which counts with its value, or a list, which counts with its length. If none is
    given, ``default`` counts, or the default size of a page. The field rejects numbers over ``most`` before it yields
    anything. A field of an object type, such as a connection, declares the size of the lists directly below it.
    """

    arguments: tuple[str, ...] = ()
    default: int | None = None
    most: int | None = None
    is_page: bool = False
    """True if the largest page is the most."""
    is_planned: bool = True
    """True if it counts as a list that is read from the database."""
    is_inherited: bool = False
    """True if the size that the field above declares comes first."""


PAGE = ItemCount(("first", "last"), is_page=True)


class RecordReference(NamedTuple):
    """Reference to a record by its ID. ``missing`` returns the error for a record that does not exist."""

    model: type[Base]
    id: UUID
    missing: Callable[[], Exception] | None = None


class NodeReference(NamedTuple):
    """Reference to a record of any type by its ID."""

    id: UUID


class EngineField(StrawberryField):
    """Field that is resolved by the engine: :meth:`resolve` returns its value, or an awaitable of it."""

    is_basic_field = False
    relationships: tuple[Relationship, ...] = ()
    """The relationships that the field follows."""
    sizing: ItemCount | None = None
    """Maximum number of items; None for a single object or a value."""

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        return tuple(map(edge_of, self.relationships))

    def get_result(self, source: Source, info: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return self.resolve(source, info, kwargs)

    def refer(self, source: Source, info: Info) -> object:
        """Return the value for a plan: like :meth:`resolve`, but references instead of records."""
        return self.resolve(source, info, arguments_of(self, info) if self.arguments else {})

    def resolve(self, source: Source, info: Info, arguments: Arguments) -> object:
        raise TypeError(f"{type(self).__name__} has no resolver.")


class ObjectField(EngineField):
    """Attribute of one of the engine's objects, returned by ``read`` or by the object's method of that name."""

    def __init__(
        self,
        name: str,
        annotation: Annotation,
        description: str,
        read: Callable[[Source, Info], object] | None = None,
    ) -> None:
        super().__init__(name, type_annotation=StrawberryAnnotation(annotation), description=description)
        self._read = read

    def resolve(self, source: Source, info: Info, arguments: Arguments) -> object:
        return getattr(source, self.python_name)() if self._read is None else self._read(source, info)


class ColumnField(StrawberryField):
    """Column of a row. ``column_name`` is the name of the mapped attribute."""

    column_name: str


class RestrictedField(EngineField):
    """Column that is visible to some roles; for all others it is null and cannot be filtered or sorted by."""

    column_name: str
    roles: frozenset[str] = frozenset()

    def resolve(self, source: Source, info: Info, arguments: Arguments) -> object:
        return getattr(source, self.column_name) if info.context.role in self.roles else None


class EdgeField(EngineField):
    """Field that follows a relationship."""

    def __init__(self, relationship: Relationship, make: Callable[["EdgeField"], type]) -> None:
        deferred = StrawberryAnnotation(DeferredType(make=lambda: make(self)))
        super().__init__(type_annotation=deferred, description=relationship.prop.doc)
        self.relationships = (relationship,)

    @property
    def edge(self) -> Edge:
        return self.edges[0]


class ToOneField(EdgeField):
    """To-one edge: the related row, or null if the foreign key is nullable."""

    def resolve_type(self, *, type_definition: Any = None) -> Any:
        resolved = super().resolve_type(type_definition=type_definition)
        return StrawberryOptional(resolved) if type_definition is not None and self.edge.nullable else resolved

    def resolve(self, source: Source, info: Info, arguments: Arguments) -> object:
        return info.context.loaders.one(self.edge, source)


class UnionField(EngineField):
    """Union of several to-one edges: the related row of the one whose foreign key is set."""

    def __init__(self, name: str, relationships: tuple[Relationship, ...], description: str) -> None:
        union = union_of(name, [_maker(each) for each in relationships], description)
        super().__init__(type_annotation=StrawberryAnnotation(union), description=description)
        self.relationships = relationships

    def resolve(self, source: Source, info: Info, arguments: Arguments) -> object:
        taken = next(edge for edge in self.edges if getattr(source, edge.parent_key) is not None)
        return info.context.loaders.one(taken, source)


def union_of(name: str, makers: Iterable[Callable[[], type]], description: str) -> StrawberryUnion:
    """Return a union of the types that ``makers`` return when the schema is built."""
    members = tuple(StrawberryAnnotation(DeferredType(make=each)) for each in makers)
    return StrawberryUnion(name=name, type_annotations=members, description=description)


def _maker(relationship: Relationship) -> Callable[[], type]:
    return lambda: type_of_model(edge_of(relationship).target)


def to_one(relationship: Relationship) -> ToOneField:
    """Declare a to-one edge as a field of the type of the related model."""
    return ToOneField(relationship, lambda field: type_of_model(field.edge.target))


def to_one_of(name: str, *relationships: Relationship, description: str) -> UnionField:
    """Declare a union called ``name`` of the related types. Exactly one of the foreign keys of each row is set."""
    return UnionField(name, relationships, description)


def restricted(roles: Collection[str], description: str = "") -> Any:
    """Declare a column that is null unless the viewer has one of ``roles``. Its annotation must allow null."""
    made = RestrictedField(description=description)
    made.roles = frozenset(roles)
    return made


def require_visible(field: StrawberryField, role: Callable[[], str]) -> None:
    """Raise Forbidden if the field's column is hidden from ``role``: a sort order would reveal its values."""
    if isinstance(field, RestrictedField) and role() not in field.roles:
        raise Forbidden


def argument_values(info: GraphQLResolveInfo[Any]) -> dict[str, Any]:
    """Return the arguments of the field of graphql-core's ``info``, coerced. Raises GraphQLError."""
    return get_argument_values(info.parent_type.fields[info.field_name], info.field_nodes[0], info.variable_values)


def arguments_of(field: StrawberryField, info: Info) -> dict[str, Any]:
    """Return the arguments of the field of ``info`` under their Python names, as Strawberry's types."""
    return converted_arguments(field, argument_values(raw_info(info)), info.schema)


def selected_fields(
    selections: SelectionSetNode | None, fragment: Callable[[str], FragmentDefinitionNode | None], seen: set[str]
) -> Iterator[FieldNode]:
    """Yield the fields of a selection set in the order of the document, skipped ones included.

    ``fragment`` returns the fragment of a name. Fragments in ``seen`` are not entered again.
    """
    for selection in selections.selections if selections else ():
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield from selected_fields(selection.selection_set, fragment, seen)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
            seen.add(selection.name.value)
            found = fragment(selection.name.value)
            yield from selected_fields(None if found is None else found.selection_set, fragment, seen)
