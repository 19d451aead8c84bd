"""Coverage of the schema by a crawl: fields with a value in an answer, and inputs with a value in a document."""

from collections.abc import Iterable, Iterator
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    ObjectFieldNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_abstract_type,
    visit,
)

from tests.isolation.introspected import named

Coordinates = set[str]
"""Coordinates such as ``Task.title``, ``Task.comments(first:)``, ``TaskFilter.title``, ``Direction.ASC``."""


def fields_in(answer: Any) -> Iterator[str]:
    """Yield the fields with a value somewhere in an answer; an empty list is no value."""
    if isinstance(answer, list):
        for item in answer:
            yield from fields_in(item)
    elif isinstance(answer, dict):
        for key, value in answer.items():
            if "__typename" in answer and value not in (None, []):
                yield f"{answer['__typename']}.{key.partition('_')[0] or key}"
            yield from fields_in(value)


def inputs_of(document: DocumentNode, schema: GraphQLSchema) -> Coordinates:
    """Return the root fields, arguments, input fields and enum values of a document."""
    info = TypeInfo(schema)
    given = _Given(info)
    visit(document, TypeInfoVisitor(info, given))
    return given.coordinates


class _Given(Visitor):
    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self._field = ""
        self.coordinates: Coordinates = set()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self._field = f"{self._info.get_parent_type()}.{node.name.value}"
        self.coordinates.add(self._field)

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        self.coordinates.add(f"{self._field}({node.name.value}:)")

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> None:
        self.coordinates.add(f"{get_named_type(self._info.get_parent_input_type())}.{node.name.value}")

    def enter_enum_value(self, node: EnumValueNode, *_: Any) -> None:
        self.coordinates.add(f"{get_named_type(self._info.get_input_type())}.{node.value}")


def reachable(*roots: GraphQLNamedType, schema: GraphQLSchema) -> dict[str, GraphQLNamedType]:
    """Return every object type that fields lead to from ``roots``, with the inputs and enums of their arguments."""
    found: dict[str, GraphQLNamedType] = {}
    waiting = list(roots)
    while waiting:
        kind = waiting.pop()
        if kind.name not in found:
            found[kind.name] = kind
            waiting.extend(_next(kind, schema))
    return found


def _next(kind: GraphQLNamedType, schema: GraphQLSchema) -> Iterator[GraphQLNamedType]:
    if is_abstract_type(kind):
        yield from schema.get_possible_types(kind)
    if isinstance(kind, GraphQLObjectType):
        for field in kind.fields.values():
            yield named(field)
            yield from (get_named_type(argument.type) for argument in field.args.values())
    if isinstance(kind, GraphQLInputObjectType):
        yield from (get_named_type(field.type) for field in kind.fields.values())


def fields_of(kinds: Iterable[GraphQLNamedType]) -> Coordinates:
    """Return the coordinates of all fields of these object types."""
    return {f"{kind.name}.{name}" for kind in kinds if isinstance(kind, GraphQLObjectType) for name in kind.fields}


def inputs_among(kinds: Iterable[GraphQLNamedType]) -> Coordinates:
    """Return the coordinates of all inputs of the fields of these types."""
    found: Coordinates = set()
    for kind in kinds:
        if isinstance(kind, GraphQLObjectType):
            found |= {f"{kind.name}.{name}({each}:)" for name, field in kind.fields.items() for each in field.args}
        if isinstance(kind, GraphQLInputObjectType):
            found |= {f"{kind.name}.{name}" for name in kind.fields}
        if isinstance(kind, GraphQLEnumType):
            found |= {f"{kind.name}.{name}" for name in kind.values}
    return found
