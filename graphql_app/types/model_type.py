"""``@view(Model)`` makes a GraphQL type of a class whose annotations name columns and whose attributes are edges.

``@extends(Model)`` adds to it from another folder, so that no folder has to know those that build on it.
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
from graphql_app.types.descriptions import docstring_of, enum
from graphql_app.types.fields import ColumnField, RestrictedField
from graphql_app.types.registry import extensions_of, model_of, register, register_extension, type_of_model


def model_type[V: type](model: type[Base]) -> Callable[[V], V]:
    """Declare a class as the type that shows ``model``'s rows.

    A plain annotation is the column of that name, described by the column's comment; the model's docstring describes
    the type. Whether annotations and columns agree is checked when the schema is built.
    """

    def declare(cls: V) -> V:
        _describe_all(cls, model)
        cls.is_type_of = classmethod(lambda _cls, row, _info: isinstance(row, model))  # type: ignore[attr-defined]
        made: V = strawberry.type(cls, description=docstring_of(model))
        register(model, made)
        return made

    return declare


def extends[V: type](model: type[Base]) -> Callable[[V], V]:
    """Declare a class whose fields are added to the view of ``model``: ways back, and what can be told of its rows.

    The class's name is nowhere in the schema.
    """

    def declare(cls: V) -> V:
        _describe_all(cls, model)
        made: V = strawberry.type(cls)
        register_extension(model, made)
        return made

    return declare


def with_extensions(shown: type) -> type:
    """Return a type with the fields of its extensions, added once. Raises TypeError for a name that is taken."""
    fields = fields_of(shown)
    for extension in extensions_of(model_of(shown)):
        known = {field.python_name: field for field in fields}
        for field in fields_of(extension):
            if known.setdefault(field.python_name, field) is not field:
                raise TypeError(f"{shown.__name__}.{field.python_name} is declared again in {extension.__qualname__}.")
        fields[:] = known.values()
    return shown


def _describe_all(cls: type, model: type[Base]) -> None:
    for name, annotation in inspect.get_annotations(cls).items():
        _describe(cls, name, annotation, model)


def _describe(cls: type, name: str, annotation: Any, model: type[Base]) -> None:
    field = cls.__dict__.get(name)
    if field is None:
        field = ColumnField()
        setattr(cls, name, field)
    if isinstance(field, (ColumnField, RestrictedField)):
        field.column_name = name
        field.description = field.description or _comment(model, name)
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, Enum):
            enum(kind)


def _comment(model: type[Base], name: str) -> str | None:
    column = model.__table__.columns.get(name)
    return None if column is None else column.comment


def fields_of(view: type) -> list[StrawberryField]:
    """The fields of a view in the order in which they were declared."""
    fields: list[StrawberryField] = view.__strawberry_definition__.fields  # type: ignore[attr-defined]
    return fields


def columns_of(model: type[Base]) -> Iterator[StrawberryField]:
    """The fields of the model's view that show a column, without its id."""
    return (field for field in fields_of(type_of_model(model)) if isinstance(field, (ColumnField, RestrictedField)))


def shown_type(field: StrawberryField) -> Any:
    """The Python type or enum that a column's field shows, null aside."""
    kind: Any = field.type
    kind = kind.of_type if isinstance(kind, StrawberryOptional) else kind
    return kind.wrapped_cls if isinstance(kind, StrawberryEnumDefinition) else kind
