"""Check of the acting owner under the lock of the organization, because two owners may change each other at once."""

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Denied
from graphql_app.identity.models import User, UserRole

__all__ = ["as_owner"]


async def as_owner(tx: WriteTransaction) -> User:
    """Lock the organization until the transaction ends, and return the acting user.

    Raises Denied for a user that has been demoted or deactivated since the transaction began.
    """
    await tx.lock_organization()
    actor = await tx.find(User, tx.viewer.user_id)
    if actor is None or actor.deactivated_at is not None or actor.role != UserRole.OWNER:
        raise Denied("Requires role OWNER.")
    return actor
