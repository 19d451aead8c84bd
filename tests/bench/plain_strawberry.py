"""Generator of a plain Strawberry application with the types of a schema, for measurements of the start."""

import keyword
from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
)

HEAD = '''"""Generated from an SDL."""

from __future__ import annotations

import enum
from typing import Annotated, Any, NewType

import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache
'''
TAIL = """
schema = strawberry.Schema(Query, Mutation, types=[{types}], extensions=[ParserCache, ValidationCache])
app = Starlette(routes=[Route("/graphql", GraphQL(schema, graphql_ide=None), methods=["POST"])])
"""
SCALARS = {"ID": "strawberry.ID", "String": "str", "Int": "int", "Float": "float", "Boolean": "bool"}


def write_application(sdl: str, target: Path) -> None:
    """Write a module with the ASGI application ``app``: every type, field and argument of the schema, no resolver."""
    schema = build_schema(sdl)
    kinds = [each for each in schema.type_map.values() if not is_introspection_type(each)]
    objects = [each.name for each in kinds if isinstance(each, GraphQLObjectType)]
    order = (
        GraphQLScalarType,
        GraphQLEnumType,
        GraphQLInterfaceType,
        GraphQLInputObjectType,
        GraphQLObjectType,
        GraphQLUnionType,
    )
    lines = [HEAD]
    for kind in order:
        for each in kinds:
            if isinstance(each, kind):
                lines += declaration(each, schema)
    target.write_text("\n".join([*lines, TAIL.format(types=", ".join(objects))]))


def declaration(kind: object, schema: GraphQLSchema) -> Iterator[str]:
    """Yield the lines that declare a type."""
    match kind:
        case GraphQLScalarType():
            if not is_specified_scalar_type(kind):
                yield f'{kind.name} = strawberry.scalar(NewType("{kind.name}", str), name="{kind.name}")'
        case GraphQLEnumType():
            yield f"@strawberry.enum\nclass {kind.name}(enum.Enum):"
            yield from (f'    {name} = "{name}"' for name in kind.values)
        case GraphQLUnionType():
            members = " | ".join(each.name for each in kind.types)
            yield f'{kind.name} = Annotated[{members}, strawberry.union("{kind.name}")]'
        case GraphQLInputObjectType():
            yield f"@strawberry.input\nclass {kind.name}:"
            yield from (f"    {safe(name)}: {optional(field.type)}" for name, field in kind.fields.items())
        case GraphQLInterfaceType() | GraphQLObjectType():
            yield from _object(kind)


def _object(kind: GraphQLInterfaceType | GraphQLObjectType) -> Iterator[str]:
    decorator = "interface" if isinstance(kind, GraphQLInterfaceType) else "type"
    bases = ", ".join(each.name for each in kind.interfaces)
    yield f"@strawberry.{decorator}\nclass {kind.name}{f'({bases})' if bases else ''}:"
    for name, field in kind.fields.items():
        ordered = sorted(field.args.items(), key=lambda item: not isinstance(item[1].type, GraphQLNonNull))
        arguments = "".join(f", {safe(key)}: {optional(each.type)}" for key, each in ordered)
        yield f"    @strawberry.field(name={name!r})"
        yield f"    def {safe(name)}(self{arguments}) -> {python(field.type)}: ..."


def safe(name: str) -> str:
    """Return a name that is valid in Python."""
    return f"{name}_" if keyword.iskeyword(name) else name


def optional(kind: object) -> str:
    """Return an annotation of an input, with a default if it may be omitted."""
    return python(kind) if isinstance(kind, GraphQLNonNull) else f"{python(kind)} = None"


def python(kind: object) -> str:
    """Return the annotation of a type."""
    if isinstance(kind, GraphQLNonNull):
        return bare(kind.of_type)
    return f"{bare(kind)} | None"


def bare(kind: object) -> str:
    """Return the annotation of a type that is not null."""
    if isinstance(kind, GraphQLList):
        return f"list[{python(kind.of_type)}]"
    name = getattr(kind, "name", "")
    return SCALARS.get(name, name)
