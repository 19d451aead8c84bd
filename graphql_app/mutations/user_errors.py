"""User errors: the ``errors`` of a payload. Each kind of rule error is a type of its own behind one interface.

A rule error *is* the value that is shown: its class chooses the type.
"""

from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation

from graphql_app.errors import Conflict, Denied, Invalid, NotFound, RuleError
from graphql_app.views.described import field
from graphql_app.views.fields import EngineField
from graphql_app.views.node import Node


class Path(EngineField):
    """The input field that is to blame, as names and indexes in texts."""

    def resolve(self, source: RuleError, info: Any, arguments: dict[str, Any]) -> list[str]:
        return [str(item) for item in source.path]


class Message(EngineField):
    """The sentence of an exception."""

    def resolve(self, source: RuleError, info: Any, arguments: dict[str, Any]) -> str:
        return str(source)


class Current(EngineField):
    """The record as it is now."""

    def resolve(self, source: Conflict, info: Any, arguments: dict[str, Any]) -> Any:
        return None if source.model is None else info.context.loaders.by_id(source.model, source.id)


class CurrentVersion(Current):
    """The version of the record as it is now."""

    async def resolve(self, source: Conflict, info: Any, arguments: dict[str, Any]) -> int | None:
        row = None if source.model is None else await info.context.loaders.by_id(source.model, source.id)
        return getattr(row, "version", None)


@strawberry.interface(description="Why something was not done, in a form that a client can act on.")
class UserError:
    """The interface of all kinds."""

    code: str = field("What kind of error it is, as a stable word.")
    message = Message(type_annotation=StrawberryAnnotation(str), description="What is wrong, as a sentence for people.")
    path = Path(
        type_annotation=StrawberryAnnotation(list[str]),
        description="The field of the input that is to blame, from `input` downwards; empty when no single one is.",
    )

    @classmethod
    def resolve_type(cls, error: RuleError, *_: Any) -> str:
        return TYPES[type(error)]


@strawberry.type(description="A value of the input does not satisfy a rule.")
class ValidationError(UserError):
    """Shows Invalid."""

    is_type_of = classmethod(lambda _cls, error, _info: isinstance(error, Invalid))


@strawberry.type(description="The input refers to a record that does not exist.")
class NotFoundError(UserError):
    """Shows NotFound."""

    is_type_of = classmethod(lambda _cls, error, _info: isinstance(error, NotFound))


@strawberry.type(description="The viewer may not do this to this record.")
class ForbiddenError(UserError):
    """Shows Denied."""

    is_type_of = classmethod(lambda _cls, error, _info: isinstance(error, Denied))


@strawberry.type(description="Somebody else was first. Look at the record as it is now, and decide again.")
class ConflictError(UserError):
    """Shows Conflict."""

    current = Current(type_annotation=StrawberryAnnotation(Node | None), description="The record as it is now.")
    current_version = CurrentVersion(
        type_annotation=StrawberryAnnotation(int | None), description="The record's version as it is now."
    )
    is_type_of = classmethod(lambda _cls, error, _info: isinstance(error, Conflict))


TYPES: dict[type[RuleError], str] = {
    Invalid: "ValidationError",
    NotFound: "NotFoundError",
    Denied: "ForbiddenError",
    Conflict: "ConflictError",
}
USER_ERRORS = (ValidationError, NotFoundError, ForbiddenError, ConflictError)
"""The types behind the interface, for the schema."""
