"""Public keys of an external issuer, fetched from its addresses."""

import asyncio
import time
from collections.abc import Callable, Mapping

import httpx
import orjson
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from graphql_app.errors import InvalidToken, Unavailable
from graphql_app.settings.issuers import IssuerSettings, transport_problem

log = structlog.get_logger("workline.issuers")

FETCH_PERIOD = 60.0
"""Seconds between two fetches of an issuer's keys, successful or not."""
KEYS_AGE = 3600.0
"""Seconds after which known keys are fetched again, so that a withdrawn one ends."""
TIMEOUT = httpx.Timeout(5.0)
MOST_BYTES = 1_000_000
PUBLIC = ("RSA", "EC", "OKP")
"""Types of public keys. A symmetric key in a published set is ignored."""


class IssuerError(Exception):
    """Keys that cannot be fetched. The text is for the operator."""


def http_client() -> httpx.AsyncClient:
    """Return the client for the addresses of issuers. It follows no redirects, which could lead to another issuer."""
    return httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, limits=httpx.Limits(max_connections=10))


async def fetch_json(client: httpx.AsyncClient, url: str) -> Mapping[str, object]:
    """Return the JSON object at an address. Raises IssuerError."""
    try:
        async with asyncio.timeout(10), client.stream("GET", url, headers={"accept": "application/json"}) as response:
            if response.status_code != httpx.codes.OK:
                raise IssuerError(f"{url} answers with status {response.status_code}")
            content = bytearray()
            async for part in response.aiter_bytes():
                content += part
                if len(content) > MOST_BYTES:
                    raise IssuerError(f"{url} answers with more than {MOST_BYTES} bytes")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
        raise IssuerError(f"{url} cannot be fetched: {type(error).__name__}") from error
    try:
        found = orjson.loads(bytes(content))
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise IssuerError(f"{url} does not answer with a JSON object")
    return found


async def fetch_keys(client: httpx.AsyncClient, issuer: IssuerSettings, *, is_production: bool) -> dict[str, Key]:
    """Return the public keys of an issuer by their ids. Raises IssuerError."""
    url = issuer.jwks_uri or await _keys_address(client, issuer)
    if refused := transport_problem(url, is_production=is_production):
        raise IssuerError(refused)
    found = await fetch_json(client, url)
    keys = found.get("keys")
    usable = {str(key.kid): key for each in keys if (key := _imported(each))} if isinstance(keys, list) else {}
    if not usable:
        raise IssuerError(f"{url} contains no public key with an id for signatures")
    return usable


async def _keys_address(client: httpx.AsyncClient, issuer: IssuerSettings) -> str:
    """Return the address of the keys from the metadata of an issuer. Raises IssuerError."""
    metadata = await fetch_json(client, issuer.discovery_url)
    if metadata.get("issuer") != issuer.issuer:
        raise IssuerError(f"{issuer.discovery_url} describes the issuer {metadata.get('issuer')}")
    return str(metadata.get("jwks_uri"))


def _imported(value: object) -> Key | None:
    """Return a public key with an id that signs tokens, or None for any other value."""
    if not isinstance(value, dict) or value.get("kty") not in PUBLIC or value.get("use", "sig") != "sig":
        return None
    if not isinstance(value.get("kid"), str):
        return None
    try:
        (key,) = KeySet.import_key_set({"keys": [value]}).keys
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key


class IssuerKeys:
    """Keys of one issuer, fetched at most once a minute: at the first token, for an unknown id, and every hour."""

    def __init__(
        self,
        issuer: IssuerSettings,
        client: httpx.AsyncClient,
        *,
        is_production: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._client = client
        self._is_production = is_production
        self._clock = clock
        self._keys: dict[str, Key] = {}
        self._fetched: float | None = None
        self._tried: float | None = None
        self._turn = asyncio.Lock()

    async def find(self, id: str) -> Key:
        """Return the key with this id. Raises InvalidToken for an unknown one, and Unavailable without any keys."""
        if self._needs_fetch(id):
            async with self._turn:
                if self._needs_fetch(id):
                    await self._fetch()
        if not self._keys:
            raise Unavailable("The keys of the token's issuer cannot be fetched. Try again.")
        if id not in self._keys:
            raise InvalidToken
        return self._keys[id]

    def _needs_fetch(self, id: str) -> bool:
        is_lacking = id not in self._keys or self._is_older(self._fetched, KEYS_AGE)
        return is_lacking and self._is_older(self._tried, FETCH_PERIOD)

    def _is_older(self, moment: float | None, seconds: float) -> bool:
        return moment is None or self._clock() - moment >= seconds

    async def _fetch(self) -> None:
        self._tried = self._clock()
        try:
            self._keys = await fetch_keys(self._client, self._issuer, is_production=self._is_production)
            self._fetched = self._clock()
        except IssuerError as error:
            log.warning("keys of an issuer not fetched", issuer=self._issuer.issuer, cause=str(error))
