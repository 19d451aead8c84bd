"""The driver beneath SQLAlchemy: asyncpg's connection, inside the transaction that SQLAlchemy believes it is in.

SQLAlchemy begins a transaction on the driver with its own first statement. Statements that are sent to the driver
itself need it before; ``begin`` does what SQLAlchemy would do, so that both see one transaction and SQLAlchemy ends it.
"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_app.database.tenancy import TenantConnection


async def begin(connection: AsyncConnection, *, generic: bool) -> TenantConnection:
    """The driver's connection, with the transaction of ``connection`` begun if it was not.

    ``generic`` asks for generic plans when this begins it; the driver's own ``generic`` says whether they are in force.
    """
    adapter: Any = (await connection.get_raw_connection()).dbapi_connection
    driver: TenantConnection = adapter.driver_connection
    if adapter._transaction is None:
        driver.generic = generic
        await adapter._start_transaction()
    return driver
