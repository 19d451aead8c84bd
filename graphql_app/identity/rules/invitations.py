"""Rules of invitations: owners invite addresses, send invitations again, and revoke them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Text, bindparam, func, select

from graphql_app.database.transaction import RuleResult, WriteTransaction
from graphql_app.errors import Invalid
from graphql_app.identity.authentication import new_secret, normalize_email, secret_hash
from graphql_app.identity.models import Invitation, Organization, User, UserRole
from graphql_app.sql.parameters import in_tenant

ACTIVE = select(User.id).where(
    in_tenant(User), func.lower(User.email) == bindparam("email", type_=Text()), User.deactivated_at.is_(None)
)
MEMBER = "A user of the organization has this address already."


@dataclass(frozen=True, slots=True)
class SentInvitation:
    """Content of the message with an invitation."""

    email: str
    organization: str
    inviter: str
    ttl: timedelta
    token: str = field(repr=False)


async def invite_user(
    tx: WriteTransaction, *, name: str, email: str, ttl: timedelta, role: UserRole | None = None
) -> RuleResult:
    """Invite an address, valid for ``ttl``. The message is the secret of the result.

    Raises Invalid if an active user has the address, or an invitation was sent to it.
    """
    if await tx.fetch(ACTIVE, email=normalize_email(email)):
        raise Invalid(MEMBER, "email")
    token = new_secret()
    invitation = Invitation(
        organization_id=tx.organization_id,
        name=name,
        email=email.strip(),
        role=UserRole.MEMBER if role is None else role,
        expires_at=datetime.now(UTC) + ttl,
        token_hash=secret_hash(token),
        invited_by_id=tx.viewer.user_id,
    )
    await tx.save(invitation)
    return RuleResult(invitation, secret=await _message(tx, invitation, token, ttl))


async def resend_invitation(
    tx: WriteTransaction, *, id: UUID, ttl: timedelta, expected_version: int | None = None
) -> RuleResult:
    """Send an invitation again, with another token and valid for ``ttl`` from now. Raises NotFound and Conflict."""
    invitation, token = await tx.lock(Invitation, id, expected_version), new_secret()
    await tx.change(invitation, token_hash=secret_hash(token), expires_at=datetime.now(UTC) + ttl)
    return RuleResult(invitation, secret=await _message(tx, invitation, token, ttl))


async def revoke_invitation(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Invitation:
    """Delete an invitation, which can no longer be accepted. Raises NotFound and Conflict."""
    return await tx.delete(await tx.lock(Invitation, id, expected_version))


async def _message(tx: WriteTransaction, invitation: Invitation, token: str, ttl: timedelta) -> SentInvitation:
    organization, inviter = await tx.find(Organization, tx.organization_id), await tx.find(User, tx.viewer.user_id)
    assert organization is not None
    assert inviter is not None
    return SentInvitation(normalize_email(invitation.email), organization.name, inviter.name, ttl, token)
