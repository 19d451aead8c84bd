"""The keys that sign tokens and hash counted log-ins, made from the secret in the settings.

A key of its own per purpose: what is learned about one use of the secret says nothing about another, and a token can
never be mistaken for something else that the same secret protects.
"""

import hashlib
import hmac
from dataclasses import dataclass, field

PURPOSE = b"workline bearer token, HS256, version 1"
LOGIN_PURPOSE = b"workline failed log-ins, HMAC-SHA256, version 1"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """``id`` is a fingerprint: public, in every token's header, and changed whenever the secret is."""

    id: str
    secret: bytes = field(repr=False)


def signing_key(secret: str) -> SigningKey:
    """The 256-bit key for bearer tokens that belongs to ``secret``, the same in every process of a deployment."""
    key = hmac.digest(secret.encode(), PURPOSE, "sha256")
    return SigningKey(id=hashlib.sha256(key).hexdigest()[:16], secret=key)


def login_key(secret: str) -> bytes:
    """Return the key that hashes the accounts and addresses of counted log-ins, the same in every process."""
    return hmac.digest(secret.encode(), LOGIN_PURPOSE, "sha256")
