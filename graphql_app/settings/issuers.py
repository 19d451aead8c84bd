"""Setting ``WORKLINE_ISSUERS``: external issuers of tokens, and the claims of their tokens.

Claims are named as in Hasura's ``claims_map``: a text is the value itself, ``{"path": "$.org.id", "default": ...}``
selects a claim by a JSONPath of names and indexes.
"""

import json
import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""Accepted signatures. All use a public key: a shared secret (HS256) could sign tokens of the issuer here."""
STEP = re.compile(r"""\.(?P<name>\w+)|\[(?P<index>\d+)\]|\[(?P<quote>['"])(?P<quoted>.*?)(?P=quote)\]""")
"""Step of a path: ``.name``, ``[0]``, ``['https://example.com/org']``."""
DISCOVERY = "/.well-known/openid-configuration"


def steps_of(path: str) -> tuple[str | int, ...]:
    """Return the names and indexes of a path. Raises ValueError for one that is not of this form."""
    steps: list[str | int] = []
    place = 1
    if not path.startswith("$"):
        raise ValueError(f"{path!r} must be a path such as $.name, $.list[0] or $['https://example.com/name']")
    while place < len(path):
        found = STEP.match(path, place)
        if found is None:
            raise ValueError(f"{path!r} is no path: it cannot be read from {path[place:]!r} on")
        steps.append(int(found["index"]) if found["index"] else found["name"] or found["quoted"])
        place = found.end()
    return tuple(steps)


class Closed(BaseModel):
    """Object without unknown names, so that a misspelled one is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Claim(Closed):
    """Claim of a token, or a value that all tokens have. ``values`` replaces values of the issuer."""

    path: str | None = None
    literal: str | bool | None = None
    default: str | bool | None = None
    values: Mapping[str, str] | None = None

    @field_validator("path")
    @classmethod
    def _is_path(cls, value: str | None) -> str | None:
        if value is not None:
            steps_of(value)
        return value

    def read(self, claims: object) -> str | bool | None:
        """Return the value in the claims of a token, or the default; None if there is none.

        Of a list, such as roles, the first item counts that ``values`` replaces.
        """
        found = self.literal if self.path is None else _at(claims, steps_of(self.path))
        items = found if isinstance(found, list) else [found]
        if self.values is not None:
            items = [self.values[each] for each in items if isinstance(each, str) and each in self.values]
        usable = (each for each in items if isinstance(each, str | bool) and each != "")
        return next(usable, self.default)


def _at(claims: object, steps: tuple[str | int, ...]) -> object:
    """Return the value at a path, or None."""
    for step in steps:
        if isinstance(claims, dict) and isinstance(step, str):
            claims = claims.get(step)
        elif isinstance(claims, list) and isinstance(step, int) and step < len(claims):
            claims = claims[step]
        else:
            return None
    return claims


def _claim(value: object) -> object:
    return {"literal": value} if isinstance(value, str | bool) else value


ClaimField = Annotated[Claim, BeforeValidator(_claim)]


class ClaimsMap(Closed):
    """Claims from which the user of a token is determined."""

    user: ClaimField = Claim(path="$.sub")
    email: ClaimField = Claim(path="$.email")
    email_verified: ClaimField = Claim(path="$.email_verified", default=False)
    organization: ClaimField | None = None
    role: ClaimField | None = None
    name: ClaimField = Claim(path="$.name")


class IssuerSettings(Closed):
    """External issuer, such as Auth0, Keycloak or Clerk."""

    issuer: str = Field(min_length=1)
    discovery: str | None = None
    jwks_uri: str | None = None
    audiences: list[str] = Field(min_length=1)
    algorithms: list[str] = Field(["RS256"], min_length=1)
    claims: ClaimsMap = ClaimsMap()
    provision: Literal["none", "link", "create"] = "none"

    @field_validator("algorithms")
    @classmethod
    def _public_keys(cls, value: list[str]) -> list[str]:
        if unknown := set(value) - ALGORITHMS:
            raise ValueError(
                f"{', '.join(sorted(unknown))} is not accepted; accepted are {', '.join(sorted(ALGORITHMS))}"
            )
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.provision == "create" and self.claims.organization is None:
            raise ValueError(f"{self.issuer}: provision create requires claims.organization")
        return self

    @property
    def discovery_url(self) -> str:
        """Address of the metadata, which is used unless ``jwks_uri`` is set."""
        return self.discovery or self.issuer.rstrip("/") + DISCOVERY


def transport_problem(url: str, *, is_production: bool) -> str | None:
    """Return the reason to refuse the address of an issuer, or None. Unencrypted ones are for development only."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https"):
        return f"{url} must be an address with https://"
    if parts.scheme == "http" and is_production and not _is_loopback(host):
        return f"{url} must use https"
    return None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def issuer_problem(issuers: Sequence[IssuerSettings], own: str, *, is_production: bool) -> str | None:
    """Return the contradiction between issuers, or the reason to refuse one of their addresses; None without one."""
    names = [each.issuer for each in issuers]
    for name in names:
        if name == own or names.count(name) > 1:
            return f"WORKLINE_ISSUERS names the issuer {name} twice, or WORKLINE_TOKEN_ISSUER has the same name"
    for each in issuers:
        if refused := transport_problem(each.jwks_uri or each.discovery_url, is_production=is_production):
            return f"WORKLINE_ISSUERS is invalid: {refused}"
    return None


def read_json(value: object) -> object:
    """Return the value of the setting from its JSON. Raises ValueError."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value or "[]")
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error}") from None
