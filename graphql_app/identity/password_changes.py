"""New passwords of identities: by the current password, or by a token that was sent to the address.

Each step is a separate transaction, outside any organization. Stored hashes stay in the database.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from graphql_app.database.session import OperationSession
from graphql_app.identity.authentication import new_secret, secret_hash, send_alone, verified_hash
from graphql_app.identity.login_limits import DISCOUNT, LoginAttempt
from graphql_app.identity.password_policy import PasswordPolicy
from graphql_app.identity.passwords import PasswordHasher
from graphql_app.identity.second_step import SecondStep, second_step, wrong_code
from graphql_app.viewer import Viewer

OWN_EMAIL = "SELECT email_of($1) AS email"
REQUEST = "SELECT * FROM request_password_reset($1, $2, $3, $4, $5, $6)"
FIND_TOKEN = "SELECT * FROM find_identity_token($1, $2, $3, $4, $5)"  # noqa: S105 (SQL)
RESET = "SELECT reset_password($1, $2)"
CHANGE = "SELECT * FROM change_password($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
FOR_RESET = "RESET"


@dataclass(frozen=True, slots=True)
class SentToken:
    """Token that is sent to an address."""

    email: str
    token: str = field(repr=False)


async def own_email(session: OperationSession, viewer: Viewer) -> str | None:
    """Return the address of the viewer's identity; None for a user without one."""
    ((email,),) = await session.fetch(OWN_EMAIL, [viewer.user_id])
    return None if email is None else str(email)


async def request_reset(
    session: OperationSession, email: str, *, attempt: LoginAttempt, ttl: timedelta
) -> SentToken | None:
    """Store a token for a new password, or return None for an unknown address, after the same statement.

    Each request counts against the limit, whether the address exists or not. Raises RateLimited.
    """
    token = new_secret()
    given = (email, secret_hash(token), ttl, attempt.keys, attempt.steps, attempt.window)
    ((wait, found),) = await send_alone(session, REQUEST, *given)
    attempt.check(wait)
    return None if found is None else SentToken(found, token)


async def reset(
    session: OperationSession,
    token: str,
    password: str,
    *,
    attempt: LoginAttempt,
    passwords: PasswordHasher,
    policy: PasswordPolicy,
) -> str | None:
    """Set a password by a token, and end all sessions. Return the address, or None if the token is invalid.

    The address counts as verified: the token was sent to it. Raises RateLimited, and Invalid for a password that the
    policy rejects; the token can then be used again.
    """
    hashed = secret_hash(token)
    ((wait, email),) = await send_alone(
        session, FIND_TOKEN, hashed, FOR_RESET, attempt.keys, attempt.steps, attempt.window
    )
    attempt.check(wait)
    if email is None:
        return None
    policy.check(password, email, "newPassword")
    password_hash = await passwords.hash(password)
    ((address,),) = await send_alone(session, RESET, hashed, password_hash)
    return None if address is None else str(address)


async def change(
    session: OperationSession,
    viewer: Viewer,
    email: str,
    current: str,
    new: str,
    *,
    totp_code: str | None,
    attempt: LoginAttempt,
    passwords: PasswordHasher,
) -> int | None:
    """Replace the password of the viewer's identity, and end its other sessions.

    Return the version of the viewer's credentials, or None for a wrong password, which counts as a failed login.
    Raises RateLimited, Unavailable if too many hashes are being computed, and Invalid for a missing or wrong code of an
    identity that has a second step. A wrong code counts as a failed login, too.
    """
    password_hash = await verified_hash(session, email, current, attempt=attempt, passwords=passwords)
    new_hash = await passwords.hash(new)
    place = (viewer.organization_id, viewer.user_id, viewer.session_id)
    given = (email, password_hash, new_hash, *place, attempt.keys, attempt.steps, attempt.known)

    async def attempted(shown: SecondStep) -> tuple[int | None, str | None]:
        rows = await send_alone(session, CHANGE, *given, shown.step, shown.recovery)
        return next(iter(rows), (None, None))

    version, secret = await attempted(SecondStep())
    if secret is not None:
        if totp_code is None:  # half of a change is no guess
            await send_alone(session, DISCOUNT, attempt.keys, attempt.steps, None)
        version, secret = await attempted(second_step(secret, totp_code, "totpCode"))
        if secret is not None:
            raise wrong_code("totpCode")
    return version
