"""Inputs of mutations: how they are declared, and how those of a call are read.

``@input_of(m.Task, "A task to be created.")`` makes one. Fields that are named as a column of the model are checked
as the column asks for; further checks stand behind a field's description. An input arrives as graphql-core coerces it,
a dict by the names of the API. How its fields are read is found out once.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, TypeVar, get_args
from uuid import UUID

import strawberry
from sqlalchemy import Column
from strawberry import ID, UNSET
from strawberry.types.base import StrawberryList, StrawberryOptional, has_object_definition
from strawberry.types.field import StrawberryField

from graphql_app.errors import Invalid, PathItem, RuleError
from graphql_app.models.base import Base
from graphql_app.mutations.input_checks import checks_of
from graphql_app.types.descriptions import Check, enum
from graphql_app.types.inputs import api_name

T = TypeVar("T")
Input = Annotated[T, strawberry.argument(description="Input of the mutation.")]
"""The one argument of a mutation with a resolver of its own."""
Values = dict[str, Any]
"""What was given, by Python names: ids as UUIDs, null as None; what was left out is absent."""
Path = tuple[PathItem, ...]
Read = Callable[[Any, Path, list[RuleError]], Any]
"""Conversion of an input value that is not null to a rule's argument. Errors of the value are added to the list."""


def fields_of(input: type) -> list[StrawberryField]:
    """Return the fields of an input type in their order."""
    fields: list[StrawberryField] = input.__strawberry_definition__.fields  # type: ignore[attr-defined]
    return fields


def input_of[I: type](model: type[Base], description: str, **options: Any) -> Callable[[I], I]:
    """Make a class an input whose values go into the columns of ``model`` with the same names.

    A null is refused where the column has none; but in an input without an ``id``, which makes a new record, it stands
    for the column's default. ``options`` are those of ``strawberry.input``, such as ``one_of=True``.
    """

    def declare(cls: I) -> I:
        _make_enums(cls)
        made: I = strawberry.input(cls, description=description, **options)
        fields = fields_of(made)
        is_new = not any(field.python_name == "id" for field in fields)
        for field in fields:
            column: Any = model.__table__.columns.get(field.python_name)
            if column is not None:
                field.metadata = MappingProxyType(_asked_by(column, field, is_new=is_new))
        return made

    return declare


def _asked_by(column: Column[Any], field: StrawberryField, *, is_new: bool) -> dict[str, Any]:
    takes_null = column.nullable or (is_new and column.default is not None)
    return {
        **field.metadata,
        "checks": (*checks_of(column), *field.metadata.get("checks", ())),
        "takes_null": takes_null,
    }


def _make_enums(cls: type) -> None:
    for annotation in inspect.get_annotations(cls).values():
        for kind in (annotation, *get_args(annotation)):
            if isinstance(kind, type) and issubclass(kind, Enum):
                enum(kind)


@dataclass(frozen=True, slots=True)
class Readable:
    """A field of an input. ``name`` is its Python name, ``shown`` that in the API."""

    name: str
    shown: str
    read: Read | None
    """None when the value is taken as it is."""
    absent: Any
    """Return the default of an omitted value, or UNSET if there is none."""
    takes_null: bool
    checks: tuple[Check, ...]
    is_secret: bool


@cache
def readable(input: type) -> tuple[Readable, ...]:
    """The fields of an input type in their order."""
    return tuple(
        Readable(
            field.python_name,
            api_name(field),
            _reader(field.type),
            UNSET if field.default is UNSET else None,
            field.metadata.get("takes_null", True),
            field.metadata.get("checks", ()),
            bool(field.metadata.get("secret")),
        )
        for field in fields_of(input)
    )


@cache
def shown_names(input: type) -> frozenset[str]:
    """The names of an input's fields in the API."""
    return frozenset(field.shown for field in readable(input))


def read_input(input: type, given: Mapping[str, Any], *path: PathItem) -> tuple[Values, list[RuleError]]:
    """Return a rule's arguments from an ``input`` at ``path``, and all errors of the input."""
    fields, values, errors = readable(input), Values(), list[RuleError]()
    for field in fields:
        content = given.get(field.shown, field.absent)
        if content is not UNSET:
            read = None if content is None else field.read
            values[field.name] = content if read is None else read(content, (*path, field.shown), errors)
    unread = {error.path for error in errors}
    for field in fields:
        if field.name in values:
            wrong = _wrong(field, values)
            if wrong is not None and (place := (*path, field.shown)) not in unread:
                errors.append(Invalid(wrong, *place))
    return values, errors


def comparable(input: type, values: Values) -> Values:
    """The values without those that must leave no trace, such as a password: what two calls are compared by."""
    secret = {field.name for field in readable(input) if field.is_secret}
    return {name: value for name, value in values.items() if name not in secret}


def _wrong(field: Readable, values: Values) -> str | None:
    """The first thing that is wrong with a field's value."""
    value = values[field.name]
    if value is None:
        return None if field.takes_null else "Must not be null."
    for check in field.checks:
        wrong = check(value, values)
        if wrong is not None:
            return wrong
    return None


def _reader(kind: Any) -> Read | None:
    if isinstance(kind, StrawberryOptional):
        return _reader(kind.of_type)
    if isinstance(kind, StrawberryList):
        return _list_reader(_reader(kind.of_type))
    if kind is ID:
        return _read_id
    return _input_reader(kind) if has_object_definition(kind) else None


def _list_reader(read: Read | None) -> Read | None:
    if read is None:
        return None

    def read_all(content: Any, path: Path, errors: list[RuleError]) -> list[Any]:
        return [None if each is None else read(each, (*path, index), errors) for index, each in enumerate(content)]

    return read_all


def _input_reader(input: type) -> Read:
    def read(content: Any, path: Path, errors: list[RuleError]) -> Values:
        values, wrong = read_input(input, content, *path)
        errors += wrong
        return values

    return read


def _read_id(content: str, path: Path, errors: list[RuleError]) -> UUID | None:
    try:
        return UUID(content)
    except ValueError:
        errors.append(Invalid("Must be an ID.", *path))
        return None
