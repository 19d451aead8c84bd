"""Alembic environment, which Alembic runs for every command of :class:`graphql_app.postgres.migrations.Migrations`.

It uses ``config.attributes["connection"]`` (idle, outside a transaction), or ``["url"]`` with ``["connect_args"]``.
``["metadata"]`` contains the tables to compare with, except those in ``["excluded_tables"]``. Each migration runs in
its own transaction, as ``workline_owner``.
"""

import asyncio
import warnings
from functools import partial
from typing import Any

from alembic import context
from sqlalchemy import Connection, NullPool
from sqlalchemy.exc import SAWarning
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from graphql_app.migrations.access import OWNER
from graphql_app.migrations.autogenerate import EXCLUDED, is_compared, process_directives, reflects_nothing, render_item
from graphql_app.migrations.migration_lock import owners_turn
from graphql_app.models.base import Base

ATTRIBUTES = context.config.attributes
OPTIONS: dict[str, Any] = {
    # its naming convention names the constraints of migrations
    "target_metadata": ATTRIBUTES.get("metadata", Base.metadata),
    "transaction_per_migration": True,
    "process_revision_directives": process_directives,
    "render_item": render_item,
    "include_name": reflects_nothing,
    "include_object": partial(is_compared, ATTRIBUTES.get(EXCLUDED, ())),
    EXCLUDED: ATTRIBUTES.get(EXCLUDED, ()),
}


def migrate(connection: Connection) -> None:
    """Run Alembic's command as the owner, one process at a time."""
    with owners_turn(connection), warnings.catch_warnings():
        # Alembic reads the columns of existing tables, although it does not compare them
        warnings.filterwarnings("ignore", "Did not recognize type", SAWarning)
        context.configure(connection=connection, **OPTIONS)
        with context.begin_transaction():
            context.run_migrations()


def synchronous(connection: Connection | AsyncConnection) -> Connection:
    """Return the synchronous connection for Alembic. That of an AsyncConnection works only inside its ``run_sync``."""
    if isinstance(connection, Connection):
        return connection
    assert connection.sync_connection is not None, "the connection is not open"
    return connection.sync_connection


async def connect_and_migrate() -> None:
    """Migrate over a new connection to the address of the caller."""
    engine = create_async_engine(ATTRIBUTES["url"], connect_args=ATTRIBUTES.get("connect_args", {}), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


def write_script() -> None:
    """Print the SQL instead of running it, for an administrator to read and run (``--sql``)."""
    context.configure(dialect_name="postgresql", literal_binds=True, **OPTIONS)
    context.execute(f"SET ROLE {OWNER}")
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Run the migrations: as a script, over the caller's connection, or over a new one."""
    given = ATTRIBUTES.get("connection")
    if context.is_offline_mode():
        write_script()
    elif given is not None:
        migrate(synchronous(given))
    else:
        asyncio.run(connect_and_migrate())


main()
