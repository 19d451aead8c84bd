"""Issuer of tokens in this process, with the claims that Auth0, Clerk and Keycloak document."""

import time
from collections.abc import Mapping
from typing import Any

import httpx
import orjson
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

ISSUER = "https://issuer.example"
AUDIENCE = "https://api.example"
DISCOVERY = "/.well-known/openid-configuration"


class TokenIssuer:
    """Issuer with keys that a test may rotate, and a count of the requests to it."""

    __test__ = False

    def __init__(self, issuer: str = ISSUER) -> None:
        self.issuer = issuer
        self.keys: dict[str, Any] = {"rsa-1": RSAKey.generate_key(2048, {"kid": "rsa-1"})}
        self.requests: list[str] = []
        self.is_down = False
        self.changes: dict[str, Any] = {}
        """Replaced entries of the metadata."""

    def rotate(self, id: str, *, elliptic: bool = False) -> None:
        """Replace the keys by a new one."""
        made = ECKey.generate_key("P-256", {"kid": id}) if elliptic else RSAKey.generate_key(2048, {"kid": id})
        self.keys = {id: made}

    def token(self, claims: Mapping[str, Any], *, key: str | None = None, algorithm: str = "RS256") -> str:
        """Return a signed token that is valid for an hour. Claims that are None are omitted."""
        now = int(time.time())
        complete = {"iss": self.issuer, "aud": AUDIENCE, "iat": now, "exp": now + 3600, **claims}
        chosen = key or next(iter(self.keys))
        header = {"alg": algorithm, "kid": chosen}
        given = {name: value for name, value in complete.items() if value is not None}
        return jwt.encode(header, given, self.keys[chosen], algorithms=[algorithm])

    @property
    def transport(self) -> httpx.MockTransport:
        """Transport of a client that reaches the issuer."""
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a request for the metadata or the keys."""
        self.requests.append(request.url.path)
        if self.is_down:
            raise httpx.ConnectError("refused", request=request)
        if request.url.path.endswith(DISCOVERY):
            metadata = {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **self.changes}
            return httpx.Response(200, content=orjson.dumps(metadata))
        keys = KeySet(list(self.keys.values())).as_dict(private=False)
        return httpx.Response(200, content=orjson.dumps(keys))
