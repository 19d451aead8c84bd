"""Login addresses. Two functions of the database change those of the organization's own users."""

from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, func, select

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Invalid
from graphql_app.identity.authentication import normalize_email

TAKEN = "Already in use: must be unique."
"""Message for a taken address. It does not reveal the organization of the address."""


USER_ID = bindparam("user_id", type_=Uuid())
KEEP = select(func.keep_login(USER_ID, bindparam("email", type_=Text()), bindparam("password_hash", type_=Text())))
DROP = select(func.drop_login(USER_ID))


async def keep_login(tx: WriteTransaction, user_id: UUID, email: str, password_hash: str | None = None) -> None:
    """Let the user log in by this address. Without a hash, the password stays, and a user without a login gets none.

    Raises Invalid if the address belongs to another user, of any organization.
    """
    address = normalize_email(email)
    ((is_kept,),) = await tx.fetch(KEEP, user_id=user_id, email=address, password_hash=password_hash)
    if not is_kept:
        raise Invalid(TAKEN, "email")


async def drop_login(tx: WriteTransaction, user_id: UUID) -> None:
    """Remove the user's address, so that it no longer logs in and is free for another user."""
    await tx.fetch(DROP, user_id=user_id)
