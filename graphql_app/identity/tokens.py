"""Signed bearer tokens: one algorithm, one issuer, a key by its id, and the same error for every invalid token."""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.jws import CompactSignature

from graphql_app.errors import InvalidToken
from graphql_app.viewer import Viewer

PURPOSE = b"workline bearer token, HS256, version 1"
LOGIN_PURPOSE = b"workline failed log-ins, HMAC-SHA256, version 1"
type Claims = Mapping[str, object]
ALGORITHM = "HS256"
MAX_LENGTH = 4096
REMEMBERED = 10_000
"""Number of verified tokens that are cached. Only valid ones are, so clients without one cannot fill the memory."""
LARGEST_VERSION = 2**31 - 1
"""Largest version of credentials that the database holds."""
WRONG = (JoseError, ValueError, TypeError, KeyError, ArithmeticError, RecursionError)
"""Errors of an invalid token, including those of the library, which parses the header before it checks the signature.

RecursionError: the header is JSON, of any depth.
"""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Signing key. ``id`` is a fingerprint: public, in every token's header, and changed with the secret."""

    id: str
    secret: bytes = field(repr=False)


def signing_key(secret: str) -> SigningKey:
    """Return the 256-bit key for bearer tokens that belongs to ``secret``, the same in every process."""
    key = hmac.digest(secret.encode(), PURPOSE, "sha256")
    return SigningKey(id=hashlib.sha256(key).hexdigest()[:16], secret=key)


def login_key(secret: str) -> bytes:
    """Return the key that hashes the accounts and addresses of counted logins, the same in every process."""
    return hmac.digest(secret.encode(), LOGIN_PURPOSE, "sha256")


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """Token for a user. ``text`` is secret and must stay out of logs."""

    text: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Credentials:
    """Content of a valid token or API key: the viewer, and the time of expiry, or None if it does not expire."""

    viewer: Viewer
    expires_at: datetime | None

    @property
    def is_expired(self) -> bool:
        """True after the time of expiry."""
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)


class Tokens:
    """Issuer and verifier of one deployment's tokens.

    ``previous`` are secrets of earlier keys: their tokens are accepted until they expire, and none are issued with
    them. ``roles`` are the roles that a token may have; empty admits any.
    """

    def __init__(
        self,
        secret: str,
        *,
        issuer: str,
        ttl: timedelta,
        roles: Collection[str] = (),
        previous: Sequence[str] = (),
    ) -> None:
        self._key = signing_key(secret)
        accepted = [self._key, *map(signing_key, previous)]
        self._keys = {key.id: OctKey.import_key(key.secret) for key in accepted}
        self._issuer = issuer
        self._ttl = ttl
        self._roles = frozenset(roles)
        self._verified: OrderedDict[str, Credentials] = OrderedDict()

    def issue(self, viewer: Viewer, *, ttl: timedelta | None = None) -> IssuedToken:
        """Return a token for ``viewer`` that is valid from now for ``ttl``, by default that of the settings."""
        now = datetime.now(UTC).replace(microsecond=0)
        expires_at = now + (self._ttl if ttl is None else ttl)
        claims: dict[str, object] = {
            "sub": str(viewer.user_id),
            "org": str(viewer.organization_id),
            "role": viewer.role,
            "ver": viewer.credentials_version,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "iss": self._issuer,
        }
        if viewer.session_id is not None:
            claims["sid"] = str(viewer.session_id)
        header = {"alg": ALGORITHM, "kid": self._key.id}
        text = jwt.encode(header, claims, self._keys[self._key.id], algorithms=[ALGORITHM])
        return IssuedToken(text, expires_at)

    def verify(self, token: str) -> Credentials:
        """Return the content of a token. Raises :class:`InvalidToken`, the same for all invalid tokens.

        Valid tokens are cached until they expire, so the signature is not verified for each request.
        """
        known = self._verified.get(token)
        if known is None:
            known = self._verified[token] = self._checked(token)
            if len(self._verified) > REMEMBERED:
                self._verified.popitem(last=False)
        if known.is_expired:
            del self._verified[token]
            raise InvalidToken
        return known

    def _checked(self, token: str) -> Credentials:
        try:
            return self._credentials(self._decode(token))
        except WRONG:
            raise InvalidToken from None

    def _credentials(self, claims: Claims) -> Credentials:
        role = _text(claims["role"])
        if self._roles and role not in self._roles:
            raise ValueError("unknown role")
        if claims["iss"] != self._issuer:
            raise ValueError("another issuer")
        latest = max(_moment(claims["iat"]), _moment(claims.get("nbf", 0)))
        expires_at = _moment(claims["exp"])
        if not latest <= datetime.now(UTC) < expires_at:
            raise ValueError("not valid now")
        session = None if "sid" not in claims else _id(claims["sid"])
        viewer = Viewer(_id(claims["sub"]), _id(claims["org"]), role, _version(claims.get("ver", 1)), session)
        return Credentials(viewer, expires_at)

    def _decode(self, token: str) -> Claims:
        if len(token) > MAX_LENGTH:
            raise ValueError("too long")
        return jwt.decode(token, self._key_of, algorithms=[ALGORITHM]).claims

    def _key_of(self, signed: object) -> OctKey:
        """Return the key that a token names. Raises KeyError for an unknown one."""
        if not isinstance(signed, CompactSignature):
            raise TypeError("not a compact token")
        return self._keys[_text(signed.headers()["kid"])]


def _id(claim: object) -> UUID:
    text = _text(claim)
    id = UUID(text)
    if str(id) != text:
        raise ValueError("not an id in its usual form")
    return id


def _text(claim: object) -> str:
    if not isinstance(claim, str) or not claim.isprintable() or not claim:
        raise ValueError("not a text")
    return claim


def _version(claim: object) -> int:
    """Return the version of the credentials. Tokens of earlier releases have none, which counts as the first."""
    if isinstance(claim, bool) or not isinstance(claim, int) or not 1 <= claim <= LARGEST_VERSION:
        raise ValueError("not a version")
    return claim


def _moment(claim: object) -> datetime:
    """Return the time of a NumericDate (RFC 7519, section 2): seconds as a number, whole or not."""
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        raise ValueError("not a moment")
    return datetime.fromtimestamp(int(claim), UTC)
