"""Logging in with an address and a password."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from graphql_app.database.connection import PooledConnection
from graphql_app.database.gate import Gate
from graphql_app.errors import Unavailable
from graphql_app.identity.login_limits import DISCOUNT, LoginAttempt
from graphql_app.identity.passwords import Passwords

COUNT_AND_FIND = """
SELECT counted.wait, login.organization_id, login.user_id, login.password_hash, login.credentials_version
FROM count_login_attempt($2, $3, $4) AS counted(wait) LEFT JOIN find_login($1) AS login ON counted.wait IS NULL"""


@dataclass(frozen=True, slots=True)
class Login:
    """A stored log-in: its user, the hash of the password and the version of both."""

    organization_id: UUID
    user_id: UUID
    password_hash: str = field(repr=False)
    credentials_version: int = 1


async def authenticate(
    gate: Gate, email: str, password: str, *, attempt: LoginAttempt, passwords: Passwords
) -> Login | None:
    """Return the log-in of an address and its password, or None for an unknown address and for a wrong password.

    The gate is in no organization. Both outcomes cost the same statements and the same hash. The attempt is counted as
    failed until it is discounted. No connection is held while the password is hashed.
    Raises RateLimited before the hash is computed, and Unavailable when too many hashes are.
    """
    login = await _count_and_find(gate, normalise_email(email), attempt)
    try:
        matches = await passwords.verify(login.password_hash if login else None, password)
    except Unavailable:
        # nothing was verified: a server that is busy counts no failures
        await _send(gate, DISCOUNT, attempt.keys, attempt.steps, None)
        raise
    return login if matches else None


async def _count_and_find(gate: Gate, email: str, attempt: LoginAttempt) -> Login | None:
    ((wait, *login),) = await _send(gate, COUNT_AND_FIND, email, attempt.keys, attempt.steps, attempt.window)
    attempt.check(wait)
    return None if login[0] is None else Login(*login)


async def _send(gate: Gate, sql: str, *arguments: Any) -> Sequence[Any]:
    """Run one statement in a transaction of its own, and give the connection back."""

    async def work(connection: PooledConnection) -> Sequence[Any]:
        rows = await connection.fetch(sql, arguments)
        connection.is_last = True
        return rows

    try:
        return await gate.write(work)
    finally:
        await gate.restart(None)


def normalise_email(email: str) -> str:
    """An address as it is stored and looked up: without surrounding space, in lower case."""
    return email.strip().lower()
