"""Errors that clients receive, as classes with stable codes.

There are two separate kinds. A :class:`RequestError` fails a field or the whole request and appears in the response's
``errors`` with ``extensions.code``. A :class:`RuleError` is an outcome of the domain ("this task is already done"): a
mutation's payload contains it in its ``errors`` list; :class:`Refused` contains several. Any other exception is a bug
and is masked.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, ClassVar, Self, TypeGuard
from uuid import UUID

from graphql_app.names import camel_case

__all__ = ["BadUserInput", "Conflict", "Denied", "Forbidden", "Invalid", "NotFound", "PathItem", "Refused", "RuleError",
           "Unavailable", "ValueLimit", "refuse", "rule_errors", "within"]  # fmt: skip

PathItem = str | int
"""Field, or index of a list, in the path of an error."""


@dataclass(frozen=True, slots=True)
class ValueLimit:
    """Violated limit, in the vocabulary of JSON Schema; None for each bound that does not apply.

    https://json-schema.org/draft/2020-12/json-schema-validation
    """

    minimum: Decimal | int | None = None
    maximum: Decimal | int | None = None
    exclusive_minimum: Decimal | int | None = None
    exclusive_maximum: Decimal | int | None = None
    multiple_of: Decimal | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    pattern: str | None = None

    @property
    def known(self) -> dict[str, Decimal | int | str]:
        """The bounds that apply, by their names."""
        bounds = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: bound for name, bound in bounds.items() if bound is not None}

    @property
    def json(self) -> dict[str, int | str]:
        """The bounds that apply, by their names in the API."""
        known = self.known.items()
        return {camel_case(name): str(bound) if isinstance(bound, Decimal) else bound for name, bound in known}


class Problem(str):
    """Message about a value, with the violated limit."""

    limit: ValueLimit

    def __new__(cls, message: str, limit: ValueLimit) -> Self:
        made = super().__new__(cls, message)
        made.limit = limit
        return made


class StartupError(Exception):
    """Contradiction in an application's declarations, found before it is served. The text is for its engineers."""


class RequestError(Exception):
    """Request that cannot be answered. ``extensions`` is read by graphql-core and sent to the client."""

    code: ClassVar[str] = "BAD_REQUEST"
    message: ClassVar[str] = "The request cannot be processed."

    def __init__(self, message: str | None = None, **extensions: Any) -> None:
        super().__init__(message or self.message)
        self.extensions: dict[str, Any] = {"code": self.code, **extensions}


class BadRequest(RequestError):
    """Request that does not have the form of a GraphQL request."""

    code = "BAD_REQUEST"


class BadUserInput(RequestError):
    """Argument with an unacceptable value. ``argument_path`` locates it, from the argument's name down."""

    code = "BAD_USER_INPUT"
    message = "Invalid argument value."

    def __init__(self, message: str, argument_path: Sequence[PathItem] = (), limit: ValueLimit | None = None) -> None:
        super().__init__(message, argumentPath=list(argument_path))
        if limit is not None:
            self.extensions["valueLimit"] = limit.json


class Unauthenticated(RequestError):
    """Request without a valid token."""

    code = "UNAUTHENTICATED"
    message = "Requires a valid bearer token: log in first."


class InvalidToken(Unauthenticated):
    """Bearer token that is malformed or expired, or whose user has lost access or changed the password."""

    message = "The bearer token is invalid or has expired. Log in again."


class Forbidden(RequestError):
    """Request that the viewer's role does not allow."""

    code = "FORBIDDEN"
    message = "Your role does not allow this."


class ResponseTooLarge(RequestError):
    """Response with more bytes than the limit."""

    code = "RESPONSE_TOO_LARGE"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The response is longer than the limit of {limit:,} bytes. Request smaller pages or fewer fields.",
            limit=limit,
        )


class OperationTimeout(RequestError):
    """Operation that took longer than the limit."""

    code = "OPERATION_TIMEOUT"
    message = "The operation exceeded the time limit and was stopped."


class RateLimited(RequestError):
    """Too many attempts.

    ``retry_after`` is in whole seconds. Over HTTP it is also sent as the header ``Retry-After``.
    """

    code = "RATE_LIMITED"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message, retryAfter=retry_after)


class Unavailable(RequestError):
    """Database or another part that cannot serve the request now. A later attempt may succeed."""

    code = "SERVICE_UNAVAILABLE"
    message = "The service is temporarily unavailable. Try again."


class Overloaded(Unavailable):
    """Operation that was refused before any work was done for it. ``retry_after`` is in whole seconds."""

    message = "The server is overloaded. Try again in some seconds."

    def __init__(self, retry_after: int) -> None:
        super().__init__(self.message, retryAfter=retry_after)


class CommitUnknown(Unavailable):
    """Connection that failed during COMMIT: the change may be saved, or not."""

    message = (
        "The connection to the database failed while the change was saved, so it is unknown whether it is saved. "
        "Check before you repeat the request. A request with an idempotency key may be repeated without a check."
    )


class RoleChanged(Unavailable):
    """Viewer whose stored role is no longer the role with which the operation started."""

    message = "Your role has changed during the operation. Send it again."

    def __init__(self, role: str) -> None:
        super().__init__()
        self.role = role


class RuleError(Exception):
    """Violated rule of the domain.

    ``path`` locates the input field at fault, from the input object down. ``code`` overrides the class's.
    """

    code: str = "RULE"

    def __init__(self, message: str, *path: PathItem, code: str | None = None) -> None:
        super().__init__(message)
        self.path = path
        if code is not None:
            self.code = code


class Invalid(RuleError):
    """Value that violates a rule. ``limit`` is the violated limit as data: by default, the Problem's."""

    code = "INVALID"

    def __init__(self, message: str, *path: PathItem, code: str | None = None, limit: ValueLimit | None = None) -> None:
        super().__init__(message, *path, code=code)
        self.limit = message.limit if limit is None and isinstance(message, Problem) else limit


class NotFound(RuleError):
    """Record that the input refers to and that does not exist, or is not visible to the viewer."""

    code = "NOT_FOUND"


class Denied(RuleError):
    """Record that the viewer may see but not change in this way."""

    code = "FORBIDDEN"


class Conflict(RuleError):
    """Conflict with a concurrent change. The response includes the current record with ``model`` and ``id``."""

    code = "CONFLICT"

    def __init__(
        self,
        message: str,
        *path: PathItem,
        code: str | None = None,
        model: type | None = None,
        id: UUID | None = None,
    ) -> None:
        super().__init__(message, *path, code=code)
        self.model = model
        self.id = id


class RolledBack(RuleError):
    """Valid change that was rolled back, because another change of the same transaction failed."""

    code = "TRANSACTION_ROLLED_BACK"


class ContinuationFailed(RuleError):
    """Committed change whose continuation did not complete. ``error_id`` identifies the entry in the log."""

    code = "CONTINUATION_FAILED"

    def __init__(self, message: str, *path: PathItem, code: str | None = None, error_id: str | None = None) -> None:
        super().__init__(message, *path, code=code)
        self.error_id = error_id


class Refused(ExceptionGroup[RuleError]):
    """Several rule errors at once, which lets a client correct all of them before the next attempt."""

    def __new__(cls, errors: Sequence[RuleError]) -> Self:
        return super().__new__(cls, "Several rules are violated.", errors)


def refuse(errors: Sequence[RuleError]) -> None:
    """Raise these errors together, if there are any."""
    if errors:
        raise Refused(errors)


def rule_errors(error: RuleError | Refused) -> list[RuleError]:
    """Return the rule errors that were raised, in a list."""
    return [error] if isinstance(error, RuleError) else [each for each in error.exceptions if _is_rule_error(each)]


def _is_rule_error(error: RuleError | ExceptionGroup[RuleError]) -> TypeGuard[RuleError]:
    return isinstance(error, RuleError)


@contextmanager
def within(*path: PathItem) -> Iterator[None]:
    """Prefix the paths of rule errors that the block raises.

    Example: ``with within("lines", 2): ...``.
    """
    try:
        yield
    except (RuleError, Refused) as error:
        for each in rule_errors(error):
            each.path = (*path, *each.path)
        raise
