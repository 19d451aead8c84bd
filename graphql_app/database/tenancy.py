"""The driver connection that tells PostgreSQL whose rows it works for, without a round trip of its own.

``SET LOCAL app.org`` rides in the message that begins the transaction, so it ends with the transaction as well: a
pooled connection cannot carry one request's tenant into the next. The row-level security policies read the setting.
"""

from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection


class TenantConnection(asyncpg.Connection):
    """An asyncpg connection with a tenant. While ``tenant`` is None, policies see no organization at all."""

    tenant: UUID | None = None

    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str:  # noqa: ASYNC109 (as asyncpg has it)
        """As asyncpg's; a query that begins a transaction (not a savepoint) also sets the tenant."""
        if self.tenant is not None and query.startswith("BEGIN"):
            # the value is a UUID object: its text can hold nothing but hex digits and dashes
            query = f"{query} SET LOCAL app.org = '{self.tenant}';"
        return await super().execute(query, *args, timeout=timeout)


async def set_tenant(connection: AsyncConnection, tenant: UUID | None) -> None:
    """Choose the tenant of the transactions that ``connection`` begins from now on."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    driver.tenant = tenant
