"""Log-in addresses. Two functions of the database change those of the organization's own users."""

from uuid import UUID

from sqlalchemy import Text, Uuid, cast, func, select

from graphql_app.database.database import Database
from graphql_app.errors import Invalid
from graphql_app.identity.login import normalise_email

TAKEN = "This is taken already: it has to be unique."
"""Message for a taken address. It does not reveal the organization of the address."""


async def keep_login(db: Database, user_id: UUID, email: str, password_hash: str | None = None) -> None:
    """Let the user log in by this address. Without a hash, the password stays, and a user without a log-in gets none.

    Raises Invalid if the address belongs to another user, of any organization.
    """
    address = cast(normalise_email(email), Text)
    kept = func.keep_login(cast(user_id, Uuid), address, cast(password_hash, Text))
    if not (await db.execute(select(kept))).scalar_one():
        raise Invalid(TAKEN, "email")


async def drop_login(db: Database, user_id: UUID) -> None:
    """Remove the user's address, so that it no longer logs in and is free for another user."""
    await db.execute(select(func.drop_login(cast(user_id, Uuid))))
