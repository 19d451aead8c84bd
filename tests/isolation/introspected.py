"""Introspected API, and the queries of a crawler about it."""

from functools import cached_property

import orjson
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_client_schema,
    get_introspection_query,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from tests.support.api import Workline


class Introspected:
    """Schema of records: object types with an id, lists of them, and fields that find one by its id."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema

    @cached_property
    def query(self) -> GraphQLObjectType:
        assert self.schema.query_type is not None
        return self.schema.query_type

    @cached_property
    def mutation(self) -> GraphQLObjectType:
        assert self.schema.mutation_type is not None
        return self.schema.mutation_type

    @cached_property
    def node(self) -> GraphQLInterfaceType:
        """Return the interface of every record."""
        kind = self.schema.type_map["Node"]
        assert isinstance(kind, GraphQLInterfaceType)
        return kind

    @cached_property
    def entity(self) -> GraphQLUnionType:
        """Return the union of every record."""
        kind = self.schema.type_map["_Entity"]
        assert isinstance(kind, GraphQLUnionType)
        return kind

    @cached_property
    def records(self) -> list[GraphQLObjectType]:
        """Return the types with an id."""
        return list(self.schema.get_implementations(self.node).objects)

    @cached_property
    def listed(self) -> list[GraphQLObjectType]:
        """Return the types of root lists: records, and events, which no field finds by an id."""
        kinds = (listed_type(field) for field in self.query.fields.values())
        return list({kind.name: kind for kind in kinds if kind is not None}.values())

    @cached_property
    def lists(self) -> dict[str, str]:
        """Return the root field that lists the records of each type."""
        found = {}
        for name, field in self.query.fields.items():
            listed = listed_type(field)
            if listed is not None:
                found[listed.name] = name
        return found

    @cached_property
    def by_id(self) -> dict[str, str]:
        """Return the root field that finds a record of each type by its id."""
        fields = [(name, field) for name, field in self.query.fields.items() if list(field.args) == ["id"]]
        return {named(field).name: name for name, field in fields if self.is_record(named(field))}

    def is_record(self, kind: GraphQLNamedType) -> bool:
        return kind in self.records

    def argument(self, kind: GraphQLObjectType, name: str) -> GraphQLInputObjectType:
        """Return the type of an argument of the list of these records: its ``filter`` or ``orderBy``."""
        return input_type(self.query.fields[self.lists[kind.name]].args[name].type)


async def introspect(workline: Workline) -> Introspected:
    """Introspect the API."""
    response = await workline.execute(get_introspection_query(descriptions=False, one_of=True))
    assert response.encoded is not None
    return Introspected(build_client_schema(orjson.loads(response.encoded)["data"]))


def input_type(kind: GraphQLInputType) -> GraphQLInputObjectType:
    """Return the input of a type without its wrappers."""
    inner = get_named_type(kind)
    assert isinstance(inner, GraphQLInputObjectType)
    return inner


def named(field: GraphQLField) -> GraphQLNamedType:
    """Return the type of a field without its wrappers."""
    return get_named_type(field.type)


def listed_type(field: GraphQLField) -> GraphQLObjectType | None:
    """Return the record type of a connection, or None for other types and connections of several types."""
    kind = named(field)
    if not isinstance(kind, GraphQLObjectType) or "nodes" not in kind.fields:
        return None
    listed = named(kind.fields["nodes"])
    return listed if isinstance(listed, GraphQLObjectType) else None


def leaves(kind: GraphQLObjectType) -> list[str]:
    """Return the fields of a type with a scalar value and without required arguments."""
    return [name for name, field in kind.fields.items() if is_leaf_type(named(field)) and not required(field)]


def required(field: GraphQLField) -> list[str]:
    """Return the required arguments of a field."""
    return [name for name, argument in field.args.items() if is_required_argument(argument)]
