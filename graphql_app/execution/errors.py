"""From exceptions to the ``errors`` of a response: codes for what a client can act on, a mask over everything else."""

from typing import Any
from uuid import uuid4

import structlog
from asyncpg import InterfaceError, PostgresError
from graphql import GraphQLError
from sqlalchemy.exc import SQLAlchemyError

from graphql_app.database.failures import is_too_long, is_unavailable
from graphql_app.errors import OperationTimeout, RequestError, Unavailable

log = structlog.get_logger()

INTERNAL = "INTERNAL_SERVER_ERROR"
Body = dict[str, Any]


def masked_error(error: BaseException) -> Body:
    """A bug as the client sees it: a number that is in the log beside the trace, and nothing else."""
    error_id = str(uuid4())
    log.error("internal error", error_id=error_id, exc_info=error)
    message = "Something went wrong on our side. The error id tells us what."
    return {"message": message, "extensions": {"code": INTERNAL, "errorId": error_id}}


def request_error(error: RequestError) -> Body:
    """An error of the request as a whole."""
    return {"message": str(error), "extensions": error.extensions}


def document_error(error: GraphQLError, code: str) -> Body:
    """An error that graphql-core found in the document or in the variables, under ``code``."""
    formatted: Body = {**error.formatted}
    formatted["extensions"] = {"code": code, **formatted.get("extensions", {})}
    return formatted


def field_error(error: GraphQLError) -> Body:
    """An error that was raised while a field was resolved or its value completed."""
    formatted: Body = {**error.formatted}
    formatted.update(reported(error.original_error or error))
    return formatted


def reported(error: BaseException) -> Body:
    """Return an exception as the client sees it: its own message if it was meant for clients, else a masked one."""
    if isinstance(error, RequestError):
        return request_error(error)
    if isinstance(error, GraphQLError):  # graphql-core's own word on an argument's value
        return {"message": error.message, "extensions": {"code": "BAD_USER_INPUT"}}
    if isinstance(error, (SQLAlchemyError, PostgresError, InterfaceError, OSError)):
        return _database_error(error)
    return masked_error(error)


def _database_error(error: Exception) -> Body:
    if is_too_long(error):
        return request_error(OperationTimeout())
    if is_unavailable(error):
        # one line: a trace for each of many requests would take longer than answering them
        log.warning("database unavailable", cause=cause(error))
        return request_error(Unavailable())
    return masked_error(error)


def cause(error: BaseException) -> str:
    """Return the class and the text of an error on one line, of the driver's own where SQLAlchemy has wrapped it."""
    original = getattr(error, "orig", None) or error
    return f"{type(original).__name__}: {' '.join(str(original).split())}"


def by_path(errors: list[Body]) -> list[Body]:
    """Errors in the order of their paths: resolvers run concurrently, an answer should not depend on who was first."""
    return sorted(errors, key=lambda error: [str(item).zfill(9) for item in error.get("path") or ()])
