"""Private Strawberry APIs, each with the reason for its use.

Strawberry is below version 1.0: ``tests/architecture/test_adapters.py`` fails when one of these names changes.
"""

from collections.abc import Callable
from enum import Enum
from operator import attrgetter
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLInputField, GraphQLNamedType, GraphQLResolveInfo, GraphQLSchema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import (
    StrawberryContainer,
    StrawberryObjectDefinition,
    get_object_definition,
    has_strawberry_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.types.union import StrawberryUnion

from graphql_app.context import Info

__all__ = ["raw_info"]

DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF
"""Key in the extensions of graphql-core's fields and types for Strawberry's definition of them."""
type Annotation = Any
"""Type of a field or argument: a class, an enum, a union or a deferred type, which have no common base."""
type Source = Any
"""Object that a field is read from: rows, records and plain objects have no common base."""
type Arguments = dict[str, Any]
"""Arguments of a field by name: Strawberry's values, or graphql-core's coerced ones where no inputs are converted."""
type Definition = StrawberryObjectDefinition | StrawberryEnumDefinition | StrawberryUnion
"""Definition of a named type that is not a scalar."""
type StrawberrySchema = strawberry.Schema

raw_info: Callable[[Info], GraphQLResolveInfo[Any]] = attrgetter("_raw_info")
"""Return graphql-core's ``info``: Strawberry's has no argument values. Adds no frame per field."""
graphql_schema: Callable[[StrawberrySchema], GraphQLSchema] = attrgetter("_schema")
"""Return graphql-core's schema, which validation and plans use."""


def declaration_of(definition: GraphQLField | GraphQLInputField | GraphQLNamedType) -> Any:
    """Return Strawberry's definition of a field or type of graphql-core; None in introspection.

    Its class depends on the kind of the definition.
    """
    return definition.extensions.get(DEFINITION)


def definition_of(cls: type) -> StrawberryObjectDefinition:
    """Return the definition of an object, interface or input type."""
    return get_object_definition(cls, strict=True)


def fields_of(cls: type) -> list[StrawberryField]:
    """Return the fields of a type in the order of their declaration. Changes of the list change the type."""
    return definition_of(cls).fields


def enum_definition_of(kind: type[Enum]) -> StrawberryEnumDefinition:
    """Return the definition of an enum of the schema. Strawberry has a public function for objects only."""
    assert has_enum_definition(kind)
    return kind.__strawberry_definition__


def named_definition(kind: Annotation) -> Definition | None:
    """Return the definition of a type, without lists and nulls, or None for a scalar. Resolves deferred types."""
    while isinstance(kind, StrawberryContainer | LazyType):
        kind = kind.resolve_type() if isinstance(kind, LazyType) else kind.of_type
    if has_strawberry_definition(kind):
        kind = kind.__strawberry_definition__
    return kind if isinstance(kind, StrawberryObjectDefinition | StrawberryEnumDefinition | StrawberryUnion) else None


def info_of(schema: StrawberrySchema, raw: GraphQLResolveInfo[Any], field: StrawberryField) -> Info:
    """Return Strawberry's ``info`` for a resolver that a plan calls."""
    return schema.config.info_class(_raw_info=raw, _field=field)


def converted_arguments(field: StrawberryField, values: Arguments, schema: StrawberrySchema) -> Arguments:
    """Return the arguments of a field under their Python names, as Strawberry's types."""
    registry = schema.schema_converter.scalar_registry
    return convert_arguments(values, field.arguments, scalar_registry=registry, config=schema.config)
