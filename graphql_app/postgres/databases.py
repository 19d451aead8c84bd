"""A server's database, and the addresses to reach it by."""

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
    """A running server that trusts us to be any role: the embedded one, or another in its place."""

    def address(self, user: str = "postgres", database: str = "postgres") -> str:
        """The address of a database in it, as ``parse_address`` reads it."""
        ...


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """The addresses of one database: as the application, and as its owner where that is known."""

    app_url: str
    owner_url: str | None


async def ensure_database(connection: Connection, name: str = NAME) -> bool:
    """Make the database ``name``, owned by ``workline_owner``; whether it had to be made. The roles must exist."""
    if await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
        return False
    with suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        await connection.execute(f"CREATE DATABASE {identifier(name)} OWNER {OWNER}")
        return True
    return False


async def embedded_database(server: Server, name: str = NAME) -> DatabaseUrls:
    """The database ``name`` of a running embedded server, with its roles; all made if need be."""
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
