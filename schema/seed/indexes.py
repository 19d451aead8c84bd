"""Indexes that cost more to keep up to date, row by row, than to make once when all rows are there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_app.database.security import OWNER, SYSTEM

MEMORY = "256MB"
"""Of one process, while it makes an index; returned when the transaction ends."""
DEFINITIONS = """
    SELECT pg_get_indexdef(index.oid) AS definition, index.relname AS name
    FROM pg_class index JOIN pg_am method ON method.oid = index.relam
    WHERE method.amname = 'gin' AND index.relnamespace = 'public'::regnamespace ORDER BY index.relname"""


@asynccontextmanager
async def without_word_indexes(connection: AsyncConnection) -> AsyncIterator[None]:
    """Inside there are no GIN indexes; afterwards they are as they were.

    ``connection`` is ``workline_system``'s, in a transaction: nobody else sees the indexes missing, but until it ends
    nobody reads the tables, which is why this is for empty databases only.
    """
    indexes = (await connection.execute(text(DEFINITIONS))).all()
    await _as_owner(connection, [f"DROP INDEX {index.name}" for index in indexes])
    yield
    made = [f"SET LOCAL maintenance_work_mem = '{MEMORY}'", *(index.definition for index in indexes)]
    await _as_owner(connection, made)


async def _as_owner(connection: AsyncConnection, statements: list[str]) -> None:
    for statement in (f"SET LOCAL ROLE {OWNER}", *statements, f"SET LOCAL ROLE {SYSTEM}"):
        await connection.exec_driver_sql(statement)
