"""Bearer tokens: contents, and everything that makes one invalid."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

import pytest
from joserfc import jwt

from graphql_app.errors import InvalidToken, Unauthenticated
from graphql_app.identity.authenticator import Authenticator
from graphql_app.identity.tokens import Tokens, signing_key
from graphql_app.viewer import Viewer
from tests.support.forged_tokens import decoded, encoded, forged

SECRET = "a secret of at least thirty-two characters"
ISSUER = "workline-test"
VIEWER = Viewer(UUID("01890000-0000-7000-8000-000000000001"), UUID("01890000-0000-7000-8000-000000000002"), "OWNER")


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(SECRET, issuer=ISSUER, ttl=timedelta(hours=1))


def claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a valid token with changes, None for claims to leave out."""
    now = datetime.now(UTC)
    valid = {
        "sub": str(VIEWER.user_id),
        "org": str(VIEWER.organization_id),
        "role": VIEWER.role,
        "iat": now,
        "exp": now + timedelta(hours=1),
        "iss": ISSUER,
    }
    return {name: value for name, value in (valid | changes).items() if value is not None}


def forge(payload: dict[str, Any], *, algorithm: str = "HS256", **header: Any) -> str:
    """Return a token signed with the right key, whatever else is wrong with it."""
    key = signing_key(SECRET)
    return forged(payload, key.secret, algorithm=algorithm, **({"kid": key.id} | header))


def test_a_token_contains_the_viewer_and_its_expiry(tokens: Tokens) -> None:
    issued = tokens.issue(VIEWER)
    verified = tokens.verify(issued.text)
    assert verified.viewer == VIEWER
    assert verified.expires_at == issued.expires_at
    assert timedelta(minutes=59) < issued.expires_at - datetime.now(UTC) <= timedelta(hours=1)


def test_a_token_carries_the_standard_claims_and_the_fingerprint_of_its_key(tokens: Tokens) -> None:
    text = tokens.issue(VIEWER).text
    assert decoded(text)[0] == {"alg": "HS256", "typ": "JWT", "kid": signing_key(SECRET).id}
    assert set(decoded(text)[1]) == {
        "sub",
        "org",
        "role",
        "ver",
        "iat",
        "exp",
        "iss",
    }


def test_a_correctly_forged_token_is_accepted(
    tokens: Tokens,
) -> None:
    assert tokens.verify(forge(claims())).viewer == VIEWER


@pytest.mark.parametrize("missing", ["sub", "org", "role", "iat", "exp", "iss"])
def test_a_token_without_one_of_its_claims_is_refused(tokens: Tokens, missing: str) -> None:
    refused(tokens, forge(claims(**{missing: None})))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "another-issuer"},
        {"exp": datetime(2020, 1, 1, tzinfo=UTC)},
        {"iat": datetime(2100, 1, 1, tzinfo=UTC)},
        {"sub": "17"},
        {"org": "not-a-uuid"},
        {"org": 17},
        {"org": ["01890000-0000-7000-8000-000000000002"]},
        {"role": ""},
        {"role": {"name": "OWNER"}},
        {"exp": "tomorrow"},
    ],
    ids=str,
)
def test_a_token_with_one_wrong_claim_is_refused(tokens: Tokens, changes: dict[str, Any]) -> None:
    refused(tokens, forge(claims(**changes)))


NO_TIMES = [1e300, -1e300, float("inf"), float("nan"), 10**400, 10**12, "9" * 3000, True, [], {}, "2100-01-01"]
NO_IDS = [5, [], {}, "", "0" * 32, f"{{{VIEWER.user_id}}}", "\0"]
WRONG_KINDS: dict[str, list[Any]] = {
    "exp": [*NO_TIMES, str(2**32)],
    "iat": [*NO_TIMES, "1"],
    "nbf": [float("inf"), [], {}],
    "ver": [0, -1, 2**31, 10**400, 1e300, float("nan"), 1.0, "1", True, [], {}],
    "role": [5, True, [], "OWNER\0", "OWNER\n", "\ud800"],
    "sub": NO_IDS,
    "org": NO_IDS,
}


@pytest.mark.parametrize(
    ("claim", "value"),
    [(claim, value) for claim, values in WRONG_KINDS.items() for value in values],
    ids=lambda value: repr(value)[:20],
)
def test_a_signed_claim_of_a_wrong_type_or_range_is_refused(tokens: Tokens, claim: str, value: Any) -> None:
    refused(tokens, forge(claims(**{claim: value})))


def test_times_may_have_fractions_of_a_second(tokens: Tokens) -> None:
    now = datetime.now(UTC).timestamp()
    assert tokens.verify(forge(claims(iat=now - 0.5, exp=now + 60.5))).viewer == VIEWER


def test_a_token_carries_the_credentials_version_and_defaults_to_the_first(tokens: Tokens) -> None:
    later = replace(VIEWER, credentials_version=7)
    assert tokens.verify(tokens.issue(later).text).viewer == later
    assert tokens.verify(forge(claims())).viewer.credentials_version == 1


@pytest.mark.parametrize("role", ["WIZARD", "owner", "OWNER ", "' OR true --"])
def test_a_missing_role_is_refused(role: str) -> None:
    tokens = Tokens(SECRET, issuer=ISSUER, ttl=timedelta(hours=1), roles=["OWNER", "MEMBER"])
    assert tokens.verify(forge(claims())).viewer == VIEWER
    refused(tokens, forge(claims(role=role)))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512", "none"])
def test_another_algorithm_is_refused_even_with_the_right_key(tokens: Tokens, algorithm: str) -> None:
    refused(tokens, forge(claims(), algorithm=algorithm))


@pytest.mark.parametrize("header", [{"kid": "another"}, {"kid": None}])
def test_another_key_id_is_refused(tokens: Tokens, header: dict[str, Any]) -> None:
    refused(tokens, forge(claims(), **header))


def test_a_token_of_a_previous_key_is_accepted_until_that_key_is_removed(tokens: Tokens) -> None:
    old = tokens.issue(VIEWER)
    rotated = Tokens("another " + SECRET, issuer=ISSUER, ttl=timedelta(hours=1), previous=[SECRET])
    assert rotated.verify(old.text).viewer == VIEWER
    new = rotated.issue(VIEWER)
    assert decoded(new.text)[0]["kid"] == signing_key("another " + SECRET).id
    refused(tokens, new.text)
    refused(Tokens("another " + SECRET, issuer=ISSUER, ttl=timedelta(hours=1)), old.text)


def test_a_token_that_names_one_accepted_key_and_is_signed_with_another_is_refused() -> None:
    rotated = Tokens("another " + SECRET, issuer=ISSUER, ttl=timedelta(hours=1), previous=[SECRET])
    refused(rotated, forge(claims(), kid=signing_key("another " + SECRET).id))


def test_a_token_of_another_secret_is_refused(tokens: Tokens) -> None:
    foreign_tokens = Tokens(SECRET + "!", issuer=ISSUER, ttl=timedelta(hours=1))
    refused(tokens, foreign_tokens.issue(VIEWER).text)


def test_a_token_with_a_changed_payload_is_refused(tokens: Tokens) -> None:
    header, _, signature = tokens.issue(VIEWER).text.split(".")
    payload = forge(claims(role="ADMIN")).split(".")[1]
    refused(tokens, f"{header}.{payload}.{signature}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a.b",
        "a.b.c",
        "..",
        "ä.ö.ü",
        "\ud800.\x00.x",
        "x" * 5000,
        f"{encoded(b'[]')}.{encoded(b'{}')}.x",
        f"{encoded(b'[' * 2900)}.{encoded(b'{}')}.x",
        f"{encoded(b'5')}.{encoded(b'5')}.x",
    ],
)
def test_an_arbitrary_string_is_refused(tokens: Tokens, text: str) -> None:
    refused(tokens, text)


def test_a_token_of_shorter_lifetime_expires_earlier(tokens: Tokens) -> None:
    refused(tokens, tokens.issue(VIEWER, ttl=timedelta(seconds=-1)).text)
    assert tokens.verify(tokens.issue(VIEWER, ttl=timedelta(minutes=1)).text).viewer == VIEWER


def test_a_token_is_hidden_in_representations(tokens: Tokens) -> None:
    issued = tokens.issue(VIEWER)
    assert issued.text not in repr(issued)
    assert SECRET not in repr(signing_key(SECRET))
    assert repr(signing_key(SECRET).secret) not in repr(signing_key(SECRET))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "  BEARER "])
async def test_the_scheme_of_the_header_is_case_insensitive(tokens: Tokens, scheme: str) -> None:
    found = await Authenticator(tokens).credentials(f"{scheme} {tokens.issue(VIEWER).text} ", "")
    assert found is not None
    assert found.viewer == VIEWER


async def test_a_missing_header_has_no_credentials(tokens: Tokens) -> None:
    assert await Authenticator(tokens).credentials(None, "") is None


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dTpw", "Token abc", "4b1c2f1e-8c63"])
async def test_a_header_without_a_bearer_token_is_refused(tokens: Tokens, header: str) -> None:
    with pytest.raises(Unauthenticated):
        await Authenticator(tokens).credentials(header, "")


def refused(tokens: Tokens, text: str) -> None:
    with pytest.raises(InvalidToken) as caught:
        tokens.verify(text)
    assert str(caught.value) == InvalidToken.message
    assert caught.value.extensions == {"code": "UNAUTHENTICATED"}
    assert caught.value.__cause__ is None


def test_a_signature_is_verified_once(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    text = tokens.issue(VIEWER).text
    first = tokens.verify(text)
    monkeypatch.setattr(jwt, "decode", None)
    assert tokens.verify(text) is first


def test_a_cached_token_expires(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = tokens.issue(VIEWER)
    tokens.verify(issued.text)

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return issued.expires_at

    monkeypatch.setattr("graphql_app.identity.tokens.datetime", Later)
    with pytest.raises(InvalidToken):
        tokens.verify(issued.text)


def test_the_number_of_cached_tokens_is_limited(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphql_app.identity.tokens.REMEMBERED", 2)
    for minutes in range(1, 6):
        tokens.verify(tokens.issue(VIEWER, ttl=timedelta(minutes=minutes)).text)
    assert len(tokens._verified) == 2
