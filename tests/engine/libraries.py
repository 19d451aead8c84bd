"""The libraries in the test databases, and what is true about them: in Python, and by plain SQL."""

from functools import cache
from typing import Any
from uuid import UUID

from graphql_app.postgres.admin_connections import DriverConnection
from tests.engine.toy.rows import SIZES, Maker, Rows, insert
from tests.support.databases import TestDatabase, connected

NAMES = (*SIZES, "other")
"""``other`` is another library of the same shape as ``large``."""


@cache
def library(name: str) -> Maker:
    return Maker(name, SIZES["large" if name == "other" else name])


async def make_libraries(database: TestDatabase) -> None:
    """Fill a database with all of them."""
    async with connected(database.admin) as connection:
        for name in NAMES:
            await insert(connection, library(name).rows)
        await connection.execute("ANALYZE")


class Libraries:
    """A database with the libraries in it, and an administrator's connection that nothing is hidden from."""

    def __init__(self, database: TestDatabase, admin: DriverConnection) -> None:
        self.database = database
        self._admin = admin

    def id(self, name: str) -> UUID:
        """A library's id: who works there sees only what it has."""
        return library(name).organization

    def rows(self, name: str) -> Rows:
        """What it has, by table."""
        return library(name).rows

    async def column(self, sql: str, *arguments: Any) -> list[Any]:
        """The first column of a plain SQL query."""
        return [row[0] for row in await self.query(sql, *arguments)]

    async def query(self, sql: str, *arguments: Any) -> list[Any]:
        """The rows of a plain SQL query."""
        return await self._admin.fetch(sql, *arguments)
