"""Tokens of external issuers: verification by the keys of their own issuer, and the user to which they belong."""

import base64
import binascii
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import orjson
from asyncpg import Record
from joserfc import jws, jwt

from graphql_app.database.pool import ConnectionPool
from graphql_app.errors import InvalidToken
from graphql_app.identity.api_keys import CredentialsCache
from graphql_app.identity.authentication import secret_hash
from graphql_app.identity.issuer_keys import IssuerKeys
from graphql_app.identity.tokens import WRONG, Credentials
from graphql_app.models.base import new_id
from graphql_app.settings import Settings
from graphql_app.settings.issuers import IssuerSettings
from graphql_app.viewer import ANY_VERSION, Viewer

MAX_LENGTH = 16_384
"""Longest token of an external issuer, which may list groups and roles."""
LEEWAY = timedelta(seconds=60)
"""Accepted difference of clocks for the times of issue and of the beginning of validity, not for that of expiry."""
ENTER = "SELECT * FROM enter_by_issuer($1, $2, $3, $4, $5, $6, $7, $8, $9)"
type ClaimSet = Mapping[str, object]


class RefusedToken(InvalidToken):
    """Token of an external issuer that is refused. ``reason`` is for the operator; clients get the same message."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Person:
    """Person that a token names, with the claims that the settings select."""

    subject: str
    organization_id: UUID | None
    email: str | None
    is_verified: bool
    name: str | None
    role: str | None
    expires_at: datetime


def issuer_of(token: str) -> str | None:
    """Return the issuer that a token names, before anything about it is verified; None if it is not readable."""
    parts = token.split(".")
    if len(token) > MAX_LENGTH or len(parts) != 3:
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    named = claims.get("iss") if isinstance(claims, dict) else None
    return named if isinstance(named, str) else None


class ExternalIssuer:
    """Issuer with its keys."""

    def __init__(self, settings: IssuerSettings, keys: IssuerKeys, roles: Collection[str]) -> None:
        self.settings = settings
        self._keys = keys
        self._roles = roles

    async def verify(self, token: str) -> Person:
        """Return the person of a valid token. Raises RefusedToken with the reason, or Unavailable without keys."""
        try:
            header = jws.extract_compact(token.encode("ascii")).headers()
        except (*WRONG, UnicodeEncodeError):
            raise RefusedToken("It is not a signed token.") from None
        algorithm, id = header.get("alg"), header.get("kid")
        if algorithm not in self.settings.algorithms:
            raise RefusedToken(f"Its algorithm {algorithm} is not one of {', '.join(self.settings.algorithms)}.")
        if not isinstance(id, str):
            raise RefusedToken("It names no key (kid).")
        try:
            key = await self._keys.find(id)
        except InvalidToken:
            raise RefusedToken(f"The issuer has no key with the ID {id}.") from None
        if key.alg not in (None, algorithm):
            raise RefusedToken(f"Its key is for the algorithm {key.alg}.")
        try:
            claims = jwt.decode(token, key, algorithms=self.settings.algorithms).claims
        except WRONG:
            raise RefusedToken("Its signature is wrong.") from None
        return self._person(claims)

    def _person(self, claims: ClaimSet) -> Person:
        if claims.get("iss") != self.settings.issuer:
            raise RefusedToken("It is of another issuer.")
        self._check_audience(claims.get("aud"))
        expires_at = self._check_times(claims)
        chosen = self.settings.claims
        subject = chosen.user.read(claims)
        if not isinstance(subject, str) or len(subject) > 255 or not subject.isprintable():
            raise RefusedToken("The claim of the user is missing.")
        email = chosen.email.read(claims)
        name = chosen.name.read(claims)
        return Person(
            subject,
            self._organization(claims),
            email.strip() if isinstance(email, str) else None,
            chosen.email_verified.read(claims) in (True, "true"),
            name[:200] if isinstance(name, str) else None,
            self._role(claims),
            expires_at,
        )

    def _check_audience(self, audience: object) -> None:
        named = audience if isinstance(audience, list) else [audience]
        if not any(each in self.settings.audiences for each in named if isinstance(each, str)):
            raise RefusedToken(f"Its audience is not one of {', '.join(self.settings.audiences)}.")

    def _check_times(self, claims: ClaimSet) -> datetime:
        """Return the time of expiry. Raises RefusedToken for a token that is not valid now."""
        now, expires_at = datetime.now(UTC), _moment(claims.get("exp"))
        if expires_at is None:
            raise RefusedToken("It has no time of expiry.")
        if expires_at <= now:
            raise RefusedToken(f"It expired at {expires_at:%Y-%m-%d %H:%M:%S} UTC.")
        for name in ("iat", "nbf"):
            moment = _moment(claims.get(name)) if name in claims else now
            if moment is None or moment > now + LEEWAY:
                raise RefusedToken("It is not valid yet.")
        return expires_at

    def _organization(self, claims: ClaimSet) -> UUID | None:
        if self.settings.claims.organization is None:
            return None
        found = self.settings.claims.organization.read(claims)
        try:
            return UUID(str(found))
        except ValueError:
            raise RefusedToken("The claim of the organization is not the ID of an organization.") from None

    def _role(self, claims: ClaimSet) -> str | None:
        found = None if self.settings.claims.role is None else self.settings.claims.role.read(claims)
        if found is not None and self._roles and found not in self._roles:
            raise RefusedToken(f"Its role {found} is not a declared role.")
        return None if found is None else str(found)


def _moment(claim: object) -> datetime | None:
    """Return the time of a NumericDate (RFC 7519, section 2), or None for any other value."""
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        return None
    try:
        return datetime.fromtimestamp(claim, UTC)
    except (ValueError, OverflowError, OSError):
        return None


TAKEN = "TAKEN"
REASONS = {
    "UNKNOWN": "No active user belongs to it.",
    "EMAIL": "Its email address is missing or not verified.",
    "ORGANIZATION": "There is no organization with the ID in its claim.",
    TAKEN: "A deactivated user, or another one, has its email address.",
}
"""Reasons of the database to refuse a person, in words."""


class Issuers:
    """External issuers of one server, by their names. The users of their tokens are looked up once a minute."""

    def __init__(
        self,
        connections: ConnectionPool,
        settings: Sequence[IssuerSettings],
        client: httpx.AsyncClient,
        *,
        roles: Collection[str] = (),
        is_production: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connections = connections
        self._issuers = {
            each.issuer: ExternalIssuer(each, IssuerKeys(each, client, is_production=is_production, clock=clock), roles)
            for each in settings
        }
        self._cache = CredentialsCache(clock=clock)

    def get(self, token: str) -> ExternalIssuer | None:
        """Return the issuer that a token names, or None if it is not an external one."""
        return self._issuers.get(issuer_of(token) or "")

    async def find(self, issuer: ExternalIssuer, token: str) -> Credentials:
        """Return the credentials of a token. Raises InvalidToken, Unavailable, or the errors of the database."""
        hash = secret_hash(token)
        known = self._cache.get(hash)
        if known is None:
            person = await issuer.verify(token)
            known = self._cache.keep(hash, credentials_of(await self._enter(issuer.settings, person), person))
        if known.is_expired:
            raise InvalidToken
        return known

    async def _enter(self, settings: IssuerSettings, person: Person) -> Record:
        """Return the user of a person. Two first tokens at once may both create it: the second one tries again."""
        async with self._connections.driver() as driver:
            (row,) = await driver.fetch(ENTER, *entry_of(settings, person))
            if row["reason"] == TAKEN:
                (row,) = await driver.fetch(ENTER, *entry_of(settings, person))
        return row


def make_issuers(
    settings: Settings, connections: ConnectionPool, client: httpx.AsyncClient, roles: Collection[str] = ()
) -> Issuers:
    """Return the issuers of the settings."""
    is_production = settings.env == "production"
    return Issuers(connections, settings.issuers, client, roles=roles, is_production=is_production)


def entry_of(settings: IssuerSettings, person: Person) -> tuple[object, ...]:
    """Return the arguments of ``enter_by_issuer``."""
    email, given = person.email or "", (person.organization_id, person.is_verified, person.name, person.role)
    organization, is_verified, name, role = given
    return settings.issuer, person.subject, organization, email, is_verified, name, role, settings.provision, new_id()


def credentials_of(row: Record, person: Person) -> Credentials:
    """Return the credentials of a person that was found. Raises RefusedToken."""
    if row["reason"] is not None:
        raise RefusedToken(REASONS[str(row["reason"])])
    viewer = Viewer(row["user_id"], row["tenant"], row["stored_role"], ANY_VERSION)
    return Credentials(viewer, person.expires_at)
