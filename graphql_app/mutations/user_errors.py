"""User errors: the ``errors`` of a payload. Each kind of rule error is a type that implements one interface.

A field's value is a ReportedError that wraps the exception, because graphql-core raises exceptions that are values.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import strawberry

from graphql_app.context import Info
from graphql_app.errors import (
    Conflict,
    ContinuationFailed,
    Denied,
    Invalid,
    NotFound,
    RolledBack,
    RuleError,
    ValueLimit,
)
from graphql_app.plan.fields import RecordReference
from graphql_app.strawberry_adapter import Annotation, Arguments, Source
from graphql_app.types.fields import EngineField
from graphql_app.types.records import Node, RecordField


@dataclass(frozen=True, slots=True)
class ReportedError:
    """Rule error as the value of a field."""

    error: RuleError


class ReadField(EngineField):
    """Attribute of an outcome or of a user error."""

    def __init__(self, annotation: Annotation, description: str, read: Callable[[Any], object]) -> None:
        super().__init__(annotation, description)
        self.read = read

    def resolve(self, source: Source, info: Info, arguments: Arguments) -> object:
        return self.read(source)


def bound(kind: type, name: str, description: str) -> ReadField:
    """Declare a bound of a ValueLimit."""

    def read(limit: ValueLimit) -> object:
        value = getattr(limit, name)
        return Decimal(value) if kind is Decimal and value is not None else value

    return ReadField(kind | None, description, read)


def _current(source: ReportedError, _: Info) -> RecordReference | None:
    """Return a reference to the record of a conflict, or None if it is unknown."""
    error = source.error
    if not isinstance(error, Conflict) or error.model is None or error.id is None:
        return None
    return RecordReference(error.model, error.id)


class CurrentVersion(EngineField):
    """Current version of the record of a conflict."""

    async def resolve(self, source: ReportedError, info: Info, arguments: Arguments) -> int | None:
        record = _current(source, info)
        row = None if record is None else await info.context.loaders.by_id(record.model, record.id)
        return getattr(row, "version", None)


@strawberry.interface(description="Error that prevented a change, or part of it.")
class UserError:
    """Interface of all user errors. Values are ReportedErrors."""

    code = ReadField(str, "Stable error code.", lambda reported: reported.error.code)
    message = ReadField(str, "Human-readable error message.", lambda reported: str(reported.error))
    path = ReadField(
        list[str],
        "Path of the input field that caused the error, relative to `input`; empty if no single field caused it.",
        lambda reported: [str(item) for item in reported.error.path],
    )

    @classmethod
    def resolve_type(cls, reported: ReportedError, *_: object) -> str:
        return kind_of(reported.error)

    @classmethod
    def is_type_of(cls, value: object, _: object) -> bool:
        return isinstance(value, ReportedError) and kind_of(value.error) == cls.__name__


@strawberry.type(
    name="ValueLimit",
    description="Violated limit, with the keywords of JSON Schema, so that a client can build its own message. "
    "Bounds that do not apply are null.",
)
class LimitType:
    """Type of ValueLimit."""

    minimum = bound(Decimal, "minimum", "Smallest allowed number.")
    maximum = bound(Decimal, "maximum", "Largest allowed number.")
    exclusive_minimum = bound(Decimal, "exclusive_minimum", "The number must be greater than this one.")
    exclusive_maximum = bound(Decimal, "exclusive_maximum", "The number must be less than this one.")
    multiple_of = bound(Decimal, "multiple_of", 'Unit of the number: "0.01" allows two decimal places.')
    min_length = bound(
        int, "min_length", "Minimum number of characters. If it is positive, the text must not be blank."
    )
    max_length = bound(int, "max_length", "Maximum number of characters.")
    min_items = bound(int, "min_items", "Minimum number of items.")
    max_items = bound(int, "max_items", "Maximum number of items.")
    pattern = bound(str, "pattern", "Regular expression that the whole text must match.")


@strawberry.type(description="The input or the state of a record violates a rule.")
class ValidationError(UserError):
    """Type of Invalid."""

    limit = ReadField(
        LimitType | None,
        "Limit that the value violates; null if it is another rule or unknown.",
        lambda reported: getattr(reported.error, "limit", None),
    )


@strawberry.type(description="The input refers to a record that does not exist.")
class NotFoundError(UserError):
    """Type of NotFound."""


@strawberry.type(description="The viewer is not allowed to make this change.")
class ForbiddenError(UserError):
    """Type of Denied."""


@strawberry.type(
    description="The record has changed since it was read, or is already in the requested state. Review its current "
    "state before you try again."
)
class ConflictError(UserError):
    """Type of Conflict."""

    current = RecordField(Node | None, "Current state of the record; null if it no longer exists.", _current)
    current_version = CurrentVersion(
        int | None,
        "Current version of the record; null if it no longer exists or has no version.",
    )


@strawberry.type(
    description="The change was valid, but was rolled back because another change of the same call or transaction "
    "failed."
)
class RolledBackError(UserError):
    """Type of RolledBack."""


@strawberry.type(
    description="The change is saved and returned in the payload, but work that follows it did not complete. Do not "
    "repeat it as a new call. A call with the same idempotency key completes the remaining work and changes nothing "
    "twice.",
)
class ContinuationError(UserError):
    """Type of ContinuationFailed."""

    error_id = ReadField(
        str | None,
        "ID of the error in the server's log, to be reported to the operator.",
        lambda reported: getattr(reported.error, "error_id", None),
    )


TYPES: dict[type[RuleError], str] = {
    Invalid: "ValidationError",
    NotFound: "NotFoundError",
    Denied: "ForbiddenError",
    Conflict: "ConflictError",
    RolledBack: "RolledBackError",
    ContinuationFailed: "ContinuationError",
}
USER_ERRORS = (ValidationError, NotFoundError, ForbiddenError, ConflictError, RolledBackError, ContinuationError)
"""Implementations of the interface, for the schema."""


def kind_of(error: RuleError) -> str:
    """Return the name of the type of an error."""
    return next(TYPES[kind] for kind in type(error).__mro__ if kind in TYPES)
