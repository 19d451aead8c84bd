"""Statements of a session's transaction that the driver is given itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from asyncpg import InterfaceError, PostgresError
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.database.failures import as_of_session
from graphql_app.database.lease import lease_of
from graphql_app.statements.compiled import Compiled


async def send(session: AsyncSession, statement: Compiled, values: Mapping[str, Any]) -> Sequence[Any]:
    """The driver's records. Raises what the session would: IntegrityError for a broken constraint, or DBAPIError."""
    try:
        return await lease_of(session).fetch(statement.sql, statement.arguments(values))
    except (PostgresError, InterfaceError) as error:
        raise as_of_session(error, statement.sql) from error
