"""Settings of external issuers, and the claims that Auth0, Clerk and Keycloak document."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from pydantic import ValidationError

from graphql_app.identity.issuer_keys import IssuerKeys
from graphql_app.identity.issuers import ExternalIssuer, RefusedToken, issuer_of
from graphql_app.settings import SettingsError, load_settings
from graphql_app.settings.issuers import Claim, IssuerSettings, steps_of
from tests.identity.issuer import TokenIssuer

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text()
ORGANIZATION = "0198d2a4-7b1e-7000-8000-000000000001"
ISSUER = {"issuer": "https://issuer.example", "audiences": ["api"]}
TOKENS: dict[str, dict[str, Any]] = {
    "Auth0": {
        "sub": "auth0|507f1f77bcf86cd799439020",
        "aud": ["https://api.example.com", "https://example.eu.auth0.com/userinfo"],
        "azp": "my_client_id",
        "scope": "openid profile",
        "permissions": ["read:tasks"],
        "org_id": "org_9ybsU1dN2dKfDkBi",
        "https://workline.example/email": "ada@example.com",
        "https://workline.example/email_verified": True,
    },
    "Clerk": {
        "azp": "https://app.example.com",
        "sub": "user_2WbRSsVaVHkNdQEDsmZkYrXSb",
        "jti": "7f3c",
        "aud": "workline",
        "email": "ada@example.com",
        "email_verified": True,
        "org": {"id": "org_2Zx1", "role": "org:admin"},
    },
    "Keycloak": {
        "typ": "Bearer",
        "azp": "workline",
        "sub": "8f2d2f0c-93a3-4f51-8b8f-3d0e3f8f6b10",
        "aud": ["workline", "account"],
        "realm_access": {"roles": ["offline_access", "uma_authorization"]},
        "resource_access": {"workline": {"roles": ["uma_protection", "manager"]}, "account": {"roles": ["view"]}},
        "scope": "profile email",
        "email": "ada@example.com",
        "email_verified": True,
        "workline_organization": ORGANIZATION,
    },
}
"""Claims of access tokens as the documentation of the provider shows them."""


def guide(provider: str) -> dict[str, Any]:
    """Return the settings in the guide of a provider."""
    section = PAGE.split(f"### {provider}\n", 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]
    settings: dict[str, Any] = orjson.loads(re.findall(r"```json\n(.*?)```", section, re.DOTALL)[-1])
    return settings


def external(issuer: TokenIssuer, settings: Mapping[str, Any], roles: tuple[str, ...] = ()) -> ExternalIssuer:
    chosen = IssuerSettings.model_validate(settings)
    return ExternalIssuer(chosen, IssuerKeys(chosen, httpx.AsyncClient(transport=issuer.transport)), roles)


@pytest.mark.parametrize("provider", TOKENS)
async def test_the_settings_of_a_guide_read_the_documented_claims(provider: str) -> None:
    settings = guide(provider)
    issuer = TokenIssuer(settings["issuer"])
    person = await external(issuer, settings).verify(issuer.token(TOKENS[provider]))
    assert person.subject == TOKENS[provider]["sub"]
    assert (person.email, person.is_verified) == ("ada@example.com", True)
    assert str(person.organization_id) == ORGANIZATION
    assert person.role == (None if provider == "Auth0" else "MANAGER")
    with pytest.raises(RefusedToken):
        await external(issuer, settings).verify(issuer.token(TOKENS[provider] | {"aud": "account"}))


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ({"path": "$.a.b[1]"}, "y"),
        ({"path": "$['https://x.example/c']"}, "z"),
        ({"path": '$["a"].b[0]'}, "x"),
        ({"path": "$.a.b"}, "x"),
        ({"path": "$.a.b", "values": {"y": "MEMBER"}}, "MEMBER"),
        ({"path": "$.a.b", "values": {"z": "MEMBER"}, "default": "GUEST"}, "GUEST"),
        ({"path": "$.missing"}, None),
        ({"path": "$.missing", "default": "d"}, "d"),
        ({"path": "$.a.b[7]"}, None),
        ({"path": "$.a"}, None),
        ({"path": "$.number"}, None),
        ({"literal": "same"}, "same"),
    ],
    ids=str,
)
def test_a_claim_is_read_by_its_path(claim: dict[str, Any], expected: str | None) -> None:
    claims = {"a": {"b": ["x", "y"]}, "https://x.example/c": "z", "number": 7}
    assert Claim.model_validate(claim).read(claims) == expected


@pytest.mark.parametrize("path", ["", "a.b", "$a", "$.", "$[x]", "$.a[", "$..a", "$.a b"])
def test_a_path_of_another_form_is_an_error(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        steps_of(path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"audiences": []},
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"algorithms": []},
        {"provision": "create"},
        {"provision": "always"},
        {"claims": {"user": {"path": "sub"}}},
        {"claims": {"usr": "x"}},
        {"jwksUri": "https://x"},
    ],
    ids=str,
)
def test_wrong_settings_of_an_issuer_are_errors(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        IssuerSettings.model_validate(ISSUER | wrong)


def problem(**settings: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(**settings)
    return "\n".join(caught.value.problems)


def test_the_variable_names_its_problem(tmp_path: Path) -> None:
    def issuers(*each: Any) -> Any:
        return {"data_dir": tmp_path, "issuers": orjson.dumps(each).decode()}

    assert load_settings(**issuers(ISSUER)).issuers == [IssuerSettings.model_validate(ISSUER)]
    assert problem(data_dir=tmp_path, issuers="{").startswith("WORKLINE_ISSUERS is not JSON")
    assert problem(**issuers(ISSUER | {"algorithms": ["HS256"]})).startswith("WORKLINE_ISSUERS HS256 is not accepted")
    assert "twice" in problem(**issuers(ISSUER, ISSUER))
    assert "twice" in problem(**issuers(ISSUER | {"issuer": "workline", "jwks_uri": "https://issuer.example/keys"}))
    plain = ISSUER | {"issuer": "http://issuer.example"}
    assert load_settings(**issuers(plain)).issuers
    production = {
        "env": "production",
        "secret_key": "Zt8pWq3nKx5vLr7mYd2sHf9gJb4cRe6a",
        "database_url": "postgres://app:Zt8pWq3nKx5vLr7mYd2sHf9gJb4cRe6a@db/workline?sslmode=verify-full",
    }
    assert "must use https" in problem(**issuers(plain), **production)
    assert load_settings(**issuers(ISSUER | {"jwks_uri": "http://localhost:8080/keys"}), **production).issuers


@pytest.mark.parametrize(
    "token", ["", "a.b", "a.b.c", "..", "a." + "x" * 20_000 + ".c", "a.bnVsbA.c", "a.eyJpc3MiOjF9.c"]
)
def test_an_unreadable_token_names_no_issuer(token: str) -> None:
    assert issuer_of(token) is None
