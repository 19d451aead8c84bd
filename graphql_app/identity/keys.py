"""Keys that sign tokens and hash counted log-ins, derived from the secret in the settings.

Each purpose has its own key: knowledge about one use of the secret reveals nothing about another, and a token can never
pass for another value that the same secret protects.
"""

import hashlib
import hmac
from dataclasses import dataclass, field

PURPOSE = b"workline bearer token, HS256, version 1"
LOGIN_PURPOSE = b"workline failed log-ins, HMAC-SHA256, version 1"


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
    """Return the key that hashes the accounts and addresses of counted log-ins, the same in every process."""
    return hmac.digest(secret.encode(), LOGIN_PURPOSE, "sha256")
