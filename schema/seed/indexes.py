"""Indexes that are cheaper to create after all rows than to update row by row."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_app.database.security import OWNER, SYSTEM

MEMORY = "256MB"
"""Memory of one process while it creates an index. It is released at the end of the transaction."""
DEFINITIONS = """
    SELECT pg_get_indexdef(index.oid) AS definition, index.relname AS name
    FROM pg_class index JOIN pg_am method ON method.oid = index.relam
    WHERE method.amname = 'gin' AND index.relnamespace = 'public'::regnamespace ORDER BY index.relname"""


@asynccontextmanager
async def without_word_indexes(connection: AsyncConnection) -> AsyncIterator[None]:
    """Drop all GIN indexes for the block, and create them again afterwards.

    ``connection`` acts as ``workline_system``, in a transaction. No other transaction sees the indexes missing, but
    none can read the tables until it ends, so use this for empty databases only.
    """
    indexes = (await connection.execute(text(DEFINITIONS))).all()
    await _as_owner(connection, [f"DROP INDEX {index.name}" for index in indexes])
    yield
    made = [f"SET LOCAL maintenance_work_mem = '{MEMORY}'", *(index.definition for index in indexes)]
    await _as_owner(connection, made)


async def _as_owner(connection: AsyncConnection, statements: list[str]) -> None:
    for statement in (f"SET LOCAL ROLE {OWNER}", *statements, f"SET LOCAL ROLE {SYSTEM}"):
        await connection.exec_driver_sql(statement)
