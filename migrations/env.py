"""Alembic environment, which Alembic runs for every command.

It uses ``config.attributes["connection"]`` (idle, outside of a transaction), or ``["url"]`` with ``["connect_args"]``,
or else ``DATABASE_OWNER_URL``. Each migration runs in its own transaction, as ``workline_owner``.
"""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import URL, Connection, NullPool
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from graphql_app.postgres.addresses import parse_address
from graphql_app.settings import load_settings
from migrations.access import OWNER
from migrations.turns import owners_turn
from schema import load_models

OPTIONS: dict[str, Any] = {
    "target_metadata": load_models(),
    "transaction_per_migration": True,
    "compare_type": True,
    "compare_server_default": True,
}


def migrate(connection: Connection) -> None:
    """Run Alembic's command as the owner, one process at a time."""
    with owners_turn(connection):
        context.configure(connection=connection, **OPTIONS)
        with context.begin_transaction():
            context.run_migrations()


def synchronous(connection: Connection | AsyncConnection) -> Connection:
    """Return the synchronous connection for Alembic. That of an AsyncConnection works only inside its ``run_sync``."""
    if isinstance(connection, Connection):
        return connection
    assert connection.sync_connection is not None, "the connection is not open"
    return connection.sync_connection


async def connect_and_migrate(url: URL | str, connect_args: dict[str, Any]) -> None:
    """Migrate over a new connection."""
    engine = create_async_engine(url, connect_args=connect_args, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


def address() -> tuple[URL | str, dict[str, Any]]:
    """Return the address and arguments of the caller, or the owner's address in the settings."""
    attributes = context.config.attributes
    if "url" in attributes:
        return attributes["url"], attributes.get("connect_args", {})
    owner_url = load_settings().database_owner_url
    if owner_url is None:
        raise SystemExit("DATABASE_OWNER_URL is not set. `workline migrate` knows the embedded database too.")
    found = parse_address(owner_url)
    return found.url, found.connect_args


def write_script() -> None:
    """Print the SQL instead of running it, for an administrator to read and run (``--sql``)."""
    context.configure(dialect_name="postgresql", literal_binds=True, **OPTIONS)
    context.execute(f"SET ROLE {OWNER}")
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Run the migrations: as a script, over the caller's connection, or over a new one."""
    given = context.config.attributes.get("connection")
    if context.is_offline_mode():
        write_script()
    elif given is not None:
        migrate(synchronous(given))
    else:
        asyncio.run(connect_and_migrate(*address()))


main()
