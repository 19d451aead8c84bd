"""Errors of a response: codes that clients can handle; all other exceptions are masked."""

import asyncio
from uuid import uuid4

import structlog
from graphql import GraphQLError

from graphql_app.context import Commits
from graphql_app.database.errors import DATABASE_ERRORS, is_too_long, is_unavailable
from graphql_app.errors import BadUserInput, OperationTimeout, RequestError, ResponseTooLarge, Unavailable
from graphql_app.execution.argument_paths import path_in_message
from graphql_app.execution.request import GraphQLResponse, JsonObject

log = structlog.get_logger()

INTERNAL = "INTERNAL_SERVER_ERROR"


def masked_error(error: BaseException) -> JsonObject:
    """Return the error of a bug. It contains only an id, which the log contains together with the traceback."""
    error_id = str(uuid4())
    log.error("internal error", error_id=error_id, exc_info=error)
    message = "Internal error. Report the errorId, which identifies the cause in the server's log."
    return {"message": message, "extensions": {"code": INTERNAL, "errorId": error_id}}


def request_error(error: RequestError) -> JsonObject:
    """Return an error of the request as a whole."""
    return {"message": str(error), "extensions": error.extensions}


def document_error(error: GraphQLError, code: str) -> JsonObject:
    """Return an error that graphql-core found in the document or in the variables, under ``code``."""
    formatted: JsonObject = {**error.formatted}
    formatted["extensions"] = {"code": code, **formatted.get("extensions", {})}
    return formatted


def field_error(error: GraphQLError) -> JsonObject:
    """Return an error that was raised by a resolver or by the completion of its value."""
    formatted: JsonObject = {**error.formatted}
    formatted.update(client_error(error.original_error or error))
    return formatted


def client_error(error: BaseException) -> JsonObject:
    """Return an exception for the client: with its own message if it is meant for clients, else masked."""
    if isinstance(error, RequestError):
        return request_error(error)
    if isinstance(error, GraphQLError):  # raised by graphql-core for an argument's value
        return request_error(BadUserInput(error.message, path_in_message(error.message)))
    if isinstance(error, DATABASE_ERRORS):
        return _database_error(error)
    return masked_error(error)


def _database_error(error: Exception) -> JsonObject:
    if is_too_long(error):
        return request_error(OperationTimeout())
    if is_unavailable(error):
        # one line: tracebacks of many requests would take longer than their answers
        log.warning("database unavailable", cause=cause(error))
        return request_error(Unavailable())
    return masked_error(error)


def cause(error: BaseException) -> str:
    """Return the class and the text of an error on one line; those of the driver's error if SQLAlchemy wraps it."""
    original = getattr(error, "orig", None) or error
    return f"{type(original).__name__}: {' '.join(str(original).split())}"


def sorted_by_path(errors: list[JsonObject]) -> list[JsonObject]:
    """Return errors in the order of their paths, because the order of concurrent resolvers varies."""
    return sorted(errors, key=lambda error: [str(item).zfill(9) for item in error.get("path") or ()])


def not_executed(*errors: JsonObject) -> GraphQLResponse:
    """Return the response to a request that was not executed."""
    return GraphQLResponse({"errors": [*errors]}, executed=False)


class PartlyCommitted(asyncio.CancelledError):
    """Cancellation of an operation that has committed a change. ``response`` lists the root fields."""

    def __init__(self, response: GraphQLResponse) -> None:
        super().__init__()
        self.response = response


def partly_committed(error: RequestError, commits: Commits) -> GraphQLResponse:
    """Return an error that lists the committed root fields, in place of their payloads."""
    unknown = [name for name, outcome in commits.outcomes.items() if isinstance(outcome, Exception)]
    saved = [name for name in commits.outcomes if name not in unknown]
    outcomes = [f"Saved: {', '.join(saved)}."] if saved else []
    outcomes += [f"Unknown whether saved: {', '.join(unknown)}."] if unknown else []
    error.extensions |= {"committed": saved, "unknown": unknown}
    reason = str(error) if isinstance(error, ResponseTooLarge) else "The operation was stopped."
    body = request_error(error) | {"message": " ".join([reason, *outcomes])}
    return GraphQLResponse({"data": None, "errors": [body]}, executed=True, operation="mutation")
