"""Sign-up of an organization with its owner, and verification of addresses.

Each step is a separate transaction, outside any organization. No answer reveals whether an address has an identity.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from graphql_app.database.pool import ConnectionPool
from graphql_app.database.session import OperationSession
from graphql_app.identity.authentication import new_secret, normalize_email, secret_hash, send_alone
from graphql_app.identity.login_limits import LoginAttempt
from graphql_app.identity.messages import Messages
from graphql_app.identity.password_changes import SentToken
from graphql_app.mail.outbox import Mail
from graphql_app.models.base import new_id
from graphql_app.mutations.input_checks import trimmed

SIGN_UP = "SELECT * FROM sign_up($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
RESEND = "SELECT * FROM request_verification($1, $2, $3, $4, $5, $6)"
REMOVE = "SELECT remove_unverified_sign_ups($1, $2)"
MOST_REMOVED = 100
"""Sign-ups that one transaction removes."""
VERIFY = "SELECT * FROM verify_email($1, $2, $3, $4)"


@dataclass(frozen=True, slots=True)
class SignUp:
    """Checked input of a sign-up. ``password_hash`` is the hash of the owner's password."""

    organization_name: str
    name: str
    email: str
    password_hash: str = field(repr=False)


async def sign_up(
    session: OperationSession, given: SignUp, *, attempt: LoginAttempt, messages: Messages, ttl: timedelta
) -> Mail:
    """Create an organization and its owner, whose address is not verified yet. Return the message to the address.

    An address that has an identity already gets another message, and nothing is created. Each call counts against the
    limit. Raises RateLimited.
    """
    token, email = new_secret(), given.email.strip()
    ids = (new_id(), new_id(), new_id())
    what = (email, given.password_hash, given.name, *ids, trimmed(given.organization_name), secret_hash(token), ttl)
    rows = await send_alone(session, SIGN_UP, *what, attempt.keys, attempt.steps, attempt.window)
    ((wait, _, is_verified),) = rows
    attempt.check(wait)
    to = normalize_email(email)
    return messages.known_address(to) if is_verified else messages.verification(to, token, ttl)


async def request_verification(
    session: OperationSession, email: str, *, attempt: LoginAttempt, ttl: timedelta
) -> SentToken | None:
    """Store a token that verifies an address, or return None for one that is unknown or verified already.

    Each request counts against the limit. Raises RateLimited.
    """
    token = new_secret()
    given = (email, secret_hash(token), ttl, attempt.keys, attempt.steps, attempt.window)
    ((wait, found),) = await send_alone(session, RESEND, *given)
    attempt.check(wait)
    return None if found is None else SentToken(found, token)


async def verify(session: OperationSession, token: str, *, attempt: LoginAttempt) -> str | None:
    """Mark the address to which a token was sent as verified. Return the address, or None for an invalid token.

    Raises RateLimited.
    """
    given = (secret_hash(token), attempt.keys, attempt.steps, attempt.window)
    ((wait, email),) = await send_alone(session, VERIFY, *given)
    attempt.check(wait)
    return None if email is None else str(email)


async def remove_unverified(connections: ConnectionPool, age: timedelta) -> int:
    """Delete sign-ups of at least this age whose address was never verified. Return their number."""
    session = OperationSession(connections, None)
    total = 0
    try:
        while True:
            ((removed,),) = await send_alone(session, REMOVE, age, MOST_REMOVED)
            total += int(removed)
            if removed < MOST_REMOVED:
                return total
    finally:
        await session.close()
