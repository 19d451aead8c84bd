"""The fields that the engine resolves: columns and edges, declared by naming the mapped attribute.

``category = one(m.Task.category)`` is a whole field: its type, its nullability and its description are in the mapping.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode
from graphql.execution.values import get_argument_values
from sqlalchemy.orm import InstrumentedAttribute
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField
from strawberry.types.union import StrawberryUnion

from graphql_app.errors import Forbidden
from graphql_app.models.base import Base
from graphql_app.sql.edges import Edge, edge_of
from graphql_app.types.registry import DeferredType, type_of_model

Relationship = InstrumentedAttribute[Any]
DEFINITION = "strawberry-definition"
"""The key of Strawberry's own field, or type, in the extensions of graphql-core's."""


@dataclass(frozen=True, slots=True)
class ItemCount:
    """The number of items that a field yields at most, by its arguments.

    Each of ``arguments`` is a number, which counts with its value, or a list, which counts with its length. If none is
    given, ``default`` counts, or the default size of a page. The field refuses numbers over ``most`` before it yields
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
    """A record by its id, in the place of the record itself; ``missing`` makes the error where there is none."""

    model: type[Base]
    id: UUID
    missing: Callable[[], Exception] | None = None


class NodeReference(NamedTuple):
    """A record of any type by its id."""

    id: UUID


class EngineField(StrawberryField):
    """A field with a value of its own making: :meth:`resolve` is given the row, the context and the arguments."""

    is_basic_field = False
    relationships: tuple[Relationship, ...] = ()
    """The relationships along which it leads."""
    sizing: ItemCount | None = None
    """How many items the field yields; None for a single object or a value."""

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        return tuple(map(edge_of, self.relationships))

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        return self.resolve(source, info, kwargs)

    def refer(self, source: Any, info: Any) -> Any:
        """Return the value for a plan: as :meth:`resolve`, or keys where that would read records."""
        return self.resolve(source, info, arguments_of(self, info) if self.arguments else {})

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        raise TypeError(f"{type(self).__name__} does not say how it is resolved.")


class ObjectField(EngineField):
    """A part of an object of the engine's: ``read`` takes it from the object, and is given Strawberry's info.

    Unless said, it is what the object's method of that name returns.
    """

    def __init__(
        self, name: str, annotation: Any, description: str, read: Callable[[Any, Any], Any] | None = None
    ) -> None:
        super().__init__(name, type_annotation=StrawberryAnnotation(annotation), description=description)
        self._read = read

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return getattr(source, self.python_name)() if self._read is None else self._read(source, info)


class ColumnField(StrawberryField):
    """A column, read off the row. ``column_name`` is that of the mapped attribute."""

    column_name: str


class RestrictedField(EngineField):
    """A column that only some roles see; for everybody else it is null, and cannot be filtered or sorted by."""

    column_name: str
    roles: frozenset[str] = frozenset()

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return getattr(source, self.column_name) if info.context.role in self.roles else None


class EdgeField(EngineField):
    """A field along a relationship."""

    def __init__(self, relationship: Relationship, make: Callable[["EdgeField"], Any], **options: Any) -> None:
        later = StrawberryAnnotation(DeferredType(make=lambda: make(self)))
        super().__init__(type_annotation=later, description=relationship.prop.doc, **options)
        self.relationships = (relationship,)

    @property
    def edge(self) -> Edge:
        return self.edges[0]


class ToOneField(EdgeField):
    """The row at the other end, or null where the key that leads there can be null."""

    def resolve_type(self, *, type_definition: Any = None) -> Any:
        resolved = super().resolve_type(type_definition=type_definition)
        return StrawberryOptional(resolved) if type_definition is not None and self.edge.nullable else resolved

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return info.context.loaders.one(self.edge, source)


class UnionField(EngineField):
    """The row at the end of whichever of several to-one edges has a key: a union."""

    def __init__(self, name: str, relationships: tuple[Relationship, ...], description: str) -> None:
        union = union_of(name, [_maker(each) for each in relationships], description)
        super().__init__(type_annotation=StrawberryAnnotation(union), description=description)
        self.relationships = relationships

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        taken = next(edge for edge in self.edges if getattr(source, edge.parent_key) is not None)
        return info.context.loaders.one(taken, source)


def union_of(name: str, makers: Iterable[Callable[[], Any]], description: str) -> Any:
    """A union of the views that ``makers`` find when the schema is built."""
    members = tuple(StrawberryAnnotation(DeferredType(make=each)) for each in makers)
    return StrawberryUnion(name=name, type_annotations=members, description=description)


def _maker(relationship: Relationship) -> Callable[[], Any]:
    return lambda: type_of_model(edge_of(relationship).target)


def to_one(relationship: Relationship) -> Any:
    """A to-one edge as a field of the view of the model at its far end."""
    return ToOneField(relationship, lambda field: type_of_model(field.edge.target))


def to_one_of(name: str, *relationships: Relationship, description: str) -> Any:
    """A union called ``name`` of the views that ``relationships`` lead to, of which exactly one is set on each row."""
    return UnionField(name, relationships, description)


def restricted(roles: Collection[str], description: str = "") -> Any:
    """A column that is null unless the viewer has one of ``roles``. Its annotation must admit null."""
    made = RestrictedField(description=description)
    made.roles = frozenset(roles)
    return made


def refuse_unless_visible(field: StrawberryField, role: Callable[[], str]) -> None:
    """Raise Forbidden when ``role`` does not see the field's column: what is hidden must not leak through an order."""
    if isinstance(field, RestrictedField) and role() not in field.roles:
        raise Forbidden


def argument_values(info: Any) -> dict[str, Any]:
    """Return the arguments of the field that graphql-core's ``info`` is about. Raises GraphQLError."""
    return get_argument_values(info.parent_type.fields[info.field_name], info.field_nodes[0], info.variable_values)


def arguments_of(field: StrawberryField, info: Any) -> dict[str, Any]:
    """Return the same under their Python names, as Strawberry's types; ``info`` is Strawberry's."""
    return converted_arguments(field, argument_values(info._raw_info), info.schema)


def converted_arguments(field: StrawberryField, values: dict[str, Any], schema: Any) -> dict[str, Any]:
    """Return the values of a field's arguments as Strawberry's types; ``schema`` is Strawberry's, too."""
    registry = schema.schema_converter.scalar_registry
    return convert_arguments(values, field.arguments, scalar_registry=registry, config=schema.config)


def selected_fields(
    selections: SelectionSetNode | None, fragment: Callable[[str], FragmentDefinitionNode | None], seen: set[str]
) -> Iterator[FieldNode]:
    """Yield the fields of a selection set in the order of the document, skipped ones included.

    ``fragment`` returns the fragment of a name. Those in ``seen`` are not entered again.
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
