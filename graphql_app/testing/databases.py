"""Test databases: copies of a database that is migrated once, on one server."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.postgres.admin_connections import DriverConnection, connect
from graphql_app.postgres.migrations import Migrations
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
"""Settings of a server whose data need not survive a crash."""


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """Database of the test server, with the addresses of its roles."""

    __test__ = False

    name: str
    app_url: str
    owner_url: str
    admin_url: str

    @property
    def app(self) -> Address:
        """Address of ``workline_app``, to which row-level security applies."""
        return parse_address(self.app_url)

    @property
    def owner(self) -> Address:
        """Address of ``workline_owner``, which runs DDL and sees no rows."""
        return parse_address(self.owner_url)

    @property
    def admin(self) -> Address:
        """Address of the superuser."""
        return parse_address(self.admin_url)

    @asynccontextmanager
    async def as_system(self) -> AsyncIterator[DriverConnection]:
        """Yield a connection as ``workline_system``, which sees the rows of every organization."""
        async with connected(self.owner) as connection:
            await connection.execute(f"SET ROLE {SYSTEM}")
            yield connection


@asynccontextmanager
async def connected(address: Address) -> AsyncIterator[DriverConnection]:
    """Yield a connection, and close it at the end."""
    connection = await connect(address)
    try:
        yield connection
    finally:
        await connection.close()


async def make_template(server: Server, migrations: Migrations) -> str:
    """Create the database that others are copies of, with roles and tables and without rows. Return its name."""
    await embedded_database(server, TEMPLATE)
    # Alembic runs its own event loop
    await asyncio.to_thread(migrations.upgrade, parse_address(server.address(OWNER, TEMPLATE)))
    return TEMPLATE


@asynccontextmanager
async def copy_of(server: Server, template: str = TEMPLATE) -> AsyncIterator[TestDatabase]:
    """Yield a copy of ``template`` (``template0`` is empty). At the end, drop it together with its connections."""
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
    """Yield a database without tables, in which the three roles have their rights."""
    async with administration(server) as connection:
        await ensure_roles(connection, in_database=False)
    async with copy_of(server, "template0") as made:
        async with connected(made.admin) as connection:
            await ensure_roles(connection)
        yield made


@asynccontextmanager
async def administration(server: Server) -> AsyncIterator[DriverConnection]:
    """Yield a connection as superuser to the server's own database."""
    async with connected(parse_address(server.address())) as connection:
        yield connection
