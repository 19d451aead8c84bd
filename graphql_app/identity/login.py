"""Login with an email address and a password."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from graphql_app.database.connection import PooledConnection
from graphql_app.database.session import OperationSession
from graphql_app.errors import Unavailable
from graphql_app.identity.login_limits import DISCOUNT, LoginAttempt
from graphql_app.identity.passwords import Passwords

COUNT_AND_FIND = """
SELECT counted.wait, login.organization_id, login.user_id, login.password_hash, login.credentials_version
FROM count_login_attempt($2, $3, $4) AS counted(wait) LEFT JOIN find_login($1) AS login ON counted.wait IS NULL"""


@dataclass(frozen=True, slots=True)
class StoredLogin:
    """Stored login: its user, the hash of the password and the version of both."""

    organization_id: UUID
    user_id: UUID
    password_hash: str = field(repr=False)
    credentials_version: int = 1


async def authenticate(
    session: OperationSession, email: str, password: str, *, attempt: LoginAttempt, passwords: Passwords
) -> StoredLogin | None:
    """Return the login of an address and its password, or None for an unknown address or a wrong password.

    The session is in no organization. Both outcomes cost the same statements and the same hash. The attempt counts as
    failed until it is discounted. No connection is held while the password is hashed. Raises RateLimited before the
    hash is computed, and Unavailable if too many hashes are being computed.
    """
    login = await _count_and_find(session, normalize_email(email), attempt)
    try:
        matches = await passwords.verify(login.password_hash if login else None, password)
    except Unavailable:
        # nothing was verified: a busy server counts no failures
        await _send(session, DISCOUNT, attempt.keys, attempt.steps, None)
        raise
    return login if matches else None


async def _count_and_find(session: OperationSession, email: str, attempt: LoginAttempt) -> StoredLogin | None:
    ((wait, *login),) = await _send(session, COUNT_AND_FIND, email, attempt.keys, attempt.steps, attempt.window)
    attempt.check(wait)
    return None if login[0] is None else StoredLogin(*login)


async def _send(session: OperationSession, sql: str, *arguments: object) -> Sequence[Any]:
    """Run one statement in a transaction of its own, and return the connection to the pool."""

    async def work(connection: PooledConnection) -> Sequence[Any]:
        rows = await connection.fetch(sql, arguments)
        connection.is_last = True
        return rows

    try:
        return await session.write(work)
    finally:
        await session.restart(None)


def normalize_email(email: str) -> str:
    """Return an address in the form for storage and lookup: without surrounding space, in lower case."""
    return email.strip().lower()
