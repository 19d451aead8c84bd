"""Inputs of mutations: declaration, and conversion of the inputs of a call.

``@input_of(m.Task, "A task to be created.")`` declares one. Fields with the name of a column of the model are checked
like the column; a field declares further checks after its description. graphql-core passes an input as a dict with API
names. The conversion of each input type is prepared once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, TypeVar
from uuid import UUID

import strawberry
from sqlalchemy import Column, Table
from strawberry import ID, UNSET
from strawberry.types.base import StrawberryList, StrawberryOptional, StrawberryType, has_object_definition
from strawberry.types.field import StrawberryField

from graphql_app.authorization import Requirement, requirement_of
from graphql_app.errors import Denied, Invalid, PathItem, RuleError
from graphql_app.models.base import Base, table_columns
from graphql_app.models.kinds.texts import read_id
from graphql_app.mutations.input_checks import checks_of, is_one_line, trimmed
from graphql_app.strawberry_adapter import fields_of
from graphql_app.types.declarations import Check
from graphql_app.types.filter_inputs import api_name
from graphql_app.types.model_type import declare_enums

__all__ = ["EXPECTED_VERSION", "InputValues", "input_of"]

T = TypeVar("T")
Input = Annotated[T, strawberry.argument(description="Input of the mutation.")]
"""Only argument of a mutation with a hand-written resolver."""
EXPECTED_VERSION = (
    "Expected version of the record. If it has another version, nothing is changed and a `ConflictError` is returned."
)
"""Description of the field ``expected_version``."""
CHANGED = "__changed__"
"""Attribute of an input's class: the model whose record it changes."""
InputValues = dict[str, Any]
"""Given values by Python names: IDs as UUIDs, null as None. Omitted values are absent."""
ErrorPath = tuple[PathItem, ...]
ReadValue = Callable[[Any, ErrorPath, list[RuleError]], object]
"""Conversion of an input value that is not null to a rule's argument. Errors of the value are added to the list."""


def input_of[I: type](model: type[Base], description: str, *, one_of: bool = False) -> Callable[[I], I]:
    """Declare a class as an input whose values are stored in the columns of ``model`` with the same names.

    Null is rejected if the column is not nullable. In an input without an ``id``, which creates a record, null means
    the column's default. ``one_of`` requires exactly one of the fields.
    """

    def declare(cls: I) -> I:
        declare_enums(cls)
        made: I = strawberry.input(cls, description=description, one_of=one_of)
        fields = fields_of(made)
        is_new = not any(field.python_name == "id" for field in fields)
        for field in fields:
            column: Any = table_columns(model).get(field.python_name)
            if column is not None:
                field.graphql_name = api_name(field)
                field.metadata = MappingProxyType(_column_metadata(column, field, is_new=is_new))
        setattr(made, CHANGED, None if is_new else model)
        return made

    return declare


def model_changed_by(input: type) -> type[Base] | None:
    """Return the model whose record an input changes by its ``id``, or None."""
    model: type[Base] | None = vars(input).get(CHANGED)
    return model


def _column_metadata(column: Column[Any], field: StrawberryField, *, is_new: bool) -> dict[str, object]:
    takes_null = column.nullable or (is_new and column.default is not None)
    checks = (*checks_of(column), *field.metadata.get("checks", ()))
    one_line, target = is_one_line(column), _target(column)
    return {**field.metadata, "checks": checks, "takes_null": takes_null, "is_one_line": one_line, "target": target}


def _target(column: Column[Any]) -> Table | None:
    """Return the table that a column refers to by its ids, or None."""
    return next((key.column.table for key in column.foreign_keys if key.column.name == "id"), None)


def _nested_input(kind: StrawberryType | type) -> type | None:
    if isinstance(kind, StrawberryOptional):
        return _nested_input(kind.of_type)
    return kind if isinstance(kind, type) and has_object_definition(kind) else None


@dataclass(frozen=True, slots=True)
class InputField:
    """Field of an input. ``name`` is its Python name, ``api_name`` its name in the API."""

    name: str
    api_name: str
    read: ReadValue | None
    """None if the value needs no conversion."""
    absent: object
    """Default of an omitted value, or UNSET if there is none."""
    takes_null: bool
    checks: tuple[Check, ...]
    is_secret: bool
    target: Table | None = None
    """Table that the value refers to."""
    nested: type | None = None
    """Input that the value is."""
    requirement: Requirement | None = None


@cache
def input_fields(input: type) -> tuple[InputField, ...]:
    """Return the fields of an input type in their order."""
    return tuple(
        InputField(
            field.python_name,
            api_name(field),
            _trimmed if field.metadata.get("is_one_line") else _reader(field.type),
            UNSET if field.default is UNSET else None,
            field.metadata.get("takes_null", True),
            field.metadata.get("checks", ()),
            bool(field.metadata.get("secret")),
            field.metadata.get("target"),
            _nested_input(field.type),
            requirement_of(field),
        )
        for field in fields_of(input)
    )


def restricted_fields(input: type) -> tuple[InputField, ...]:
    """Return the fields of an input with a requirement."""
    return tuple(field for field in input_fields(input) if field.requirement is not None)


def denied_fields(
    fields: Iterable[InputField], values: InputValues, admits: Callable[[Requirement], bool]
) -> list[RuleError]:
    """Return an error for each given field whose requirement the viewer does not meet."""
    return [
        Denied(field.requirement.message, field.api_name)
        for field in fields
        if field.name in values and field.requirement is not None and not admits(field.requirement)
    ]


@cache
def api_names(input: type) -> frozenset[str]:
    """Return the names of an input's fields in the API."""
    return frozenset(field.api_name for field in input_fields(input))


def read_input(input: type, given: Mapping[str, Any], *path: PathItem) -> tuple[InputValues, list[RuleError]]:
    """Return a rule's arguments from an ``input`` at ``path``, and all errors of the input."""
    fields, values, errors = input_fields(input), InputValues(), list[RuleError]()
    for field in fields:
        content = given.get(field.api_name, field.absent)
        if content is not UNSET:
            read = None if content is None else field.read
            values[field.name] = content if read is None else read(content, (*path, field.api_name), errors)
    unread = {error.path for error in errors}
    for field in fields:
        if field.name in values:
            message = _failed_check(field, values)
            if message is not None and (place := (*path, field.api_name)) not in unread:
                errors.append(Invalid(message, *place))
    return values, errors


def checked_values(given: object) -> tuple[InputValues, list[RuleError]]:
    """Return the values of an input of a hand-written resolver, and all errors of its declared checks."""
    kind: type = type(given)
    return read_input(kind, {field.api_name: getattr(given, field.name) for field in input_fields(kind)})


def comparable(input: type, values: InputValues) -> InputValues:
    """Return the values by which calls are compared: all but secrets, such as a password, which are not stored."""
    secret = {field.name for field in input_fields(input) if field.is_secret}
    return {name: value for name, value in values.items() if name not in secret}


def _failed_check(field: InputField, values: InputValues) -> str | None:
    """Return the message of the first check that fails, or None."""
    value = values[field.name]
    if value is None:
        return None if field.takes_null else "Must not be null."
    messages = (check(value, values) for check in field.checks)
    return next((message for message in messages if message is not None), None)


def _reader(kind: StrawberryType | type) -> ReadValue | None:
    if isinstance(kind, StrawberryOptional):
        return _reader(kind.of_type)
    if isinstance(kind, StrawberryList):
        return _list_reader(_reader(kind.of_type))
    if kind is ID:
        return _read_id
    return _input_reader(kind) if has_object_definition(kind) else None


def _trimmed(content: str, _: ErrorPath, __: list[RuleError]) -> str:
    return trimmed(content)


def _list_reader(read: ReadValue | None) -> ReadValue | None:
    if read is None:
        return None

    def read_all(content: list[object], path: ErrorPath, errors: list[RuleError]) -> list[object]:
        return [None if each is None else read(each, (*path, index), errors) for index, each in enumerate(content)]

    return read_all


def _input_reader(input: type) -> ReadValue:
    def read(content: Mapping[str, Any], path: ErrorPath, errors: list[RuleError]) -> InputValues:
        values, found = read_input(input, content, *path)
        errors += found
        return values

    return read


def _read_id(content: str, path: ErrorPath, errors: list[RuleError]) -> UUID | None:
    try:
        return read_id(content)
    except ValueError as error:
        errors.append(Invalid(str(error), *path))
        return None
