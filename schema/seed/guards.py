"""Preparation of a seeding: its role, its lock, and the check that the database is empty."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_app.database.security import SYSTEM
from graphql_app.postgres.errors import PostgresError

TURN = 3_806_225_714_490_137
"""Key of the advisory lock that serializes seedings. Any number that never changes."""
LIMITS = ["statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"]
"""Settings that end a long transaction. PostgreSQL before 17 does not have all of them."""


class NotEmpty(PostgresError):
    """Database with organizations, to which made-up ones must not be added by accident."""

    def __init__(self, organizations: int) -> None:
        super().__init__(f"The database has organizations already ({organizations}). Nothing was added.")


async def is_empty(connection: AsyncConnection) -> bool:
    """Return True if there is no organization.

    ``connection`` is in no transaction, and has the rights that ``seed`` needs.
    """
    async with connection.begin():
        await act_as_system(connection)
        return await count_organizations(connection) == 0


async def prepare(connection: AsyncConnection) -> None:
    """Remove the time limits of the transaction, and wait until no other seeding runs."""
    await act_as_system(connection)
    await connection.execute(
        text("SELECT set_config(name, '0', true) FROM pg_settings WHERE name = ANY(:limits)"), {"limits": LIMITS}
    )
    await connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})


async def refuse_unless_empty(connection: AsyncConnection) -> None:
    """Raise NotEmpty if there is any organization."""
    if organizations := await count_organizations(connection):
        raise NotEmpty(organizations)


async def act_as_system(connection: AsyncConnection) -> None:
    """See every organization's rows until the transaction ends. Row-level security binds even the owner."""
    await connection.execute(text(f"SET LOCAL ROLE {SYSTEM}"))


async def count_organizations(connection: AsyncConnection) -> int:
    """Return the number of organizations."""
    return int(await connection.scalar(text("SELECT count(*) FROM organizations")) or 0)
