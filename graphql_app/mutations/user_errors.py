"""User errors: the ``errors`` of a payload. Each kind of rule error is a type of its own behind one interface.

What is shown is a Told: graphql-core raises an exception that it meets as a value, so the error travels inside one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation

from graphql_app.errors import Conflict, ContinuationFailed, Denied, Invalid, NotFound, RolledBack, RuleError
from graphql_app.types.fields import EngineField, RecordReference
from graphql_app.types.records import Node


@dataclass(frozen=True, slots=True)
class ReportedError:
    """A rule error as the value of a field."""

    error: RuleError


class ReadField(EngineField):
    """A field that is read off an outcome, or a user error."""

    of_each_row: bool
    """Set if its values are the outcomes of a bulk mutation's rows."""

    def __init__(self, annotation: Any, description: str, read: Callable[[Any], Any]) -> None:
        super().__init__(type_annotation=StrawberryAnnotation(annotation), description=description)
        self.read = read

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return self.read(source)


class Current(EngineField):
    """The record that a conflict is about, as it is now."""

    def resolve(self, source: ReportedError, info: Any, arguments: dict[str, Any]) -> Any:
        error: Any = source.error
        return None if error.model is None else info.context.loaders.by_id(error.model, error.id)

    def refer(self, source: ReportedError, info: Any) -> RecordReference | None:
        error: Any = source.error
        return None if error.model is None else RecordReference(error.model, error.id)


class CurrentVersion(EngineField):
    """The version of that record as it is now."""

    async def resolve(self, source: ReportedError, info: Any, arguments: dict[str, Any]) -> int | None:
        error: Any = source.error
        row = None if error.model is None else await info.context.loaders.by_id(error.model, error.id)
        return getattr(row, "version", None)


@strawberry.interface(description="Error that prevented a change, or part of it.")
class UserError:
    """The interface of all kinds."""

    code = ReadField(str, "Stable error code.", lambda told: told.error.code)
    message = ReadField(str, "Human-readable error message.", lambda told: str(told.error))
    path = ReadField(
        list[str],
        "Path of the input field that caused the error, relative to `input`; empty if no single field caused it.",
        lambda told: [str(item) for item in told.error.path],
    )

    @classmethod
    def resolve_type(cls, told: ReportedError, *_: Any) -> str:
        return next(TYPES[kind] for kind in type(told.error).__mro__ if kind in TYPES)

    @classmethod
    def is_type_of(cls, told: Any, _: Any) -> bool:
        return isinstance(told, ReportedError) and cls.resolve_type(told) == cls.__name__


@strawberry.type(description="The input or the state of a record violates a rule.")
class ValidationError(UserError):
    """Shows Invalid."""


@strawberry.type(description="The input refers to a record that does not exist.")
class NotFoundError(UserError):
    """Shows NotFound."""


@strawberry.type(description="The viewer is not allowed to change the record in this way.")
class ForbiddenError(UserError):
    """Shows Denied."""


@strawberry.type(
    description="The record has changed since it was read, or is already in the requested state. Review its current "
    "state before you try again."
)
class ConflictError(UserError):
    """Shows Conflict."""

    current = Current(
        type_annotation=StrawberryAnnotation(Node | None),
        description="Current state of the record; null if it no longer exists.",
    )
    current_version = CurrentVersion(
        type_annotation=StrawberryAnnotation(int | None),
        description="Current version of the record; null if it no longer exists or has no version.",
    )


@strawberry.type(
    description="The change was valid, but was rolled back because another change of the same call or transaction "
    "failed."
)
class RolledBackError(UserError):
    """Shows RolledBack."""


@strawberry.type(
    description="The change is saved and shown in the payload, but work that follows it did not complete. Do not "
    "repeat it as a new call. A call with the same idempotency key completes the remaining work and changes nothing "
    "twice.",
)
class ContinuationError(UserError):
    """Shows ContinuationFailed."""

    error_id = ReadField(
        str | None,
        "ID of the error in the server's log, to be reported to the operator.",
        lambda told: getattr(told.error, "error_id", None),
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
"""The types behind the interface, for the schema."""
