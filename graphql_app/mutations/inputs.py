"""Inputs of mutations: how they are declared.

``@input_of(m.Task, "A task to be created.")`` makes one. Fields that are named as a column of the model are checked
as the column asks for; further checks stand behind a field's description. What a call gives in an input is read by
:mod:`graphql_app.mutations.reading`.
"""

import inspect
from collections.abc import Callable
from enum import Enum
from types import MappingProxyType
from typing import Annotated, Any, TypeVar, get_args

import strawberry
from sqlalchemy import Column
from strawberry.types.field import StrawberryField

from graphql_app.database.base import Base
from graphql_app.mutations.checks import Check
from graphql_app.mutations.derived import checks_of
from graphql_app.views.described import enum

T = TypeVar("T")
Input = Annotated[T, strawberry.argument(description="What is to be done.")]
"""The one argument of a mutation with a resolver of its own."""
Values = dict[str, Any]
"""What was given, by Python names: ids as UUIDs, null as None; what was left out is absent."""


def input_of[I: type](model: type[Base], description: str, **options: Any) -> Callable[[I], I]:
    """Make a class an input whose values go into the columns of ``model`` with the same names.

    A null is refused where the column has none; but in an input without an ``id``, which makes a new record, it stands
    for the column's default. ``options`` are those of ``strawberry.input``, such as ``one_of=True``.
    """

    def declare(cls: I) -> I:
        _make_enums(cls)
        made: I = strawberry.input(cls, description=description, **options)
        fields: list[StrawberryField] = made.__strawberry_definition__.fields  # type: ignore[attr-defined]
        is_new = not any(field.python_name == "id" for field in fields)
        for field in fields:
            column: Any = model.__table__.columns.get(field.python_name)
            if column is not None:
                field.metadata = MappingProxyType(_asked_by(column, field, is_new=is_new))
        return made

    return declare


def _asked_by(column: Column[Any], field: StrawberryField, *, is_new: bool) -> dict[str, Any]:
    takes_null = column.nullable or (is_new and column.default is not None)
    return {**field.metadata, "checks": (*checks_of(column), *checks_on(field)), "takes_null": takes_null}


def _make_enums(cls: type) -> None:
    for annotation in inspect.get_annotations(cls).values():
        for kind in (annotation, *get_args(annotation)):
            if isinstance(kind, type) and issubclass(kind, Enum):
                enum(kind)


def checks_on(field: StrawberryField) -> tuple[Check, ...]:
    """The checks of a field of an input."""
    checks: tuple[Check, ...] = field.metadata.get("checks", ())
    return checks
