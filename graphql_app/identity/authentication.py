"""Sessions of identities: login with an email address and a password, and refresh.

Both use a separate transaction, outside any organization. The stored hash of a password stays in the database: see
``password_parameters`` and ``open_session`` in the migrations.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from graphql_app.database.connection import PooledConnection
from graphql_app.database.session import OperationSession
from graphql_app.errors import Invalid, Unavailable
from graphql_app.identity.login_limits import DISCOUNT, LoginAttempt
from graphql_app.identity.passwords import PasswordHasher
from graphql_app.identity.second_step import SecondStep, second_step, wrong_code
from graphql_app.models.base import new_id
from graphql_app.viewer import Viewer

COUNT_AND_FIND = """
SELECT counted.wait, CASE WHEN counted.wait IS NULL THEN password_parameters($1) END
FROM count_login_attempt($2, $3, $4) AS counted(wait)"""
OPEN = "SELECT * FROM open_session($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
UNVERIFIED = "The email address is not verified. Follow the link in the message that was sent to it."
REFRESH = "SELECT * FROM refresh_session($1, $2, $3, $4, $5, $6, $7, $8)"


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """Lifetimes of sessions. ``grace`` is the time in which an exchanged refresh token may be used again."""

    ttl: timedelta = timedelta(days=30)
    grace: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Client:
    """Client that logs in, as it is shown in the list of sessions."""

    address: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """Session with its viewer and its new refresh token."""

    viewer: Viewer
    refresh_token: str = field(repr=False)


def new_secret() -> str:
    """Return a random text of 256 bits, such as a refresh token."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> bytes:
    """Return the hash under which a random secret is stored. Slow hashes are for passwords, which are guessable."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class Login:
    """Input of a login. ``organization_id`` is the wanted organization; without it, that of the last session."""

    email: str
    password: str = field(repr=False)
    organization_id: UUID | None = None
    totp_code: str | None = field(default=None, repr=False)


async def verified_hash(
    session: OperationSession, email: str, password: str, *, attempt: LoginAttempt, passwords: PasswordHasher
) -> str:
    """Count an attempt, and return the hash to be compared with the stored one. Raises RateLimited and Unavailable."""
    ((wait, parameters),) = await send_alone(
        session, COUNT_AND_FIND, email, attempt.keys, attempt.steps, attempt.window
    )
    attempt.check(wait)
    try:
        return await passwords.derive(parameters, password)
    except Unavailable:
        # nothing was verified: a busy server counts no failures
        await send_alone(session, DISCOUNT, attempt.keys, attempt.steps, None)
        raise


async def log_in(
    session: OperationSession,
    login: Login,
    client: Client,
    *,
    attempt: LoginAttempt,
    passwords: PasswordHasher,
    terms: SessionTerms,
) -> OpenedSession | None:
    """Open a session, or return None for an unknown address, a wrong password or an identity without active users.

    ``session`` is in no organization. The attempt counts as failed until it succeeds. An unknown address costs the same
    statements and the same hash as a wrong password. No connection is held while the password is hashed. Raises
    RateLimited before the hash is computed, and Unavailable if too many hashes are being computed. With the right
    password, raises Invalid for an address that is not verified, and for a missing or wrong code of the second step.
    """
    email, id, token = normalize_email(login.email), new_id(), new_secret()
    password_hash = await verified_hash(session, email, login.password, attempt=attempt, passwords=passwords)
    given = (email, password_hash, login.organization_id, id, secret_hash(token), terms.ttl, client.agent)
    counted = (attempt.keys, attempt.steps, attempt.known)

    async def opened(shown: SecondStep) -> Sequence[Any]:
        return await send_alone(session, OPEN, *given, client.address, *counted, shown.step, shown.recovery)

    rows = await opened(SecondStep())
    if rows and rows[0]["totp_secret"] is not None:
        if login.totp_code is None:
            # half of a login is no guess
            await send_alone(session, DISCOUNT, attempt.keys, attempt.steps, None)
        rows = await opened(second_step(rows[0]["totp_secret"], login.totp_code, "totpCode"))
        if rows and rows[0]["totp_secret"] is not None:
            raise wrong_code("totpCode")
    if not rows:
        return None
    ((is_verified, _, organization_id, user_id, role, version),) = rows
    if not is_verified:
        raise Invalid(UNVERIFIED, "email", code="EMAIL_NOT_VERIFIED")
    return OpenedSession(Viewer(user_id, organization_id, role, version, id), token)


async def refresh(
    session: OperationSession, token: str, client: Client, *, attempt: LoginAttempt, terms: SessionTerms
) -> OpenedSession | None:
    """Exchange a refresh token, or return None if it is unknown or its session has ended.

    A token that was exchanged within the last ``terms.grace`` may be exchanged again: a retry after a lost response, or
    a second tab, gets a separate token. A later use ends the session. Raises RateLimited.
    """
    following = new_secret()
    given = (secret_hash(token), secret_hash(following), terms.grace, terms.ttl, client.address)
    rows = await send_alone(session, REFRESH, *given, attempt.keys, attempt.steps, attempt.window)
    if not rows:
        return None
    ((wait, id, organization_id, user_id, role, version),) = rows
    attempt.check(wait)
    return OpenedSession(Viewer(user_id, organization_id, role, version, id), following)


async def send_alone(session: OperationSession, sql: str, *arguments: object) -> Sequence[Any]:  # records
    """Run one statement in a separate transaction, outside any organization, and return the connection."""

    async def work(connection: PooledConnection) -> Sequence[Any]:
        rows = await connection.fetch(sql, arguments)
        connection.is_last = True
        return rows

    await session.restart(None)
    try:
        return await session.write(work)
    finally:
        await session.restart(None)


def normalize_email(email: str) -> str:
    """Return an address in the form for storage and lookup: without surrounding space, in lower case."""
    return email.strip().lower()
