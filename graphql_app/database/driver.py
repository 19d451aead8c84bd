"""The driver beneath SQLAlchemy: asyncpg's connection, inside the transaction that SQLAlchemy believes it is in.

SQLAlchemy begins a transaction on the driver with its own first statement. Statements that are sent to the driver
itself need it before; ``begin`` does what SQLAlchemy would do, so that both see one transaction, and ``end`` rolls
back what SQLAlchemy does not know that it began.
"""

from collections.abc import Sequence
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


async def fetch(connection: AsyncConnection, sql: str, arguments: Sequence[Any], *, generic: bool) -> Sequence[Any]:
    """The rows of a statement in the transaction of ``connection``; ``generic`` as for ``begin``.

    Raises asyncpg's errors, and ConnectionResetError when the connection turns out to be closed: asyncpg's own word for
    that has no SQLSTATE to know it by.
    """
    try:
        driver = await begin(connection, generic=generic)
        rows: Sequence[Any] = await driver.fetch(sql, *arguments)
    except Exception as error:
        if adapter_of(connection).driver_connection.is_closed():
            raise ConnectionResetError("the connection to the database was closed") from error
        raise
    return rows


async def end(connection: AsyncConnection) -> None:
    """Roll back what ``begin`` began. A connection that cannot even do that is dropped by the pool."""
    if connection.invalidated:
        return
    adapter: Any = adapter_of(connection)
    if adapter.driver_connection.is_closed():
        await connection.invalidate()
    elif adapter._transaction is not None:
        try:
            await adapter._call_and_discard(adapter._transaction.rollback)
        except Exception:
            await connection.invalidate()
