"""Rules of service accounts and API keys."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import LargeBinary, Uuid, bindparam, func, select

from graphql_app.database.transaction import RuleResult, WriteTransaction
from graphql_app.errors import Conflict, Denied, Invalid
from graphql_app.identity.api_keys import prefix_of
from graphql_app.identity.authentication import secret_hash
from graphql_app.identity.models import ApiKey, User, UserRole
from graphql_app.identity.rules.users import ANNOUNCE, NO_OWNER
from graphql_app.models.base import new_id

KEEP = select(func.keep_api_key(bindparam("key_id", type_=Uuid()), bindparam("hash", type_=LargeBinary())))
ADDRESS = "{id}@service-account.invalid"
"""Address of a service account. No mail is delivered to the domain ``invalid`` (RFC 2606)."""


async def create_service_account(tx: WriteTransaction, *, name: str, role: UserRole | None = None) -> User:
    """Create a user that acts by API keys and cannot log in. Raises Invalid for the role of an owner."""
    if role is UserRole.OWNER:
        raise Invalid(NO_OWNER, "role")
    id = new_id()
    account = User(
        organization_id=tx.organization_id,
        id=id,
        name=name,
        email=ADDRESS.format(id=id),
        role=UserRole.MEMBER if role is None else role,
        is_service_account=True,
    )
    return await tx.save(account)


async def create_api_key(
    tx: WriteTransaction,
    *,
    name: str,
    scopes: str,
    key: str,
    user_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> RuleResult:
    """Create an API key of a service account, or of the acting user. The secret of the result is the key itself.

    Raises NotFound, Denied for a key of another user, and Invalid for a deactivated one and for a time that has passed.
    """
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise Invalid("Must be in the future.", "expiresAt")
    user = await tx.lock(User, tx.viewer.user_id if user_id is None else user_id, path="userId")
    if not user.is_service_account and user.id != tx.viewer.user_id:
        raise Denied("Must be a service account or your own user.", "userId")
    if user.deactivated_at is not None:
        raise Invalid("User is deactivated.", "userId")
    created = ApiKey(
        organization_id=tx.organization_id,
        user_id=user.id,
        created_by_id=tx.viewer.user_id,
        name=name,
        prefix=prefix_of(key),
        scopes=scopes,
        expires_at=expires_at,
    )
    await tx.save(created)
    await tx.fetch(KEEP, key_id=created.id, hash=secret_hash(key))
    return RuleResult(created, secret=key)


async def revoke_api_key(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> ApiKey:
    """Revoke an API key: at once for writes, and within seconds for reads. Raises NotFound and Conflict."""
    key = await tx.lock(ApiKey, id, expected_version)
    if key.revoked_at is not None:
        raise Conflict("API key is already revoked.", "id", model=ApiKey, id=id)
    await tx.change(key, revoked_at=datetime.now(UTC))
    await tx.fetch(ANNOUNCE, payload=str(id))
    return key
