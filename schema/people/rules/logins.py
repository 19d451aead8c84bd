"""The addresses that log in. Two functions of the database change those of one's own users."""

from uuid import UUID

from sqlalchemy import Text, Uuid, cast, func, select

from graphql_app.database.database import Database
from graphql_app.errors import Invalid
from graphql_app.identity.login import normalise_email

TAKEN = "This is taken already: it has to be unique."
"""Told of an address whoever has it: nobody learns in which organization."""


async def keep_login(db: Database, user_id: UUID, email: str, password_hash: str | None = None) -> None:
    """Let the user log in by this address; without a hash the password stays as it is, or there is no log-in.

    Raises Invalid for an address that logs in somebody else, in whichever organization.
    """
    address = cast(normalise_email(email), Text)
    kept = func.keep_login(cast(user_id, Uuid), address, cast(password_hash, Text))
    if not (await db.execute(select(kept))).scalar_one():
        raise Invalid(TAKEN, "email")


async def drop_login(db: Database, user_id: UUID) -> None:
    """Take the user's address away, so that it logs nobody in any more and is free for somebody else."""
    await db.execute(select(func.drop_login(cast(user_id, Uuid))))
