"""Rules of users: creation, changes, roles, deactivation and reactivation."""

from datetime import UTC, datetime
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy import Text, bindparam, func, select

from graphql_app.database.access_cache import CHANNEL
from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Conflict, Invalid
from graphql_app.identity.models import User, UserRole
from graphql_app.identity.rules import rights
from graphql_app.identity.rules.logins import drop_login, keep_login

ANNOUNCE = select(func.pg_notify(CHANNEL, bindparam("payload", type_=Text())))
"""Announces the change of a user to all processes, which have cached the role."""
NO_LOGIN = "A service account cannot log in. It acts by API keys."
NO_OWNER = "A service account cannot own an organization. Select another role."
LAST_OWNER = "An organization must have an owner. Give another user role OWNER first."


class UserChanges(TypedDict, total=False):
    """Values that can be changed. Omitted ones stay as they are."""

    name: str
    email: str
    password_hash: str


async def create_user(
    tx: WriteTransaction,
    *,
    name: str,
    email: str,
    password_hash: str,
    role: UserRole | None = None,
) -> User:
    """Create a user, by default a member, with this login address. Raises Invalid for a taken address."""
    user = User(
        organization_id=tx.organization_id,
        name=name,
        email=email.strip(),
        role=UserRole.MEMBER if role is None else role,
    )
    await tx.save(user)
    await keep_login(tx, user.id, email, password_hash)
    return user


async def update_user(
    tx: WriteTransaction, *, id: UUID, expected_version: int | None = None, **changes: Unpack[UserChanges]
) -> User:
    """Change a user. Raises NotFound, Conflict, and Denied for a user that the viewer may not change.

    Raises Invalid for a taken address, and for a password of a user without access.
    """
    user = await tx.lock(User, id, expected_version)
    password_hash = changes.pop("password_hash", None)
    await tx.change(user, **_tidy(changes))
    if "email" in changes or password_hash is not None:
        await _change_login(tx, user, password_hash)
    return user


async def change_role(tx: WriteTransaction, *, id: UUID, role: UserRole, expected_version: int | None = None) -> User:
    """Give a user another role. Raises NotFound, Conflict, and Invalid for the last owner."""
    await rights.as_owner(tx)
    user = await tx.lock(User, id, expected_version)
    if user.is_service_account and role == UserRole.OWNER:
        raise Invalid(NO_OWNER, "role")
    if user.role == UserRole.OWNER and role != user.role and await _owners(tx) == 1:
        raise Invalid(LAST_OWNER, "role")
    await tx.change(user, role=role)
    await tx.fetch(ANNOUNCE, payload=str(user.id))
    return user


def _tidy(changes: UserChanges) -> UserChanges:
    email = changes.get("email")
    return changes if email is None else {**changes, "email": email.strip()}


async def _owners(tx: WriteTransaction) -> int:
    owners = await tx.find_where(User, role=UserRole.OWNER)
    return sum(owner.deactivated_at is None for owner in owners)


async def _change_login(tx: WriteTransaction, user: User, password_hash: str | None) -> None:
    if user.is_service_account:
        raise Invalid(NO_LOGIN, "email" if password_hash is None else "password")
    if user.deactivated_at is None:
        await keep_login(tx, user.id, user.email, password_hash)
    elif password_hash is not None:
        raise Invalid("User is deactivated and cannot log in.", "password")


async def deactivate_user(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> User:
    """Deactivate a user, whose address becomes free. Records of the user's work keep the name.

    An owner is deactivated by another owner, so that one always remains. Raises NotFound, Conflict if the user is
    already deactivated, and Invalid for the acting user.
    """
    actor = await rights.as_owner(tx)
    user = await tx.lock(User, id, expected_version)
    if user.id == actor.id:
        raise Invalid("You cannot deactivate yourself.", "id")
    if user.deactivated_at is not None:
        raise Conflict("User is already deactivated.", "id", model=User, id=id)
    await drop_login(tx, user.id)
    return await tx.change(user, deactivated_at=datetime.now(UTC))


async def reactivate_user(
    tx: WriteTransaction, *, id: UUID, password_hash: str, expected_version: int | None = None
) -> User:
    """Reactivate a user, with a new password.

    Raises NotFound, Conflict if the user is active, and Invalid if the address has been taken by another user.
    """
    user = await tx.lock(User, id, expected_version)
    if user.is_service_account:
        raise Invalid(NO_LOGIN, "id")
    if user.deactivated_at is None:
        raise Conflict("User is already active.", "id", model=User, id=id)
    await keep_login(tx, user.id, user.email, password_hash)
    return await tx.change(user, deactivated_at=None)
