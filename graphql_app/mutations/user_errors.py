"""User errors: the ``errors`` of a payload. Each kind of rule error is a type of its own behind one interface.

What is shown is a Told: graphql-core raises an exception that it meets as a value, so the error travels inside one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation

from graphql_app.errors import Conflict, ContinuationFailed, Denied, Invalid, NotFound, RolledBack, RuleError
from graphql_app.views.fields import EngineField, RecordKey
from graphql_app.views.records import Node


@dataclass(frozen=True, slots=True)
class Told:
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

    def resolve(self, source: Told, info: Any, arguments: dict[str, Any]) -> Any:
        error: Any = source.error
        return None if error.model is None else info.context.loaders.by_id(error.model, error.id)

    def refer(self, source: Told, info: Any) -> RecordKey | None:
        error: Any = source.error
        return None if error.model is None else RecordKey(error.model, error.id)


class CurrentVersion(EngineField):
    """The version of that record as it is now."""

    async def resolve(self, source: Told, info: Any, arguments: dict[str, Any]) -> int | None:
        error: Any = source.error
        row = None if error.model is None else await info.context.loaders.by_id(error.model, error.id)
        return getattr(row, "version", None)


@strawberry.interface(description="Why something was not done, in a form that a client can act on.")
class UserError:
    """The interface of all kinds."""

    code = ReadField(str, "What kind of error it is, as a stable word.", lambda told: told.error.code)
    message = ReadField(str, "What is wrong, as a sentence for people.", lambda told: str(told.error))
    path = ReadField(
        list[str],
        "The field of the input that is to blame, from `input` downwards; empty when no single one is.",
        lambda told: [str(item) for item in told.error.path],
    )

    @classmethod
    def resolve_type(cls, told: Told, *_: Any) -> str:
        return next(TYPES[kind] for kind in type(told.error).__mro__ if kind in TYPES)

    @classmethod
    def is_type_of(cls, told: Any, _: Any) -> bool:
        return isinstance(told, Told) and cls.resolve_type(told) == cls.__name__


@strawberry.type(description="A value of the input does not satisfy a rule.")
class ValidationError(UserError):
    """Shows Invalid."""


@strawberry.type(description="The input refers to a record that does not exist.")
class NotFoundError(UserError):
    """Shows NotFound."""


@strawberry.type(description="The viewer may not do this to this record.")
class ForbiddenError(UserError):
    """Shows Denied."""


@strawberry.type(description="Somebody else was first. Look at the record as it is now, and decide again.")
class ConflictError(UserError):
    """Shows Conflict."""

    current = Current(type_annotation=StrawberryAnnotation(Node | None), description="The record as it is now.")
    current_version = CurrentVersion(
        type_annotation=StrawberryAnnotation(int | None), description="The record's version as it is now."
    )


@strawberry.type(description="It could have been done, and was undone: something else that belongs to it failed.")
class RolledBackError(UserError):
    """Shows RolledBack."""


@strawberry.type(
    description="The change is saved, and the payload shows it; work that follows the change did not complete. Do not "
    "repeat the call as a new one. Sent again under its idempotency key, it completes what is left and changes nothing "
    "twice.",
)
class ContinuationError(UserError):
    """Shows ContinuationFailed."""

    error_id = ReadField(
        str | None,
        "Names the cause in the server's log. Report it to the operator.",
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
