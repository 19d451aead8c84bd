"""The driver connection that tells PostgreSQL whose rows it works for, without a round trip of its own.

``SET LOCAL app.org`` rides in the message that begins the transaction, so it ends with the transaction as well: a
pooled connection cannot carry one request's tenant into the next. The row-level security policies read the setting.
"""

from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_app.database.planning import GENERIC


class TenantConnection(asyncpg.Connection):
    """An asyncpg connection with a tenant. While ``tenant`` is None, policies see no organization at all."""

    tenant: UUID | None = None
    generic: bool = False
    """Whether the next transaction prefers generic plans: see :mod:`graphql_app.database.planning`."""

    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str:  # noqa: ASYNC109 (as asyncpg has it)
        """As asyncpg's; a query that begins a transaction (not a savepoint) also sets the tenant."""
        if query.startswith("BEGIN"):
            if self.tenant is not None:
                # the value is a UUID object: its text can hold nothing but hex digits and dashes
                query += f" SET LOCAL app.org = '{self.tenant}';"
            if self.generic:
                query += f" {GENERIC};"
        return await super().execute(query, *args, timeout=timeout)


def set_tenant(connection: AsyncConnection, tenant: UUID | None) -> None:
    """Choose the tenant of the transactions that ``connection`` begins from now on."""
    adapter_of(connection).driver_connection.tenant = tenant


def adapter_of(connection: AsyncConnection) -> Any:
    """SQLAlchemy's adapter around the driver's connection, which ``connection`` has taken from the pool."""
    assert connection.sync_connection is not None
    return connection.sync_connection.connection.dbapi_connection
