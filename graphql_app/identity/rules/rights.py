"""Rights to manage people, read again after locks were taken, because two owners may change each other at once."""

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Denied
from graphql_app.identity.models import MANAGERS, User, UserRole

__all__ = ["active", "check_manages", "manager", "manages", "one_at_a_time", "owner"]


async def one_at_a_time(tx: WriteTransaction) -> None:
    """Lock the organization until the transaction ends, so that its owners cannot demote each other at once."""
    await tx.lock_organization()


async def active(tx: WriteTransaction) -> User:
    """Return the acting user. Raises Denied for one that has been deactivated."""
    actor = await tx.find(User, tx.viewer.user_id)
    if actor is None or actor.deactivated_at is not None:
        raise Denied("Access has been revoked.")
    return actor


async def manager(tx: WriteTransaction) -> User:
    """Return the acting user. Raises Denied for one that does not manage people."""
    actor = await active(tx)
    if not manages(actor):
        raise Denied("Requires role OWNER or MANAGER.")
    return actor


async def owner(tx: WriteTransaction) -> User:
    """Return the acting user. Raises Denied unless it is an owner."""
    actor = await active(tx)
    if actor.role is not UserRole.OWNER:
        raise Denied("Requires role OWNER.")
    return actor


def manages(user: User) -> bool:
    """Return True if the user manages people, work and money."""
    return user.role in MANAGERS


def check_manages(actor: User, user: User) -> None:
    """Raise Denied unless ``actor`` may change ``user``. Managers manage all users but owners."""
    if not manages(actor):
        raise Denied("Requires role OWNER or MANAGER, except to change your own name.", "id")
    if user.role is UserRole.OWNER and actor.role is not UserRole.OWNER:
        raise Denied("Requires role OWNER to change an owner.", "id")
