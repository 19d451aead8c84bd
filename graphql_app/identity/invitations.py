"""Acceptance of invitations, by the token of a message, outside any organization."""

from dataclasses import dataclass, field
from uuid import UUID

from graphql_app.database.session import OperationSession
from graphql_app.errors import Invalid
from graphql_app.identity.authentication import secret_hash, send_alone
from graphql_app.identity.login_limits import LoginAttempt
from graphql_app.identity.password_policy import PasswordPolicy
from graphql_app.identity.passwords import PasswordHasher
from graphql_app.viewer import Viewer

FIND = "SELECT * FROM find_invitation($1, $2, $3, $4)"
ACCEPT = "SELECT * FROM accept_invitation($1, $2, $3, $4, $5, $6, $7, $8)"
WRONG = "Invalid password. It is the password with which this address logs in."
OWN_PASSWORD = "This address logs in already: give its password, or accept with a token of its session."  # noqa: S105
NEW_PASSWORD = "Choose a password."  # noqa: S105 (a message)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Input of an acceptance. ``viewer`` is the caller, if it has logged in."""

    token: str = field(repr=False)
    password: str | None = field(repr=False)
    viewer: Viewer | None = None


@dataclass(frozen=True, slots=True)
class AcceptedInvitation:
    """Membership that an identity has accepted."""

    organization_id: UUID
    email: str


async def accept(
    session: OperationSession,
    given: Acceptance,
    *,
    attempt: LoginAttempt,
    passwords: PasswordHasher,
    policy: PasswordPolicy,
) -> AcceptedInvitation | None:
    """Make the invited identity a user of the organization. Return None for an invalid token.

    An address that logs in already accepts with its password or session; any other gets the given password, and counts
    as verified. Raises RateLimited, and Invalid for a missing, wrong or rejected password.
    """
    token, counted = secret_hash(given.token), (attempt.keys, attempt.steps)
    ((wait, email, has_password, parameters),) = await send_alone(session, FIND, token, *counted, attempt.window)
    attempt.check(wait)
    if email is None:
        return None
    password_hash: str | None = None
    if given.password is not None and has_password:
        password_hash = await passwords.derive(parameters, given.password)
    elif given.password is not None:
        policy.check(given.password, email, "password")
        password_hash = await passwords.hash(given.password)
    elif not has_password:
        raise Invalid(NEW_PASSWORD, "password", code="NEW_PASSWORD_REQUIRED")
    viewer = given.viewer
    place = (
        (None,) * 4
        if viewer is None
        else (viewer.organization_id, viewer.user_id, viewer.credentials_version, viewer.session_id)
    )
    rows = await send_alone(session, ACCEPT, token, password_hash, *place, *counted)
    if not rows:
        return None
    ((is_refused, organization_id, address),) = rows
    if is_refused and given.password is None:
        raise Invalid(OWN_PASSWORD, "password", code="PASSWORD_REQUIRED")
    if is_refused:
        raise Invalid(WRONG, "password")
    return AcceptedInvitation(organization_id, address)
