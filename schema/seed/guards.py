"""Before anything is written: as whom, one at a time, and whether there is something already."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_app.database.security import SYSTEM
from graphql_app.postgres.errors import PostgresError

TURN = 3_806_225_714_490_137
"""The key of the advisory lock that makes two seedings take turns. Any number, as long as it never changes."""
LIMITS = ["statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"]
"""What would end a long transaction. PostgreSQL before 17 does not have all of them."""


class NotEmpty(PostgresError):
    """There are organizations already, which made-up ones should not be mixed with by accident."""

    def __init__(self, organizations: int) -> None:
        super().__init__(f"The database has organizations already ({organizations}). Nothing was added.")


async def is_empty(connection: AsyncConnection) -> bool:
    """Whether there is no organization at all. ``connection`` is in no transaction, and as ``seed`` wants it."""
    async with connection.begin():
        await act_as_system(connection)
        return await count_organizations(connection) == 0


async def prepare(connection: AsyncConnection) -> None:
    """Make the transaction ready for a lot of writing, and wait until nobody else seeds."""
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
    """How many there are."""
    return int(await connection.scalar(text("SELECT count(*) FROM organizations")) or 0)
