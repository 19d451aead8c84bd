"""Tokens of external issuers: whose they are, and everything that makes one invalid."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest
from joserfc.jwk import RSAKey

from graphql_app.app import create_app
from graphql_app.errors import InvalidToken, Unavailable
from graphql_app.http import services as http_services
from graphql_app.http.services import api_services
from graphql_app.identity.issuer_keys import FETCH_PERIOD, KEYS_AGE, IssuerKeys
from graphql_app.settings.issuers import IssuerSettings
from graphql_app.types.schema import Api
from tests.access.user_changes import REFUSAL
from tests.identity.issuer import AUDIENCE, ISSUER, TokenIssuer
from tests.support.api import Json
from tests.support.application import MIGRATIONS
from tests.support.databases import TestDatabase
from tests.support.forged_tokens import encoded, forged
from tests.support.organizations import ALPHA, BRAVO, id_of
from tests.support.settings import settings_for

OWNER_ID, MANAGER_ID = str(id_of("users", 0)), str(id_of("users", 1))
ORGANIZATION = str(ALPHA.organization)
VIEWER = "{ viewer { role user { id email name } organization { id } } }"
NONE = {
    "issuer": ISSUER,
    "audiences": [AUDIENCE],
    "claims": {"user": {"path": "$.workline.user"}, "organization": {"path": "$.workline.organization"}},
}
LINK = {
    "issuer": ISSUER,
    "audiences": [AUDIENCE],
    "claims": {"organization": {"path": "$.org", "values": {"org_alpha": ORGANIZATION}}},
    "provision": "link",
}
CREATE = LINK | {
    "claims": {
        **LINK["claims"],  # type: ignore[dict-item]
        "role": {"path": "$.roles", "values": {"org:admin": "MANAGER"}, "default": "MEMBER"},
    },
    "provision": "create",
}
OWNER = {"sub": "x", "workline": {"user": OWNER_ID, "organization": ORGANIZATION}}
PERSON = {"sub": "auth0|1", "org": "org_alpha", "email": "Alpha.1@example.com", "email_verified": True}
STRANGER = PERSON | {"sub": "auth0|2", "email": "new@example.com", "name": "New Person", "roles": ["x", "org:admin"]}


@pytest.fixture(scope="module")
def issuer() -> TokenIssuer:
    """Return an issuer whose keys do not change."""
    return TokenIssuer()


@asynccontextmanager
async def client(
    api: Api,
    database: TestDatabase,
    issuer: TokenIssuer,
    monkeypatch: pytest.MonkeyPatch,
    *issuers: Mapping[str, Any],
    **chosen: Any,
) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the application with these settings of issuers, and others by name."""
    settings = settings_for(database, issuers=orjson.dumps(issuers).decode(), **chosen)
    reachable = httpx.AsyncClient(transport=issuer.transport)
    monkeypatch.setattr(http_services, "http_client", lambda: reachable)
    app = create_app(settings, api_services(api, MIGRATIONS))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        transport = httpx.ASGITransport(app)
        yield await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://server"))


async def send(http: httpx.AsyncClient, token: str, query: str = VIEWER) -> Json:
    """Return the body of a response."""
    headers = {"authorization": f"Bearer {token}"}
    body: Json = (await http.post("/graphql", json={"query": query}, headers=headers)).json()
    return body


@pytest.fixture
async def served(
    workline_api: Api, own_organizations: TestDatabase, issuer: TokenIssuer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the application with an issuer whose tokens name users by their IDs."""
    async with client(workline_api, own_organizations, issuer, monkeypatch, NONE) as http:
        yield http


async def test_a_token_acts_as_the_user_whose_id_it_contains(served: httpx.AsyncClient, issuer: TokenIssuer) -> None:
    found = (await send(served, issuer.token(OWNER)))["data"]["viewer"]
    assert (found["user"]["id"], found["role"], found["organization"]["id"]) == (OWNER_ID, "OWNER", ORGANIZATION)
    manager = {"workline": {"user": MANAGER_ID, "organization": ORGANIZATION}}
    assert (await send(served, issuer.token(manager)))["data"]["viewer"]["role"] == "MANAGER"


def _wrong(issuer: TokenIssuer) -> dict[str, str]:
    """Return tokens that are invalid for one reason each."""
    now, right = int(time.time()), {"iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 3600, **OWNER}
    public = issuer.keys["rsa-1"].as_pem(private=False)
    other = TokenIssuer()
    valid = issuer.token(OWNER)
    head, body, signature = valid.split(".")
    unknown = id_of("users", 6)
    other.keys["rsa-9"] = RSAKey.generate_key(2048, {"kid": "rsa-9"})
    return {
        "expired": issuer.token(OWNER | {"exp": now - 1}),
        "without expiry": issuer.token(OWNER | {"exp": None}),
        "of the future": issuer.token(OWNER | {"iat": now + 3600}),
        "not valid yet": issuer.token(OWNER | {"nbf": now + 3600}),
        "infinite": issuer.token(OWNER | {"exp": 1e300}),
        "of another audience": issuer.token(OWNER | {"aud": "https://other.example"}),
        "without audience": issuer.token(OWNER | {"aud": None}),
        "of an unknown issuer": issuer.token(OWNER | {"iss": "https://other.example"}),
        "of our own issuer": issuer.token(OWNER | {"iss": "workline"}),
        "signed by another key of the same id": other.token(OWNER),
        "signed by an unknown key": other.token(OWNER, key="rsa-9"),
        "without a signature": f"{encoded(orjson.dumps({'alg': 'none', 'kid': 'rsa-1'}))}.{body}.",
        "alg none with the signature": f"{encoded(orjson.dumps({'alg': 'none', 'kid': 'rsa-1'}))}.{body}.{signature}",
        "HMAC with the public key": forged(right, public, kid="rsa-1"),
        "HMAC with any key": forged(right, b"x" * 32, kid="rsa-1"),
        "of another algorithm": issuer.token(OWNER, algorithm="RS512"),
        "with another body": f"{head}.{encoded(orjson.dumps(right | {'sub': 'y'}))}.{signature}",
        "without a user": issuer.token({"workline": {"organization": ORGANIZATION}}),
        "without an organization": issuer.token({"workline": {"user": OWNER_ID}}),
        "of an unknown user": issuer.token({"workline": {"user": str(unknown), "organization": ORGANIZATION}}),
        "of a deactivated user": issuer.token(
            {"workline": {"user": str(id_of("users", 3)), "organization": ORGANIZATION}}
        ),
        "of a user in another organization": issuer.token(
            {"workline": {"user": str(unknown), "organization": str(ALPHA.organization)}}
        ),
    }


async def test_a_wrong_token_is_refused_like_an_invalid_one(served: httpx.AsyncClient, issuer: TokenIssuer) -> None:
    for reason, token in _wrong(issuer).items():
        assert await send(served, token) == REFUSAL, reason
    assert "errors" not in await send(served, issuer.token(OWNER))


async def test_deactivation_ends_the_tokens_of_an_issuer(
    served: httpx.AsyncClient, issuer: TokenIssuer, own_organizations: TestDatabase
) -> None:
    token = issuer.token({"workline": {"user": MANAGER_ID, "organization": ORGANIZATION}})
    assert "errors" not in await send(served, token)
    async with own_organizations.as_system() as connection:
        await connection.execute("UPDATE users SET deactivated_at = now() WHERE role = 'MANAGER'")
    create = 'mutation { createLabel(input: {name: "x", color: "#000000"}) { errors { code } } }'
    assert await send(served, token, create) == REFUSAL


async def test_a_verified_address_links_a_person_to_its_user(
    workline_api: Api, own_organizations: TestDatabase, issuer: TokenIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with client(workline_api, own_organizations, issuer, monkeypatch, LINK) as http:
        for wrong in (
            {"email_verified": False}, {"email_verified": None}, {"email": None}, {"email": "new@example.com"},
            {"org": "org_bravo"}, {"org": str(BRAVO.organization)},
        ):  # fmt: skip
            assert await send(http, issuer.token(PERSON | wrong)) == REFUSAL, wrong
        found = (await send(http, issuer.token(PERSON)))["data"]["viewer"]
        assert (found["user"]["id"], found["role"]) == (MANAGER_ID, "MANAGER")
        # from now on the person is known by the name at the issuer
        renamed = issuer.token(PERSON | {"email": "else@example.com", "email_verified": False})
        assert (await send(http, renamed))["data"]["viewer"]["user"]["id"] == MANAGER_ID
        assert await send(http, issuer.token({**PERSON, "sub": "auth0|3", "email_verified": False})) == REFUSAL


async def test_a_link_removes_the_password_of_an_unverified_address(
    workline_api: Api, own_organizations: TestDatabase, issuer: TokenIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with own_organizations.as_system() as connection:
        await connection.execute("UPDATE identities SET verified_at = NULL WHERE email = 'alpha.1@example.com'")
    async with client(workline_api, own_organizations, issuer, monkeypatch, LINK) as http:
        assert "errors" not in await send(http, issuer.token(PERSON))
    stored = "SELECT verified_at IS NOT NULL, password_hash FROM identities WHERE email = 'alpha.1@example.com'"
    async with own_organizations.as_system() as connection:
        assert tuple(await connection.fetchrow(stored) or ()) == (True, None)


async def test_an_unknown_person_becomes_a_user_in_the_role_of_its_claim(
    workline_api: Api, own_organizations: TestDatabase, issuer: TokenIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with client(workline_api, own_organizations, issuer, monkeypatch, CREATE) as http:
        tokens = [issuer.token(STRANGER | {"jti": str(number)}) for number in range(4)]
        bodies = await asyncio.gather(*(send(http, token) for token in tokens))
        found = [body["data"]["viewer"] for body in bodies]
        assert len({each["user"]["id"] for each in found}) == 1
        assert found[0]["role"] == "MANAGER"
        assert found[0]["user"] | {"id": ""} == {"id": "", "email": "new@example.com", "name": "New Person"}
        # the stored role counts, whatever a later token says
        later = issuer.token(STRANGER | {"roles": []})
        assert (await send(http, later))["data"]["viewer"]["role"] == "MANAGER"
        assert await send(http, issuer.token(STRANGER | {"sub": "y", "org": "org_other"})) == REFUSAL
        plain = STRANGER | {"sub": "z", "email": "plain@example.com", "roles": None}
        assert (await send(http, issuer.token(plain)))["data"]["viewer"]["role"] == "MEMBER"


async def test_a_deactivated_person_is_not_created_again(
    workline_api: Api, own_organizations: TestDatabase, issuer: TokenIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with client(workline_api, own_organizations, issuer, monkeypatch, CREATE) as http:
        id = (await send(http, issuer.token(STRANGER)))["data"]["viewer"]["user"]["id"]
        async with own_organizations.as_system() as connection:
            await connection.execute(f"SET app.org = '{ORGANIZATION}'")
            await connection.execute("UPDATE users SET deactivated_at = now() WHERE id = $1", id)
            await connection.execute("SELECT drop_login($1)", id)
        for claims in (STRANGER, STRANGER | {"email": "new2@example.com"}, STRANGER | {"sub": "auth0|9"}):
            assert await send(http, issuer.token(claims | {"jti": "again"})) == REFUSAL


def keys_of(issuer: TokenIssuer, clock: Callable[[], float], **changes: Any) -> IssuerKeys:
    settings = IssuerSettings.model_validate(NONE | changes)
    return IssuerKeys(settings, httpx.AsyncClient(transport=issuer.transport), clock=clock)


async def test_keys_are_fetched_once_a_minute_at_most_and_rotate() -> None:
    issuer, now = TokenIssuer(), [1000.0]
    keys = keys_of(issuer, lambda: now[0])
    await asyncio.gather(*(keys.find("rsa-1") for _ in range(20)))
    assert len(issuer.requests) == 2  # the metadata and the keys
    issuer.rotate("rsa-2")
    for _ in range(20):
        with pytest.raises(InvalidToken):
            await keys.find("rsa-2")
    assert len(issuer.requests) == 2
    now[0] += FETCH_PERIOD
    await keys.find("rsa-2")
    with pytest.raises(InvalidToken):
        await keys.find("rsa-1")
    assert len(issuer.requests) == 4
    now[0] += KEYS_AGE
    issuer.is_down = True
    await keys.find("rsa-2")  # known keys outlast a failed fetch
    await keys.find("rsa-2")
    assert len(issuer.requests) == 5


async def test_an_unreachable_issuer_is_unavailable_and_is_tried_again_after_a_minute() -> None:
    issuer, now = TokenIssuer(), [1000.0]
    keys = keys_of(issuer, lambda: now[0])
    issuer.is_down = True
    for _ in range(5):
        with pytest.raises(Unavailable):
            await keys.find("rsa-1")
    assert len(issuer.requests) == 1
    issuer.is_down = False
    now[0] += FETCH_PERIOD
    await keys.find("rsa-1")


@pytest.mark.parametrize(
    "changes",
    [{"issuer": "https://evil.example"}, {"jwks_uri": "http://issuer.example/keys"}, {"jwks_uri": None}],
    ids=str,
)
async def test_metadata_that_leads_elsewhere_is_refused(changes: dict[str, Any]) -> None:
    issuer = TokenIssuer()
    issuer.changes = changes
    with pytest.raises(Unavailable):
        await keys_of(issuer, lambda: 1000.0).find("rsa-1")


async def test_symmetric_and_encrypting_keys_of_an_issuer_are_ignored() -> None:
    wrong: list[dict[str, Any]] = [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "oct"},
        {**RSAKey.generate_key(2048, {"kid": "enc"}).as_dict(private=False), "use": "enc"},
        {"kty": "RSA", "kid": "broken"},
    ]
    answer = orjson.dumps({"keys": [*wrong, RSAKey.generate_key(2048, {"kid": "good"}).as_dict(private=False)]})
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=answer))
    settings = IssuerSettings.model_validate(NONE | {"jwks_uri": f"{ISSUER}/keys"})
    keys = IssuerKeys(settings, httpx.AsyncClient(transport=transport))
    await keys.find("good")
    for id in ("oct", "enc", "broken"):
        with pytest.raises(InvalidToken):
            await keys.find(id)


async def test_a_request_while_the_issuer_is_down_gets_a_clear_error(
    workline_api: Api, own_organizations: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = TokenIssuer()
    token, issuer.is_down = issuer.token(OWNER), True
    async with client(workline_api, own_organizations, issuer, monkeypatch, NONE) as http:
        (error,) = (await send(http, token))["errors"]
        assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE"
        assert error["message"] == "The keys of the token's issuer cannot be fetched. Try again."


async def test_a_server_without_issuers_opens_no_client_for_them(
    workline_api: Api, own_organizations: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(http_services, "http_client", lambda: opened.append("client"))
    app = create_app(settings_for(own_organizations), api_services(workline_api, MIGRATIONS))
    async with app.router.lifespan_context(app):
        assert opened == []
