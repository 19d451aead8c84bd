"""The driver beneath SQLAlchemy: asyncpg's connection, inside the transaction that SQLAlchemy believes it is in.

SQLAlchemy begins a transaction on the driver with its own first statement. Statements that are sent to the driver
itself need it before; ``begin`` does what SQLAlchemy would do, so that both see one transaction, and ``end`` rolls
back what SQLAlchemy does not know that it began.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_app.database.planning import CUSTOM
from graphql_app.database.tenancy import TenantConnection, adapter_of


async def begin(connection: AsyncConnection, *, generic: bool) -> TenantConnection:
    """The driver's connection, with the transaction of ``connection`` begun if it was not.

    ``generic`` asks for generic plans when this begins it; when they are in force and not wanted, they are taken back.
    """
    adapter = adapter_of(connection)
    driver: TenantConnection = adapter.driver_connection
    if adapter._transaction is None:
        driver.generic = generic
        await adapter._start_transaction()
    elif driver.generic and not generic:
        await driver.execute(CUSTOM)
        driver.generic = False
    return driver


@asynccontextmanager
async def noticing_loss(connection: AsyncConnection) -> AsyncIterator[None]:
    """Raises ConnectionResetError for any error on a connection that turns out to be closed.

    The driver has many words for that, some of them about its own state; SQLAlchemy, which would know, is not asked.
    """
    driver = adapter_of(connection).driver_connection
    try:
        yield
    except Exception as error:
        if not driver.is_closed():
            raise
        await connection.invalidate(error)
        raise ConnectionResetError("The connection to the database was lost.") from error


async def end(connection: AsyncConnection) -> None:
    """Roll back what ``begin`` began. A connection that cannot even do that is dropped by the pool."""
    adapter: Any = None if connection.invalidated else adapter_of(connection)
    if adapter is not None and adapter._transaction is not None:
        try:
            await adapter._call_and_discard(adapter._transaction.rollback)
        except Exception:
            await connection.invalidate()
