"""Inputs of calls: what a rule is given of them, and everything that is wrong with them.

An input arrives as graphql-core coerces it, a dict by the names of the API. How its fields are read is found out once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from strawberry import ID, UNSET
from strawberry.types.base import StrawberryList, StrawberryOptional, has_object_definition
from strawberry.types.field import StrawberryField

from graphql_app.errors import Invalid, PathItem, RuleError
from graphql_app.mutations.checks import Check
from graphql_app.mutations.inputs import Values, checks_on
from graphql_app.views.inputs import api_name

Path = tuple[PathItem, ...]
Read = Callable[[Any, Path, list[RuleError]], Any]
"""What a rule is given of a value that is not null. What is wrong with it is added to the errors."""


@dataclass(frozen=True, slots=True)
class Readable:
    """A field of an input. ``name`` is its Python name, ``shown`` that in the API."""

    name: str
    shown: str
    read: Read | None
    """None when the value is taken as it is."""
    absent: Any
    """What stands for a value that was left out; UNSET when nothing does."""
    takes_null: bool
    checks: tuple[Check, ...]
    is_secret: bool


@cache
def readable(input: type) -> tuple[Readable, ...]:
    """The fields of an input type in their order."""
    fields: list[StrawberryField] = input.__strawberry_definition__.fields  # type: ignore[attr-defined]
    return tuple(
        Readable(
            field.python_name,
            api_name(field),
            _reader(field.type),
            UNSET if field.default is UNSET else None,
            field.metadata.get("takes_null", True),
            checks_on(field),
            bool(field.metadata.get("secret")),
        )
        for field in fields
    )


def read_input(input: type, given: Mapping[str, Any], *path: PathItem) -> tuple[Values, list[RuleError]]:
    """What a rule is given of an ``input``, and everything that is wrong with it; ``path`` is where it stands."""
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
        return None if field.takes_null else "This cannot be null."
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
        errors.append(Invalid("This is not an id.", *path))
        return None
