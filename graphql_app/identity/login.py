"""Logging in with an address and a password."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from graphql_app.identity.passwords import Passwords


@dataclass(frozen=True, slots=True)
class Login:
    """A log-in as it is stored: whose it is, and the hash of the password."""

    organization_id: UUID
    user_id: UUID
    password_hash: str = field(repr=False)


FindLogin = Callable[[str], Awaitable[Login | None]]
"""Looks a normalised address up. It must not keep a connection: a hash takes longer than any query."""


async def authenticate(email: str, password: str, *, find_login: FindLogin, passwords: Passwords) -> Login | None:
    """Who logs in with these; None for an unknown address and for a wrong password, after the same work.

    Raises ``Unavailable`` when too many are logging in at the moment.
    """
    login = await find_login(normalise_email(email))
    matches = await passwords.verify(login.password_hash if login else None, password)
    return login if matches else None


def normalise_email(email: str) -> str:
    """An address as it is stored and looked up: without surrounding space, in lower case."""
    return email.strip().lower()
