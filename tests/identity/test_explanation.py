"""Explanation of tokens for operators: what they allow, or why they are refused, without any effect."""

import httpx
import orjson
import pytest

from graphql_app.identity import explanation
from graphql_app.identity.api_keys import new_api_key
from graphql_app.identity.explanation import explain
from graphql_app.identity.services import make_tokens
from tests.identity.api_keys import OWNER, create_key
from tests.identity.issuer import TokenIssuer
from tests.identity.test_issuers import CREATE, ORGANIZATION, PERSON, STRANGER
from tests.support.databases import TestDatabase
from tests.support.error_cases import Clients, everything_in
from tests.support.organizations import ALPHA
from tests.support.settings import settings_for


async def explained(database: TestDatabase, token: str, *issuers: object) -> tuple[bool, str]:
    """Return whether a token is accepted, and the lines of its explanation as one text."""
    settings = settings_for(database, issuers=orjson.dumps(issuers).decode())
    found = await explain(token, settings, database.app)
    return found.is_accepted, "\n".join(found.lines)


async def test_a_token_of_the_deployment_is_explained(own_organizations: TestDatabase) -> None:
    tokens = make_tokens(settings_for(own_organizations))
    is_accepted, text = await explained(own_organizations, tokens.issue(OWNER).text)
    assert is_accepted
    assert f"({OWNER.user_id})" in text
    assert f"({ALPHA.organization})" in text
    assert "Role: OWNER" in text
    assert "UTC, in" in text
    # the stored role counts
    _, text = await explained(own_organizations, tokens.issue(ALPHA.viewer("OWNER", 2)).text)
    assert "Role: MEMBER" in text


async def test_the_reason_for_a_refusal_is_stated(own_organizations: TestDatabase) -> None:
    tokens = make_tokens(settings_for(own_organizations))
    gone = tokens.issue(ALPHA.viewer("OWNER", 3)).text
    for token, reason in {
        "x": "neither an API key nor a signed token",
        "wl_x": "The key is unknown",
        new_api_key(): "The key is unknown",
        tokens.issue(OWNER).text[:-3] + "abc": "not signed with WORKLINE_SECRET_KEY",
        TokenIssuer().token(PERSON): "is not in WORKLINE_ISSUERS",
        gone: "deactivated",
    }.items():
        is_accepted, text = await explained(own_organizations, token)
        assert not is_accepted, token
        assert reason in text, token


async def test_a_key_is_explained_without_noting_its_use(own_clients: Clients, own_organizations: TestDatabase) -> None:
    key = await create_key(own_clients, "read", "money")
    before = await everything_in(own_organizations)
    is_accepted, text = await explained(own_organizations, key.text)
    assert is_accepted
    assert "Scopes: money, read" in text
    assert "It does not expire." in text
    assert await everything_in(own_organizations) == before


async def test_a_token_of_an_issuer_is_explained_without_creating_its_user(
    own_organizations: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = TokenIssuer()
    monkeypatch.setattr(explanation, "http_client", lambda: httpx.AsyncClient(transport=issuer.transport))
    before = await everything_in(own_organizations)
    is_accepted, text = await explained(own_organizations, issuer.token(STRANGER), CREATE)
    assert is_accepted
    assert "Token of the issuer https://issuer.example." in text
    assert "New Person <new@example.com>" in text
    assert ORGANIZATION in text
    for wrong, reason in (
        ({"aud": "x"}, "Its audience is not one of https://api.example."),
        ({"exp": 1}, "It expired at 1970-01-01 00:00:01 UTC."),
        ({"email_verified": False}, "Its email address is missing or not verified."),
        ({"org": "org_x"}, "The claim of the organization is not the ID of an organization."),
    ):
        is_accepted, text = await explained(own_organizations, issuer.token(STRANGER | wrong), CREATE)
        assert (is_accepted, text) == (False, f"Refused.\n{reason}")
    issuer.is_down = True
    is_accepted, text = await explained(own_organizations, issuer.token(STRANGER), CREATE)
    assert (is_accepted, text.splitlines()[0]) == (False, "Not verified.")
    assert await everything_in(own_organizations) == before
