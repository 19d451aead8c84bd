"""What can go wrong for a client, as classes with stable codes.

Two kinds, never mixed. A :class:`RequestError` fails a field or the whole request and appears in the response's
``errors`` with ``extensions.code``. A :class:`RuleError` is an answer of the domain ("this task is already done"):
a mutation's payload carries it in its own ``errors`` list; :class:`Refused` carries several. Any other exception is a
bug and is masked.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Self, TypeGuard
from uuid import UUID

PathItem = str | int


class RequestError(Exception):
    """The request cannot be answered as it is. ``extensions`` is read by graphql-core and sent to the client."""

    code: ClassVar[str] = "BAD_REQUEST"
    message: ClassVar[str] = "The request cannot be answered."

    def __init__(self, message: str | None = None, **extensions: Any) -> None:
        super().__init__(message or self.message)
        self.extensions: dict[str, Any] = {"code": self.code, **extensions}


class BadRequest(RequestError):
    """The request does not have the form of a GraphQL request."""

    code = "BAD_REQUEST"


class BadUserInput(RequestError):
    """An argument's value is not acceptable. ``argument_path`` names it, from the argument's name downwards."""

    code = "BAD_USER_INPUT"
    message = "An argument has a value that is not acceptable."

    def __init__(self, message: str, argument_path: Sequence[PathItem] = ()) -> None:
        super().__init__(message, argumentPath=list(argument_path))


class Unauthenticated(RequestError):
    """No valid token came with the request."""

    code = "UNAUTHENTICATED"
    message = "Log in first: this needs a valid bearer token."


class InvalidToken(Unauthenticated):
    """The bearer token is malformed or expired, or its user has lost access or changed the password."""

    message = "The bearer token is not valid, or no longer. Log in again."


class Forbidden(RequestError):
    """The viewer's role does not allow it."""

    code = "FORBIDDEN"
    message = "Your role does not allow this."


class CostLimitExceeded(RequestError):
    """The operation can produce more than it may.

    ``number`` of ``what`` exceed the ``limit``, at the field that the response keys in ``path`` lead to.
    """

    code = "COST_LIMIT_EXCEEDED"

    def __init__(self, what: str, path: Sequence[str], number: int, limit: int) -> None:
        place = f" at `{'.'.join(path)}`" if path else ""
        super().__init__(
            f"The operation can produce {number:,} {what}. The limit of {limit:,} is exceeded{place}. "
            "Request smaller pages, fewer nested lists or fewer aliases.",
            field=".".join(path),
            number=number,
            limit=limit,
        )


class ResponseTooLarge(RequestError):
    """The response has more bytes than it may."""

    code = "RESPONSE_TOO_LARGE"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The response is longer than the limit of {limit:,} bytes. Request smaller pages or fewer fields.",
            limit=limit,
        )


class OperationTimeout(RequestError):
    """The operation took longer than it may."""

    code = "OPERATION_TIMEOUT"
    message = "The operation took too long and was stopped."


class RateLimited(RequestError):
    """Too many attempts. ``retry_after`` is in whole seconds; over HTTP it is the header ``Retry-After`` as well."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message, retryAfter=retry_after)


class Unavailable(RequestError):
    """The database or another part cannot take the request now; trying again later may work."""

    code = "SERVICE_UNAVAILABLE"
    message = "The service cannot take this request now. Try again shortly."


class CommitUnknown(Unavailable):
    """The connection failed while COMMIT was in flight: the change may be saved, or not."""

    message = (
        "The connection to the database failed while the change was saved, so it is unknown whether it is saved. "
        "Check before you send it again. With an idempotency key it is safe to send it again."
    )


class RoleChanged(Unavailable):
    """The stored role of the viewer is not the one that the operation was started with."""

    message = "Your role changed while the operation ran. Send it again."

    def __init__(self, role: str) -> None:
        super().__init__()
        self.role = role


class RuleError(Exception):
    """The domain says no. ``path`` names the input field that is to blame, from the input object downwards.

    ``code`` is that of the class unless a more telling one is given.
    """

    code: str = "RULE"

    def __init__(self, message: str, *path: PathItem, code: str | None = None) -> None:
        super().__init__(message)
        self.path = path
        if code is not None:
            self.code = code


class Invalid(RuleError):
    """A value does not satisfy a rule."""

    code = "INVALID"


class NotFound(RuleError):
    """What the input refers to does not exist, or not for this viewer."""

    code = "NOT_FOUND"


class Denied(RuleError):
    """The viewer may see it but not do this to it."""

    code = "FORBIDDEN"


class Conflict(RuleError):
    """Somebody else was first. The record named by ``model`` and ``id`` is sent along as it is now."""

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
    """It could have been done, and was not: something else that belongs to it failed."""

    code = "TRANSACTION_ROLLED_BACK"


class ContinuationFailed(RuleError):
    """The change is committed, and its continuation did not complete. ``error_id`` names the entry in the log."""

    code = "CONTINUATION_FAILED"

    def __init__(self, message: str, *path: PathItem, code: str | None = None, error_id: str | None = None) -> None:
        super().__init__(message, *path, code=code)
        self.error_id = error_id


class Refused(ExceptionGroup[RuleError]):
    """Several rule errors at once, so that a client can mend all of them before the next try."""

    def __new__(cls, errors: Sequence[RuleError]) -> Self:
        return super().__new__(cls, "The domain says no.", errors)


def refuse(errors: Sequence[RuleError]) -> None:
    """Raise these errors together, if there are any."""
    if errors:
        raise Refused(errors)


def rule_errors(error: RuleError | Refused) -> list[RuleError]:
    """The errors that were raised, whether one or several."""
    return [error] if isinstance(error, RuleError) else [each for each in error.exceptions if _is_rule_error(each)]


def _is_rule_error(error: RuleError | ExceptionGroup[RuleError]) -> TypeGuard[RuleError]:
    return isinstance(error, RuleError)


@contextmanager
def within(*path: PathItem) -> Iterator[None]:
    """Rule errors that are raised inside get this path in front of theirs: ``with within("lines", 2): ...``."""
    try:
        yield
    except (RuleError, Refused) as error:
        for each in rule_errors(error):
            each.path = (*path, *each.path)
        raise
