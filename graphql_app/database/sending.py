"""Statements of a transaction that the driver is given itself, whose errors are those of a session."""

from collections.abc import Mapping, Sequence
from typing import Any

from asyncpg import InterfaceError, PostgresError

from graphql_app.database.connection import PooledConnection
from graphql_app.database.failures import as_of_session
from graphql_app.statements.compiled import Compiled


async def send(connection: PooledConnection, statement: Compiled, values: Mapping[str, Any]) -> Sequence[Any]:
    """The driver's records. Raises what the session would: IntegrityError for a broken constraint, or DBAPIError."""
    try:
        return await connection.fetch(statement.sql, statement.arguments(values))
    except (PostgresError, InterfaceError) as error:
        raise as_of_session(error, statement.sql) from error
