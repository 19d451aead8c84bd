"""Database of a server, and its addresses."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import asyncpg

from graphql_app.database.security import APP, OWNER
from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.connecting import Connection, connect
from graphql_app.postgres.roles import ensure_roles, identifier

NAME = "workline"


class Server(Protocol):
    """Running server that trusts this process to be any role: the embedded one, or a substitute."""

    def address(self, user: str = "postgres", database: str = "postgres") -> str:
        """Return the address of a database of this server, in the form of ``parse_address``."""
        ...


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """Addresses of one database: as the application, and as its owner if that is known."""

    app_url: str
    owner_url: str | None


async def ensure_database(connection: Connection, name: str = NAME) -> bool:
    """Create the database ``name``, owned by ``workline_owner``, if it is missing. The roles must exist.

    Return True if it was created.
    """
    if await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
        return False
    with suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        await connection.execute(f"CREATE DATABASE {identifier(name)} OWNER {OWNER}")
        return True
    return False


async def embedded_database(server: Server, name: str = NAME) -> DatabaseUrls:
    """Return the addresses of database ``name`` on a running embedded server. Create it and its roles if necessary."""
    connection = await connect(parse_address(server.address()))
    try:
        await ensure_roles(connection, in_database=False)
        await ensure_database(connection, name)
    finally:
        await connection.close()
    connection = await connect(parse_address(server.address(database=name)))
    try:
        await ensure_roles(connection)
    finally:
        await connection.close()
    return DatabaseUrls(server.address(APP, name), server.address(OWNER, name))
