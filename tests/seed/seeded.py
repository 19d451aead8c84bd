"""Seeding a test's database, and looking at what came out of it."""

from graphql_app.cli.seed import connected
from schema.seed import Sizes, seed
from tests.support.application import load_models
from tests.support.databases import TestDatabase

FILLED = set(load_models().tables) - {"idempotency_keys", "login_failures"}
"""The tables that are filled: no mutation was called and no log-in failed yet."""


async def fill(database: TestDatabase, sizes: Sizes, *, add: bool = False) -> None:
    """Seed it as its owner."""
    async with connected(database.owner) as connection:
        await seed(connection, sizes, ignore, add=add)


def ignore(what: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


async def digests(database: TestDatabase) -> dict[str, str]:
    """A digest of all rows of each table."""
    async with database.as_system() as connection:
        return {
            table: await connection.fetchval(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")
            for table in load_models().tables
        }


async def counts(database: TestDatabase) -> dict[str, int]:
    """The number of rows of each table."""
    async with database.as_system() as connection:
        return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in load_models().tables}
