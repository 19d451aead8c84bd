"""Database errors that permit a retry, exceed a time limit or show that the server is unavailable.

Errors are classified by SQLSTATE (PostgreSQL manual, appendix A), never by text. SQLAlchemy stores asyncpg's error in
``error.orig``.
"""

import asyncio
from collections.abc import Awaitable, Callable
from random import random

from asyncpg import (
    IntegrityConstraintViolationError,
    InterfaceError,
    InternalClientError,
    InvalidCachedStatementError,
    PostgresError,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from graphql_app.database.transaction_sql import WRITE_EVENTS
from graphql_app.errors import Unavailable

__all__ = ["as_of_session", "is_unavailable"]

RETRYABLE = frozenset({"40001", "40P01"})
"""serialization_failure, deadlock_detected"""
LOST = frozenset({"57P01", "57P02", "57P03", "08000", "08003", "08006", "08001", "08004"})
"""admin_shutdown, crash_shutdown, cannot_connect_now and the class of connection exceptions"""
ABORTED = "25P02"
"""in_failed_sql_transaction: an earlier statement failed, and PostgreSQL rejects further statements"""
CANCELLED = "57014"
"""query_canceled: by a cancel request or by statement_timeout"""
DATABASE_ERRORS = (SQLAlchemyError, PostgresError, InterfaceError, OSError)
"""Classes of the errors of a database, its driver and connections to it."""
PAUSES = (0.02, 0.04, 0.08)
"""Maximum seconds before each retry of a write."""
UNFIT = "22"
"""Class of data exceptions: a value that does not fit its column or expression"""
DIVISION_BY_ZERO = "22012"
"""division_by_zero: also a data exception, but an error of the statement rather than of a value"""
TOO_LONG = frozenset({CANCELLED, "55P03", "25P03", "25P04"})
"""query_canceled (statement_timeout), lock_not_available, idle-in-transaction and transaction timeout"""


class SessionClosed(RuntimeError):
    """Use of a session after the end of the operation, such as by a late batch."""


def sqlstate(error: BaseException) -> str | None:
    """Return the SQLSTATE, or None if the error is not PostgreSQL's."""
    original = getattr(error, "orig", error)
    return getattr(original, "sqlstate", None)


def is_refused(error: BaseException) -> bool:
    """Return True if PostgreSQL has rejected a value: it violates a constraint, or does not fit its column."""
    code = sqlstate(error) or ""
    return isinstance(error, IntegrityError) or (code.startswith(UNFIT) and code != DIVISION_BY_ZERO)


def as_of_session(error: PostgresError | InterfaceError, sql: str) -> DBAPIError:
    """Return SQLAlchemy's error for an error of the driver: IntegrityError for a violated constraint."""
    kind = IntegrityError if isinstance(error, IntegrityConstraintViolationError) else DBAPIError
    return kind(sql, None, error)


def as_uncommitted(error: PostgresError) -> Exception:
    """Return the error of a failed COMMIT that has ended the transaction.

    A cancelled commit may have taken effect: PostgreSQL also checks for cancellation between writing the commit and the
    next statement.
    """
    if error.sqlstate == CANCELLED:
        return ConnectionResetError("The transaction was cancelled during its commit or just after it.")
    return as_of_session(error, "COMMIT")


def is_of_events(error: PostgresError) -> bool:
    """Return True if an error of the message that commits was raised while the events were written, so before COMMIT.

    No SQLSTATE distinguishes it. The context contains the name of the procedure in every language.
    """
    return WRITE_EVENTS in (error.context or "")


def check_opening(error: BaseException) -> None:
    """Raise ConnectionResetError if the error of opening a connection is the driver's own and not PostgreSQL's.

    The driver reports a connection that breaks at this point in several ways, such as an unexpected state.
    """
    is_of_driver = isinstance(error, DBAPIError) and sqlstate(error) is None
    if is_of_driver or isinstance(error, InterfaceError | InternalClientError):
        raise ConnectionResetError("The connection to the database was lost while it was opened.") from error


def is_stale_plan(error: BaseException) -> bool:
    """Return True if DDL has changed the result type of a prepared statement; a new transaction prepares it again."""
    original = getattr(error, "orig", error)
    return InvalidCachedStatementError in (type(original), type(getattr(original, "__cause__", None)))


def is_lost(error: BaseException) -> bool:
    """Return True if the connection was lost or the server is shutting down."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return sqlstate(error) in LOST or isinstance(error, ConnectionError)


def is_retryable(error: BaseException) -> bool:
    """Return True if nothing was committed and a retry of the transaction may succeed."""
    return sqlstate(error) in RETRYABLE or is_stale_plan(error) or is_lost(error)


def is_too_long(error: BaseException) -> bool:
    """Return True if a time limit was exceeded."""
    return sqlstate(error) in TOO_LONG or isinstance(error, TimeoutError)


def is_unavailable(error: BaseException) -> bool:
    """Return True if there was no connection, it was lost, or every retry failed: a later request may succeed."""
    return isinstance(error, (PoolTimeout, OSError, Unavailable)) or is_retryable(error)


async def with_retries[T](attempt: Callable[[], Awaitable[T]]) -> T:
    """Return the result of ``attempt``, repeated after retryable errors."""
    for pause in PAUSES:
        try:
            return await attempt()
        except Exception as error:
            if not is_retryable(error):
                raise
        await asyncio.sleep(pause * random())  # noqa: S311 (no secret)
    return await attempt()
