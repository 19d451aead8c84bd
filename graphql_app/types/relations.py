"""To-one relations as fields: ``category = to_one(m.Task.category)``, and unions of several.

The declaration names the mapped attribute: type, nullability and description are in the mapping.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Unpack

from graphql import GraphQLField, get_named_type
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField
from strawberry.types.union import StrawberryUnion

from graphql_app.authorization import Rights, requirement_of
from graphql_app.context import Info
from graphql_app.errors import Forbidden
from graphql_app.limits import FilterContext
from graphql_app.models.base import Base, table_columns
from graphql_app.plan.compiler import RowCode
from graphql_app.plan.connection_code import GroupsCode
from graphql_app.plan.fields import Nodes, model_of, object_type, planned
from graphql_app.sql.conditions import Quantifier, Related
from graphql_app.sql.edges import Edge, Kind, Relationship, edge_of
from graphql_app.sql.orders import OrderKey
from graphql_app.sql.row_rules import HIDDEN, hides
from graphql_app.strawberry_adapter import Annotation, Arguments, Source
from graphql_app.types.fields import EngineField
from graphql_app.types.filter_inputs import input_field
from graphql_app.types.filters import column_filter, deferred_filter_of, read_filter
from graphql_app.types.groups import GroupKeyField
from graphql_app.types.ordering import order_type, read_key
from graphql_app.types.registry import DeferredType, UnknownModelType, deferred_type_of, type_of_model

__all__ = ["to_one", "to_one_of", "union_of"]


class RelationField(EngineField):
    """Field that follows relationships."""

    def __init__(
        self,
        annotation: Annotation,
        description: str | None,
        *relationships: Relationship,
        **rights: Unpack[Rights],
    ) -> None:
        super().__init__(annotation, description, **rights)
        self.relationships = relationships

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        return tuple(map(edge_of, self.relationships))

    @property
    def edge(self) -> Edge:
        """The edge of the only relationship."""
        return self.edges[0]

    def filter_fields(self, model: type[Base], taken: set[str]) -> Iterator[StrawberryField]:
        for edge in self.edges:
            if edge.name not in taken:  # a type may have one relationship under two names
                taken.add(edge.name)
                yield from self.edge_filters(edge, model, taken)

    def edge_filters(self, edge: Edge, model: type[Base], taken: set[str]) -> Iterator[StrawberryField]:
        """Yield a filter of the related record, and one of the foreign key unless the type exposes its column."""

        def read(value: object, context: FilterContext) -> Related:
            self.require_visible(context)
            return Related(edge, Quantifier.SOME, read_filter(value, context))

        description = f"{self.description or ''} Must exist and match this filter."
        yield self.about(input_field(edge.name, deferred_filter_of(edge.target) | None, description, read))
        if edge.parent_key not in taken:
            taken.add(edge.parent_key)
            yield column_filter(model, edge.parent_key, str(table_columns(model)[edge.parent_key].comment), self)

    def problems(self, model: type[Base]) -> Iterator[str]:
        for relationship in self.relationships:
            if not issubclass(model, relationship.parent.class_):
                yield f"{relationship} is a relationship of another model"
            try:
                type_of_model(relationship.property.mapper.class_)
            except UnknownModelType as error:
                yield str(error)


class ToOneField(RelationField):
    """To-one relation: the related record, or null if the foreign key is nullable."""

    def __init__(self, relationship: Relationship, **rights: Unpack[Rights]) -> None:
        super().__init__(DeferredType(make=_target(relationship)), relationship.prop.doc, relationship, **rights)

    def resolve_type(self, *, type_definition: Any = None) -> Any:
        resolved = super().resolve_type(type_definition=type_definition)
        requirement = requirement_of(self)
        is_optional = self.edge.nullable or (requirement is not None and requirement.as_null)
        return StrawberryOptional(resolved) if type_definition is not None and is_optional else resolved

    def resolve(self, source: Source, info: Info, arguments: Arguments) -> object:
        return _related(info, self.edge, source, is_required=not self.edge.nullable)

    def expression(self, owner: RowCode, definition: GraphQLField, nodes: Nodes) -> str:
        edge, kind = self.edge, object_type(definition)
        is_key_only = edge.target_column == "id" and owner.compiler.operation.id_fields(nodes, kind) is not None
        is_key_only = is_key_only and not hides(edge.target)
        if not is_key_only and not (owner.may_join and self.is_joinable(owner, definition, nodes)):
            return owner.related(edge, kind, nodes)
        row = owner.joined(edge, kind)
        value = row.build(nodes)
        if not edge.nullable and not hides(edge.target):
            return value
        return owner.shown(f"(None if {row.sign()} is None else {value})", edge, is_required=not edge.nullable)

    def is_joinable(self, owner: RowCode, definition: GraphQLField, nodes: Nodes) -> bool:
        if self.edge.kind is not Kind.ONE or self.edge.target_column != "id":
            return False
        kind = object_type(definition)
        return all(
            planned(kind.fields[name]).is_joinable(owner, kind.fields[name], group)
            for group in owner.compiler.operation.fields(nodes, kind).values()
            if (name := group[0].name.value) in kind.fields  # all but __typename
        )

    def order_fields(self) -> Iterable[StrawberryField]:
        related = DeferredType(make=lambda: order_type(self.edge.target))
        order = input_field(self.python_name, related | None, self.description or "", self._order_key)
        return [self.about(order)]

    def group_key(self, model: type[Base]) -> GroupKeyField | None:
        return None if self.edge.parent_key == "id" else RelatedKeyField(self)

    def _order_key(self, value: object, context: FilterContext) -> OrderKey:
        self.require_visible(context)
        key = read_key(value, context)
        return replace(key, path=(self.edge, *key.path))


class RelatedKeyField(GroupKeyField):
    """Related record that the records of a group share."""

    def __init__(self, field: ToOneField) -> None:
        super().__init__(field, field.edge.parent_key, deferred_type_of(field.edge.target), "relation")
        self._model = field.edge.target

    def resolve(self, source: Mapping[str, Any], info: Info, arguments: Arguments) -> object:
        value = source.get(self.column)
        return value if value is None else info.context.loaders.by_id(self._model, value)

    def expression(self, owner: GroupsCode, definition: GraphQLField, nodes: Nodes) -> str:
        return owner.related(self.column, self._model, definition, nodes)


class UnionField(RelationField):
    """Union of several to-one relations, of which each row has exactly one."""

    def __init__(self, name: str, *relationships: Relationship, description: str, **rights: Unpack[Rights]) -> None:
        kind = union_of(name, map(_target, relationships), description)
        super().__init__(kind, description, *relationships, **rights)

    def resolve(self, source: Source, info: Info, arguments: Arguments) -> object:
        edge = next(edge for edge in self.edges if getattr(source, edge.parent_key) is not None)
        return _related(info, edge, source, is_required=True)

    def expression(self, owner: RowCode, definition: GraphQLField, nodes: Nodes) -> str:
        possible = owner.compiler.operation.possible_types(get_named_type(definition.type))
        kinds = {model_of(kind): kind for kind in possible}
        *others, (_, value) = [
            (edge, owner.related(edge, kinds[edge.target], nodes, is_member=True)) for edge in self.edges
        ]
        for edge, other in reversed(others):
            value = f"({other} if {owner.key(edge)} is not None else {value})"
        return value


def _related(info: Info, edge: Edge, source: Source, *, is_required: bool) -> Awaitable[object]:
    """Return the related record, or an awaitable that raises Forbidden if it is required and rules hide it."""
    found = info.context.loaders.one(edge, source)
    return _required(found) if is_required and hides(edge.target) else found


async def _required(pending: Awaitable[object]) -> object:
    found = await pending
    if found is None:
        raise Forbidden(HIDDEN)
    return found


def union_of(name: str, makers: Iterable[Callable[[], type]], description: str) -> StrawberryUnion:
    """Return a union of the types that ``makers`` return when the schema is built."""
    members = tuple(StrawberryAnnotation(DeferredType(make=each)) for each in makers)
    return StrawberryUnion(name=name, type_annotations=members, description=description)


def _target(relationship: Relationship) -> Callable[[], type]:
    return lambda: type_of_model(edge_of(relationship).target)


to_one = ToOneField
"""Declaration of a to-one relation of a record."""
to_one_of = UnionField
"""Declaration of a union of several to-one relations."""
