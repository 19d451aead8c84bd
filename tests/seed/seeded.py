"""Seeding of a test database, and digests of its rows."""

from graphql_app.cli.seed import connected
from schema.seed import Sizes, seed
from tests.support.application import load_models
from tests.support.databases import TestDatabase

EMPTY = {
    "api_key_hashes",
    "api_keys",
    "auth_sessions",
    "events",
    "external_logins",
    "idempotency_keys",
    "identity_tokens",
    "invitations",
    "job_schedules",
    "jobs",
    "login_failures",
    "rate_limit_buckets",
    "recovery_codes",
    "refresh_tokens",
    "trusted_documents",
}
FILLED = set(load_models().tables) - EMPTY
"""Seeded tables: the others are filled by mutations with keys, and by logins."""


async def fill(database: TestDatabase, sizes: Sizes, *, add: bool = False) -> None:
    """Seed a database as its owner."""
    async with connected(database.owner) as connection:
        await seed(connection, sizes, ignore, add=add)


def ignore(what: str, done: int, total: int) -> None:
    """Ignore the progress."""


async def digests(database: TestDatabase) -> dict[str, str]:
    """Return a digest of all rows of each table."""
    async with database.as_system() as connection:
        return {
            table: await connection.fetchval(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")
            for table in load_models().tables
        }


async def counts(database: TestDatabase) -> dict[str, int]:
    """Return the number of rows of each table."""
    async with database.as_system() as connection:
        return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in load_models().tables}
