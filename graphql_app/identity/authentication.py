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
from graphql_app.errors import Unavailable
from graphql_app.identity.login_limits import DISCOUNT, LoginAttempt
from graphql_app.identity.passwords import PasswordHasher
from graphql_app.models.base import new_id
from graphql_app.viewer import Viewer

COUNT_AND_FIND = """
SELECT counted.wait, CASE WHEN counted.wait IS NULL THEN password_parameters($1) END
FROM count_login_attempt($2, $3, $4) AS counted(wait)"""
OPEN = "SELECT * FROM open_session($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
REFRESH = "SELECT * FROM refresh_session($1, $2, $3, $4, $5, $6, $7, $8)"


class UnverifiedAddressError(Exception):
    """Right password of an identity whose address is not verified."""


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
    RateLimited before the hash is computed, Unavailable if too many hashes are being computed, and
    UnverifiedAddressError.
    """
    email = normalize_email(login.email)
    rows = await send_alone(session, COUNT_AND_FIND, email, attempt.keys, attempt.steps, attempt.window)
    ((wait, parameters),) = rows
    attempt.check(wait)
    try:
        password_hash = await passwords.derive(parameters, login.password)
    except Unavailable:
        # nothing was verified: a busy server counts no failures
        await send_alone(session, DISCOUNT, attempt.keys, attempt.steps, None)
        raise
    id, token = new_id(), new_secret()
    given = (email, password_hash, login.organization_id, id, secret_hash(token), terms.ttl, client.agent)
    counted = (attempt.keys, attempt.steps, attempt.known)
    opened = await send_alone(session, OPEN, *given, client.address, *counted)
    if not opened:
        return None
    ((is_verified, organization_id, user_id, role, version),) = opened
    if not is_verified:
        raise UnverifiedAddressError
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
