"""API keys of requests: their form, and their lookup by hash.

A key is ``wl_``, 8 hexadecimal digits that are shown as its prefix, and 64 secret ones. It is found in the database by
its hash once a minute per process; in between, the viewer is checked like that of a token.
"""

import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID

from asyncpg import Record

from graphql_app.database.pool import ConnectionPool
from graphql_app.errors import InvalidToken
from graphql_app.identity.authentication import secret_hash
from graphql_app.identity.login_limits import LoginLimits
from graphql_app.identity.tokens import Credentials
from graphql_app.viewer import ANY_VERSION, Viewer

START = "wl_"
"""Beginning of each key, which distinguishes it from a signed token, and by which scanners find leaked secrets."""
PUBLIC, SECRET = 8, 64
"""Numbers of hexadecimal digits of a key that are shown, and that are secret: 256 bits."""
FORM = re.compile(rf"{START}[0-9a-f]{{{PUBLIC + SECRET}}}")
FIND = "SELECT * FROM find_api_key($1, $2, $3, $4)"
REMEMBERED = 10_000
LOOKUP_PERIOD = 60.0
"""Seconds after which a key is looked up again, which also notes its use."""


def new_api_key() -> str:
    """Return a random key."""
    return START + secrets.token_hex((PUBLIC + SECRET) // 2)


def prefix_of(key: str) -> str:
    """Return the part of a key that is not secret."""
    return key[: len(START) + PUBLIC]


class CredentialsCache:
    """Credentials of hashed secrets and tokens, each kept for ``lifetime`` seconds."""

    def __init__(self, lifetime: float = LOOKUP_PERIOD, clock: Callable[[], float] = time.monotonic) -> None:
        self._lifetime = lifetime
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[Credentials, float]] = OrderedDict()

    def get(self, hash: bytes) -> Credentials | None:
        """Return the credentials, or None if they are unknown or were kept too long ago."""
        found = self._known.get(hash)
        return found[0] if found is not None and self._clock() < found[1] else None

    def keep(self, hash: bytes, credentials: Credentials) -> Credentials:
        """Keep credentials, and return them."""
        self._known.pop(hash, None)
        self._known[hash] = credentials, self._clock() + self._lifetime
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return credentials


class ApiKeys:
    """Lookup of API keys. Clients that send wrong ones are limited by their address."""

    def __init__(
        self, connections: ConnectionPool, limits: LoginLimits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._connections = connections
        self._limits = limits
        self._cache = CredentialsCache(clock=clock)

    async def find(self, key: str, address: str) -> Credentials:
        """Return the credentials of a key. Raises InvalidToken, RateLimited, or the errors of the database."""
        hash = secret_hash(key)
        known = self._cache.get(hash)
        return known or self._cache.keep(hash, await self._look_up(key, hash, address))

    async def _look_up(self, key: str, hash: bytes, address: str) -> Credentials:
        if not FORM.fullmatch(key):
            raise InvalidToken
        attempt = self._limits.token("API key", address)
        async with self._connections.driver() as driver:
            (row,) = await driver.fetch(FIND, hash, attempt.keys, attempt.steps, attempt.window)
        attempt.check(row["wait"])
        if row["key_id"] is None:
            raise InvalidToken
        return credentials_of(row)


def credentials_of(row: Record) -> Credentials:
    """Return the credentials of a key that was found."""
    id: UUID = row["key_id"]
    scopes = frozenset(row["scopes"].split())
    viewer = Viewer(row["user_id"], row["organization_id"], row["role"], ANY_VERSION, key_id=id, scopes=scopes)
    return Credentials(viewer, row["expires_at"])
