"""Which database errors mean "try again", "too long" or "not reachable", by SQLSTATE and never by English text.

SQLSTATE classes: PostgreSQL manual, appendix A. SQLAlchemy wraps what asyncpg raised as ``error.orig``.
"""

import asyncio
from collections.abc import Awaitable, Callable
from random import random

from asyncpg import IntegrityConstraintViolationError, InterfaceError, PostgresError
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from graphql_app.errors import Unavailable

RETRYABLE = frozenset({"40001", "40P01"})
"""serialization_failure, deadlock_detected"""
LOST = frozenset({"57P01", "57P02", "57P03", "08000", "08003", "08006", "08001", "08004"})
"""admin_shutdown, crash_shutdown, cannot_connect_now and the connection exceptions"""
ABORTED = "25P02"
"""in_failed_sql_transaction: an earlier statement has failed, and nothing else is done until the transaction ends"""
CANCELLED = "57014"
"""query_canceled: by whoever asked for it, or by statement_timeout"""
PAUSES = (0.02, 0.04, 0.08)
"""Most seconds before each further attempt at a write; after the last one its error is reported."""
TOO_LONG = frozenset({CANCELLED, "55P03", "25P03", "25P04"})
"""query_canceled (statement_timeout), lock_not_available, idle-in-transaction and transaction timeout"""


def sqlstate(error: BaseException) -> str | None:
    """The five-character code that PostgreSQL gave, or None when the error is not PostgreSQL's."""
    original = getattr(error, "orig", error)
    return getattr(original, "sqlstate", None)


def as_of_session(error: PostgresError | InterfaceError, sql: str) -> DBAPIError:
    """What a session would have raised for an error of the driver: IntegrityError for a broken constraint."""
    kind = IntegrityError if isinstance(error, IntegrityConstraintViolationError) else DBAPIError
    return kind(sql, None, error)


def as_uncommitted(error: PostgresError) -> Exception:
    """Return the error that a failed COMMIT stands for when it leaves no transaction.

    A commit that takes too long may be done all the same: PostgreSQL checks whether a statement was cancelled once its
    commit is written, too, before the statement that follows.
    """
    if error.sqlstate == CANCELLED:
        return ConnectionResetError("It was cancelled while it was committed, or just after.")
    return as_of_session(error, "COMMIT")


def is_stale_plan(error: BaseException) -> bool:
    """A prepared statement's result changed its type under it, as DDL does; a new transaction prepares it again."""
    original = getattr(error, "orig", error)
    return type(original).__name__ == "InvalidCachedStatementError"


def is_lost(error: BaseException) -> bool:
    """The connection broke, or the server is going away."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return sqlstate(error) in LOST or isinstance(error, ConnectionError)


def is_retryable(error: BaseException) -> bool:
    """Nothing was committed, and the same transaction may well succeed when it is run again."""
    return sqlstate(error) in RETRYABLE or is_stale_plan(error) or is_lost(error)


def is_too_long(error: BaseException) -> bool:
    """PostgreSQL stopped it for taking too long."""
    return sqlstate(error) in TOO_LONG or isinstance(error, TimeoutError)


def is_unavailable(error: BaseException) -> bool:
    """No connection could be had, or it was lost, or others were faster each time: trying again later may work."""
    return isinstance(error, (PoolTimeout, OSError, Unavailable)) or is_retryable(error)


async def retried[T](attempt: Callable[[], Awaitable[T]]) -> T:
    """Return the result of ``attempt``, which is made again after an error that another attempt may be spared."""
    for pause in PAUSES:
        try:
            return await attempt()
        except Exception as error:
            if not is_retryable(error):
                raise
        await asyncio.sleep(pause * random())  # noqa: S311 (no secret)
    return await attempt()
