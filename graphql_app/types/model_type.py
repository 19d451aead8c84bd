"""``@model_type(Model)``: a GraphQL type from a class whose annotations name columns and whose attributes are edges.

``@extends(Model)`` adds fields to it from another folder, so that no folder depends on those that build on it.
"""

import inspect
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, get_args

import strawberry
from strawberry.types.base import StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from graphql_app.models.base import Base
from graphql_app.models.kinds import ColumnKind, kind_of
from graphql_app.types.declarations import docstring_of, enum
from graphql_app.types.fields import ColumnField, RestrictedField
from graphql_app.types.registry import extensions_of, model_of, register, register_extension, type_of_model
from graphql_app.types.strawberry_adapter import fields_of


def model_type[V: type](model: type[Base]) -> Callable[[V], V]:
    """Declare a class as the GraphQL type of the model's rows.

    A plain annotation is the column of that name, described by the column's comment; the model's docstring describes
    the type. Annotations are compared with columns when the schema is built.
    """

    def declare(cls: V) -> V:
        _describe_all(cls, model)
        is_type_of = classmethod(lambda _cls, row, _info: isinstance(row, model))
        cls.is_type_of = is_type_of  # type: ignore[attr-defined]  # an optional name, which Strawberry looks up
        made: V = strawberry.type(cls, description=docstring_of(model))
        register(model, made)
        return made

    return declare


def extends[V: type](model: type[Base]) -> Callable[[V], V]:
    """Declare a class whose fields are added to the model's type: reverse edges and computed values.

    The name of the class does not appear in the schema.
    """

    def declare(cls: V) -> V:
        _describe_all(cls, model)
        made: V = strawberry.type(cls)
        register_extension(model, made)
        return made

    return declare


def with_extensions(declared: type) -> type:
    """Return a type with the fields of its extensions, added once. Raises TypeError for a name that is taken."""
    fields = fields_of(declared)
    for extension in extensions_of(model_of(declared)):
        known = {field.python_name: field for field in fields}
        for field in fields_of(extension):
            if known.setdefault(field.python_name, field) is not field:
                name = f"{declared.__name__}.{field.python_name}"
                raise TypeError(f"{name} is declared again in {extension.__qualname__}.")
        fields[:] = known.values()
    return declared


def _describe_all(cls: type, model: type[Base]) -> None:
    for name in inspect.get_annotations(cls):
        field = cls.__dict__.get(name)
        if field is None:
            field = ColumnField()
            setattr(cls, name, field)
        if isinstance(field, (ColumnField, RestrictedField)):
            column = model.__table__.columns.get(name)
            field.column_name = name
            field.description = field.description or (None if column is None else column.comment)
    declare_enums(cls)


def declare_enums(cls: type) -> None:
    """Make the enums that are named in the annotations of a class enums of the schema."""
    for annotation in inspect.get_annotations(cls).values():
        for kind in (annotation, *get_args(annotation)):
            if isinstance(kind, type) and issubclass(kind, Enum):
                enum(kind)


def columns_of(model: type[Base]) -> Iterator[StrawberryField]:
    """Return the fields of the model's type that represent a column, without its ID."""
    return (field for field in fields_of(type_of_model(model)) if isinstance(field, (ColumnField, RestrictedField)))


def column_kind(field: StrawberryField, model: type[Base]) -> ColumnKind:
    """Return the kind of the column that a field of the model's type represents."""
    return kind_of(model.__table__.columns[field.python_name].type)


def column_type(field: StrawberryField) -> Any:
    """Return the Python type or enum of a column's field, without null."""
    kind: Any = field.type
    kind = kind.of_type if isinstance(kind, StrawberryOptional) else kind
    return kind.wrapped_cls if isinstance(kind, StrawberryEnumDefinition) else kind
