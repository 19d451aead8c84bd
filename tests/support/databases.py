"""Databases for tests: each a copy of one that was migrated once, on one embedded server."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.postgres.admin_connections import DriverConnection, connect
from graphql_app.postgres.migrations import upgrade
from graphql_app.postgres.roles import APP, OWNER, SYSTEM, Server, embedded_database, ensure_roles

TEMPLATE = "template_workline"
UNSAFE_AND_FAST = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_senders": "0",
    "shared_buffers": "64MB",
    "synchronous_commit": "off",
    "wal_level": "minimal",
}
"""Settings for a server whose data nobody will miss."""


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """One database of the test server, and how to reach it as whom."""

    __test__ = False

    name: str
    app_url: str
    owner_url: str
    admin_url: str

    @property
    def app(self) -> Address:
        """As ``workline_app``: row-level security applies."""
        return parse_address(self.app_url)

    @property
    def owner(self) -> Address:
        """As ``workline_owner``: for DDL, and sees no rows."""
        return parse_address(self.owner_url)

    @property
    def admin(self) -> Address:
        """As superuser: for looking behind the scenes."""
        return parse_address(self.admin_url)

    @asynccontextmanager
    async def as_system(self) -> AsyncIterator[DriverConnection]:
        """A plain connection as ``workline_system``, which sees every organization's rows: for set-up and for truth."""
        async with connected(self.owner) as connection:
            await connection.execute(f"SET ROLE {SYSTEM}")
            yield connection


@asynccontextmanager
async def connected(address: Address) -> AsyncIterator[DriverConnection]:
    """A plain connection, closed at the end."""
    connection = await connect(address)
    try:
        yield connection
    finally:
        await connection.close()


async def make_template(server: Server) -> str:
    """The database that all others are copies of: roles made, migrated to head, empty."""
    await embedded_database(server, TEMPLATE)
    # Alembic runs an event loop of its own
    await asyncio.to_thread(upgrade, parse_address(server.address(OWNER, TEMPLATE)))
    return TEMPLATE


@asynccontextmanager
async def copy_of(server: Server, template: str = TEMPLATE) -> AsyncIterator[TestDatabase]:
    """A new database like ``template`` (``template0`` is empty), dropped at the end, whoever is still connected."""
    name = f"test_{secrets.token_hex(6)}"
    async with administration(server) as connection:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy OWNER {OWNER}")
    try:
        yield TestDatabase(name, *(server.address(user, name) for user in (APP, OWNER, "postgres")))
    finally:
        async with administration(server) as connection:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def empty_database(server: Server) -> AsyncIterator[TestDatabase]:
    """A database without a table, in which the three roles have their rights; before PostgreSQL 16, owning is less."""
    async with administration(server) as connection:
        await ensure_roles(connection, in_database=False)
    async with copy_of(server, "template0") as made:
        async with connected(made.admin) as connection:
            await ensure_roles(connection)
        yield made


@asynccontextmanager
async def administration(server: Server) -> AsyncIterator[DriverConnection]:
    """A connection as superuser to the server's own database."""
    async with connected(parse_address(server.address())) as connection:
        yield connection
