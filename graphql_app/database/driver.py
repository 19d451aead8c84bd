"""The driver beneath SQLAlchemy: asyncpg's connection, inside the transaction that SQLAlchemy believes it is in.

SQLAlchemy begins a transaction on the driver with its own first statement. Statements that are sent to the driver
itself need it before; ``begin`` does what SQLAlchemy would do, so that both see one transaction and SQLAlchemy ends it.
"""

from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection


async def begin(connection: AsyncConnection) -> asyncpg.Connection:
    """The driver's connection, with the transaction of ``connection`` begun if it was not."""
    adapter: Any = (await connection.get_raw_connection()).dbapi_connection
    if adapter._transaction is None:
        await adapter._start_transaction()
    driver: asyncpg.Connection = adapter.driver_connection
    return driver
