"""``@model_type(Model)``: a GraphQL type from a class whose annotations name columns and whose attributes are edges.

``@extends(Model)`` adds fields to it from another folder, so that no folder depends on those that build on it.
"""

import inspect
from collections.abc import Callable
from enum import Enum
from typing import get_args

import strawberry
from strawberry.types.field import StrawberryField

from graphql_app.models.base import Base
from graphql_app.strawberry_adapter import fields_of
from graphql_app.types.columns import ColumnField, column_of
from graphql_app.types.declarations import docstring_of, enum
from graphql_app.types.fields import EngineField
from graphql_app.types.registry import extensions_of, model_of, register, register_extension

__all__ = ["extends", "model_type"]


def model_type[V: type](model: type[Base], *, name: str | None = None) -> Callable[[V], V]:
    """Declare a class as the GraphQL type of the model's rows, named after the class unless ``name`` is given.

    A plain annotation is the column of that name, described by the column's comment; the model's docstring describes
    the type. Annotations are compared with columns when the schema is built.
    """

    def declare(cls: V) -> V:
        _describe_all(cls, model)
        is_type_of = classmethod(lambda _cls, row, _info: isinstance(row, model))
        cls.is_type_of = is_type_of  # type: ignore[attr-defined]  # an optional name, which Strawberry looks up
        made: V = strawberry.type(cls, name=name, description=docstring_of(model))
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
        if field is None or (type(field) is StrawberryField and field.base_resolver is None):
            # declared by its annotation, or by `field(...)` with more than that
            field = ColumnField() if field is None else column_of(field)
            setattr(cls, name, field)
        if isinstance(field, EngineField):
            field.describe(model, name)
    declare_enums(cls)


def declare_enums(cls: type) -> None:
    """Add the enums in the annotations of a class to the schema."""
    for annotation in inspect.get_annotations(cls).values():
        for kind in (annotation, *get_args(annotation)):
            if isinstance(kind, type) and issubclass(kind, Enum):
                enum(kind)
