"""Inputs of mutations: how they are declared, what a rule is given of them, and everything that is wrong with them.

``@input_of(m.Task, "A task to be created.")`` makes one. Fields that are named as a column of the model are checked
as the column asks for; further checks stand behind a field's description.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Annotated, Any, TypeVar, get_args
from uuid import UUID

import strawberry
from sqlalchemy import Column
from strawberry import ID
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.field import StrawberryField

from graphql_app.database.base import Base
from graphql_app.errors import Invalid, PathItem, RuleError
from graphql_app.mutations.checks import Check
from graphql_app.mutations.derived import checks_of
from graphql_app.views.described import enum
from graphql_app.views.inputs import api_name

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


def read_input(given: Any, *path: PathItem) -> tuple[Values, list[RuleError]]:
    """What a rule is given of an input, and everything that is wrong with it; ``path`` is where it stands."""
    fields = {field.python_name: field for field in given.__strawberry_definition__.fields}
    contents = {name: getattr(given, name) for name in fields}
    errors: list[RuleError] = []
    values = {
        name: _read(content, fields[name].type, (*path, api_name(fields[name])), errors)
        for name, content in contents.items()
        if content is not strawberry.UNSET
    }
    unread = {error.path for error in errors}
    for name in values:
        place = (*path, api_name(fields[name]))
        errors += [Invalid(wrong, *place) for wrong in _wrong(fields[name], values) if place not in unread]
    return values, errors


def comparable(given: Any, values: Values) -> Values:
    """The values without those that must leave no trace, such as a password: what two calls are compared by."""
    fields = given.__strawberry_definition__.fields
    secret = {field.python_name for field in fields if field.metadata.get("secret")}
    return {name: value for name, value in values.items() if name not in secret}


def _wrong(field: StrawberryField, values: Mapping[str, Any]) -> Iterator[str]:
    value = values[field.python_name]
    if value is None:
        if not field.metadata.get("takes_null", True):
            yield "This cannot be null."
        return
    found = (check(value, values) for check in checks_on(field))
    yield from [wrong for wrong in found if wrong is not None][:1]


def _read(content: Any, kind: Any, path: tuple[PathItem, ...], errors: list[RuleError]) -> Any:
    if content is None:
        return None
    if isinstance(kind, StrawberryOptional):
        return _read(content, kind.of_type, path, errors)
    if isinstance(kind, StrawberryList):
        return [_read(each, kind.of_type, (*path, index), errors) for index, each in enumerate(content)]
    if kind is ID:
        return _read_id(content, path, errors)
    if hasattr(content, "__strawberry_definition__") and not isinstance(content, Enum):
        values, wrong = read_input(content, *path)
        errors += wrong
        return values
    return content


def _read_id(content: str, path: tuple[PathItem, ...], errors: list[RuleError]) -> UUID | None:
    try:
        return UUID(content)
    except ValueError:
        errors.append(Invalid("This is not an id.", *path))
        return None
