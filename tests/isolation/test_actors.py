"""The attacker without access: holders of ended, forged and foreign tokens and keys, and clients without any.

Every root field and every mutation of the schema is called by each of them over HTTP.
"""

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from graphql_app.identity.api_keys import new_api_key
from graphql_app.identity.services import make_tokens
from graphql_app.identity.tokens import signing_key
from graphql_app.types.schema import Api
from tests.access.test_revoked_tokens import call, is_refusal
from tests.access.user_changes import REFUSAL
from tests.identity.api_keys import create_account, create_key
from tests.identity.issuer import TokenIssuer
from tests.identity.test_issuers import NONE, client
from tests.isolation.crawl_target import Ground
from tests.isolation.mutation_probes import Writing
from tests.support.databases import TestDatabase
from tests.support.error_cases import Clients, everything_in
from tests.support.forged_tokens import decoded, encoded, forged
from tests.support.organizations import ALPHA, BRAVO, id_of
from tests.support.settings import SECRET, settings_for

pytestmark = pytest.mark.slow
GONE = ALPHA.viewer("OWNER", 3)
UNLIMITED = {
    "login_failures_max": 100_000,
    "login_failures_per_address_max": 100_000,
    "login_failures_per_account_max": 100_001,
    "rate_limit": 0,
}
"""Settings without limits on wrong keys and on the cost of requests."""
WITHOUT_TOKEN = {"message": "Requires a valid bearer token: log in first.", "extensions": {"code": "UNAUTHENTICATED"}}


@dataclass(frozen=True, slots=True)
class Attack:
    """Served application, the tokens of the actors, and the documents that they send."""

    http: httpx.AsyncClient
    database: TestDatabase
    tokens: Mapping[str, str | None]
    documents: list[str]


def of_deployment(database: TestDatabase) -> dict[str, str | None]:
    """Return tokens that look like those of this deployment and are invalid for one reason each."""
    tokens, key = make_tokens(settings_for(database)), signing_key(SECRET)
    owner, foreign = ALPHA.viewer(), BRAVO.viewer("OWNER", 6)
    claims = decoded(tokens.issue(owner).text)[1]
    head, body, signature = tokens.issue(owner).text.split(".")
    nothing = encoded(orjson.dumps({"alg": "none", "kid": key.id}))
    return {
        "a client without a token": None,
        "a deactivated user": tokens.issue(GONE).text,
        "an expired token": tokens.issue(owner, ttl=-timedelta(seconds=1)).text,
        "a forged token": forged(claims, b"x" * 32, kid=key.id),
        "a token with alg none": f"{nothing}.{body}.",
        "a token with alg none and a signature": f"{nothing}.{body}.{signature}",
        "a token with another body": f"{head}.{encoded(orjson.dumps(claims | {'iat': 1}))}.{signature}",
        "a token of another algorithm": forged(claims, key.secret, algorithm="HS512", kid=key.id),
        "a token of another issuer": forged(claims | {"iss": "other"}, key.secret, kid=key.id),
        "a token before a new password": tokens.issue(replace(owner, credentials_version=7)).text,
        "a token of no session": tokens.issue(replace(owner, session_id=id_of("sessions", 1))).text,
        "a user of another organization": tokens.issue(replace(foreign, organization_id=ALPHA.organization)).text,
    }


def of_issuer(issuer: TokenIssuer) -> dict[str, str | None]:
    """Return invalid tokens of a configured issuer."""

    def token(user: int = 0, **claims: Any) -> str:
        person = {"user": str(id_of("users", user)), "organization": str(ALPHA.organization)}
        return issuer.token({"workline": person, **claims})

    other = TokenIssuer()
    body = token().split(".")[1]
    other_claims = {"workline": {"user": str(id_of("users", 0)), "organization": str(ALPHA.organization)}}
    return {
        "an expired token of an issuer": token(exp=int(time.time()) - 1),
        "a token for another audience": token(aud="https://other.example"),
        "a token of an unknown issuer": token(iss="https://other.example"),
        "a token signed by another issuer": other.token(other_claims),
        "a token of an issuer with alg none": f"{encoded(orjson.dumps({'alg': 'none', 'kid': 'rsa-1'}))}.{body}.",
        "a token of an issuer for a deactivated user": token(user=3),
        "a token of an issuer for a foreign user": token(user=6),
    }


async def of_keys(clients: Clients, database: TestDatabase) -> dict[str, str | None]:
    """Return API keys that have ended."""
    account, gone = await create_account(clients), await create_account(clients)
    revoked, expired = await create_key(clients, user=account), await create_key(clients, user=account)
    orphaned = await create_key(clients, user=gone)
    async with database.as_system() as connection:
        await connection.execute("UPDATE api_keys SET revoked_at = now() WHERE id = $1", UUID(revoked.id))
        await connection.execute("UPDATE api_keys SET expires_at = now() WHERE id = $1", UUID(expired.id))
        await connection.execute("UPDATE users SET deactivated_at = now() WHERE id = $1", gone)
    return {
        "a revoked key": revoked.text,
        "an expired key": expired.text,
        "a key of a deactivated account": orphaned.text,
        "an unknown key": new_api_key(),
        "the prefix of a key": revoked.prefix,
    }


@pytest.fixture
async def attack(
    workline_api: Api,
    own_organizations: TestDatabase,
    own_clients: Clients,
    ground: Ground,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Attack]:
    """Serve the application with an issuer, and make the tokens of all actors."""
    issuer = TokenIssuer()
    keys = await of_keys(own_clients, own_organizations)
    given, public = Writing(ground.api, ground.mine), workline_api.public
    documents = [f"{{ {call(name, field)} }}" for name, field in ground.api.query.fields.items() if name not in public]
    mutations = [name for name in ground.api.mutation.fields if name not in public]
    documents += [f"mutation {{ {given.call(name, '{ __typename }')} }}" for name in mutations]
    async with client(workline_api, own_organizations, issuer, monkeypatch, NONE, **UNLIMITED) as http:
        yield Attack(http, own_organizations, of_deployment(own_organizations) | of_issuer(issuer) | keys, documents)


async def answers(attack: Attack, token: str | None) -> list[Any]:
    """Return the bodies of the responses to all documents."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    found = []
    for start in range(0, len(attack.documents), 10):
        batch = [{"query": document} for document in attack.documents[start : start + 10]]
        found += (await attack.http.post("/graphql", json=batch, headers=headers)).json()
    return found


@pytest.mark.timeout(300)
async def test_no_field_and_no_mutation_serves_an_actor_without_access(attack: Attack) -> None:
    before = await everything_in(attack.database)
    assert len(attack.documents) > 80
    for actor, token in attack.tokens.items():
        bodies = await answers(attack, token)
        sent = zip(attack.documents, bodies, strict=True)
        if token is None:
            wrong = [document for document, body in sent if body != {"errors": [WITHOUT_TOKEN]}]
        else:
            wrong = [document for document, body in sent if not is_refusal(body)]
        assert not wrong, actor
    after = await everything_in(attack.database)
    after["login_failures"] = before["login_failures"]  # wrong keys are counted
    assert after == before
    # the same documents serve an owner, or fail for other reasons
    owner = make_tokens(settings_for(attack.database)).issue(ALPHA.viewer()).text
    assert REFUSAL not in (await answers(attack, owner))[:20]
