"""Libraries of the test databases, and queries of the expected rows in Python and in plain SQL."""

from functools import cache
from typing import Any
from uuid import UUID

from graphql_app.postgres.admin_connections import DriverConnection
from tests.engine.toy.rows import SIZES, Maker, Rows, insert
from tests.support.databases import TestDatabase, connected

NAMES = (*SIZES, "other")
"""``other`` has the same shape as ``large``."""


@cache
def library(name: str) -> Maker:
    return Maker(name, SIZES["large" if name == "other" else name])


async def make_libraries(database: TestDatabase) -> None:
    """Fill a database with all libraries."""
    async with connected(database.admin) as connection:
        for name in NAMES:
            await insert(connection, library(name).rows)
        await connection.execute("ANALYZE")


class Libraries:
    """Database with the libraries, and a connection of the administrator, which sees all rows."""

    def __init__(self, database: TestDatabase, admin: DriverConnection) -> None:
        self.database = database
        self._admin = admin

    def id(self, name: str) -> UUID:
        """Return the id of a library: its viewers see only its rows."""
        return library(name).organization

    def rows(self, name: str) -> Rows:
        """Return the rows of a library by table."""
        return library(name).rows

    async def column(self, sql: str, *arguments: Any) -> list[Any]:
        """Return the first column of a plain SQL query."""
        return [row[0] for row in await self.query(sql, *arguments)]

    async def query(self, sql: str, *arguments: Any) -> list[Any]:
        """Return the rows of a plain SQL query."""
        return await self._admin.fetch(sql, *arguments)
