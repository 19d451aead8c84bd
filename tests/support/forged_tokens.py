"""Tokens that a test signs itself, independent of the library that verifies them (RFC 7515, compact serialization)."""

import base64
import hmac
import json
from datetime import datetime
from typing import Any

HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


def encoded(content: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decoded(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the header and the claims of a token, without any check."""
    header, claims = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")[:2])
    return json.loads(header), json.loads(claims)


def forged(claims: dict[str, Any], secret: bytes, *, algorithm: str = "HS256", **header: Any) -> str:
    """Return a token that is signed with ``secret``. Header entries that are None are omitted."""
    headers = {"alg": algorithm, "typ": "JWT"} | {name: value for name, value in header.items() if value is not None}
    content = ".".join(encoded(json.dumps(part, default=_seconds).encode()) for part in (headers, claims))
    if algorithm == "none":
        return f"{content}."
    return f"{content}.{encoded(hmac.digest(secret, content.encode(), HASHES[algorithm]))}"


def _seconds(moment: datetime) -> float:
    return moment.timestamp()
