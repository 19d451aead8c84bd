"""The API as introspection shows it, and what a crawler wants to know of it."""

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
    build_client_schema,
    get_introspection_query,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from tests.support.workline import Workline


class Introspected:
    """A schema of records: object types with an id, lists of them, and fields that find one by its id."""

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
        """What every record is."""
        kind = self.schema.type_map["Node"]
        assert isinstance(kind, GraphQLInterfaceType)
        return kind

    @cached_property
    def records(self) -> list[GraphQLObjectType]:
        """The types of everything that has an id."""
        return list(self.schema.get_implementations(self.node).objects)

    @cached_property
    def lists(self) -> dict[str, str]:
        """The root field that lists the records of each type."""
        found = {}
        for name, field in self.query.fields.items():
            listed = listed_type(field)
            if listed is not None:
                found[listed.name] = name
        return found

    @cached_property
    def by_id(self) -> dict[str, str]:
        """The root field that finds a record of each type by its id."""
        fields = [(name, field) for name, field in self.query.fields.items() if list(field.args) == ["id"]]
        return {named(field).name: name for name, field in fields if self.is_record(named(field))}

    def is_record(self, kind: GraphQLNamedType) -> bool:
        return kind in self.records

    def argument(self, kind: GraphQLObjectType, name: str) -> GraphQLInputObjectType:
        """The type of an argument of the list of these records: its ``filter`` or ``orderBy``."""
        return input_type(self.query.fields[self.lists[kind.name]].args[name].type)


async def introspect(workline: Workline) -> Introspected:
    """Ask the API what it is."""
    response = await workline.execute(get_introspection_query(descriptions=False, one_of=True))
    assert response.encoded is not None
    return Introspected(build_client_schema(orjson.loads(response.encoded)["data"]))


def input_type(kind: GraphQLInputType) -> GraphQLInputObjectType:
    """The input that a type is of, without its wrappers."""
    inner = get_named_type(kind)
    assert isinstance(inner, GraphQLInputObjectType)
    return inner


def named(field: GraphQLField) -> GraphQLNamedType:
    """The type of a field, without its wrappers."""
    return get_named_type(field.type)


def listed_type(field: GraphQLField) -> GraphQLObjectType | None:
    """The type of the records that a connection lists; None for what is no connection, or has records of many types."""
    kind = named(field)
    if not isinstance(kind, GraphQLObjectType) or "nodes" not in kind.fields:
        return None
    listed = named(kind.fields["nodes"])
    return listed if isinstance(listed, GraphQLObjectType) else None


def leaves(kind: GraphQLObjectType) -> list[str]:
    """The fields of a type that have a plain value and need no argument."""
    return [name for name, field in kind.fields.items() if is_leaf_type(named(field)) and not required(field)]


def required(field: GraphQLField) -> list[str]:
    """The arguments that a field cannot do without."""
    return [name for name, argument in field.args.items() if is_required_argument(argument)]
