"""Rights to manage people, read again after locks were taken, because two owners may change each other at once."""

from graphql_app.database.database import Database
from graphql_app.errors import Denied
from schema.people.models import MANAGERS, User, UserRole


async def one_at_a_time(db: Database) -> None:
    """Lock the organization until the transaction ends, so that its owners cannot demote each other at once."""
    await db.lock_organization()


async def active(db: Database) -> User:
    """Return the acting user. Raises Denied for one that has been deactivated."""
    actor = await db.find(User, db.viewer.user_id)
    if actor is None or actor.deactivated_at is not None:
        raise Denied("Access has been revoked.")
    return actor


async def manager(db: Database) -> User:
    """Return the acting user. Raises Denied for one that does not manage people."""
    actor = await active(db)
    if not manages(actor):
        raise Denied("Requires role OWNER or MANAGER.")
    return actor


async def owner(db: Database) -> User:
    """Return the acting user. Raises Denied unless it is an owner."""
    actor = await active(db)
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
