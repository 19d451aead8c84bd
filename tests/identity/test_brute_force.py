"""Brute force: bounds of guessing passwords, codes and tokens, as numbers of verified guesses."""

import asyncio
from collections import Counter

import httpx
import pytest

from graphql_app.identity.passwords import PasswordHasher
from tests.support.api import Json, Workline
from tests.support.error_cases import Clients
from tests.support.passwords import PASSWORD

EMAIL = "alpha.1@example.com"
LOG_IN = 'mutation ($p: String!) { logIn(input: {email: "alpha.1@example.com", password: $p}) { token } }'
CALL = 'logIn(input: {{email: "alpha.1@example.com", password: "guess {at}"}}) {{ token }}'
MOST = 10
"""Failures of an account from one address, by default."""


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the passwords that are hashed to be compared."""
    passwords: list[str] = []
    derive = PasswordHasher.derive

    async def watched(self: PasswordHasher, parameters: str | None, password: str) -> str:
        passwords.append(password)
        return await derive(self, parameters, password)

    monkeypatch.setattr(PasswordHasher, "derive", watched)
    return passwords


def outcomes(bodies: list[Json]) -> Counter[str]:
    """Count the codes of errors, and the answers without an error."""
    return Counter(
        body["errors"][0]["extensions"]["code"]
        if "errors" in body
        else ("token" if body["data"]["logIn"]["token"] else "refused")
        for body in bodies
    )


async def test_a_thousand_aliased_logins_verify_no_password(workline: Workline, verified: list[str]) -> None:
    document = f"mutation {{ {' '.join(f'a{at}: {CALL.format(at=at)}' for at in range(1_000))} }}"
    with workline.statements() as statements:
        body = await workline.respond(document, None)
    # the document has more tokens than one may have, and each login beyond the first is refused besides
    assert {error["extensions"]["code"] for error in body["errors"]} <= {"GRAPHQL_PARSE_FAILED", "COST_LIMIT_EXCEEDED"}
    assert (verified, statements) == ([], [])


async def test_a_thousand_batched_logins_verify_as_many_passwords_as_single_ones(
    own_clients: Clients, verified: list[str]
) -> None:
    batch = [{"query": LOG_IN, "variables": {"p": f"guess {at}"}} for at in range(10)]
    counted = Counter[str]()
    for _ in range(100):
        counted += outcomes((await own_clients.http.post("/graphql", json=batch)).json())
    assert counted == {"refused": MOST, "RATE_LIMITED": 1_000 - MOST}
    assert len(verified) == MOST


async def test_a_batch_of_a_thousand_logins_is_refused_as_a_whole(clients: Clients, verified: list[str]) -> None:
    batch = [{"query": LOG_IN, "variables": {"p": f"guess {at}"}} for at in range(1_000)]
    assert (await clients.http.post("/graphql", json=batch)).status_code == httpx.codes.BAD_REQUEST
    assert verified == []


async def test_two_hundred_parallel_wrong_passwords_verify_ten(own_workline: Workline, verified: list[str]) -> None:
    here = own_workline.at("192.0.2.1")
    bodies = await asyncio.gather(*(here.respond(LOG_IN, None, p=f"guess {at}") for at in range(200)))
    assert outcomes(bodies) == {"refused": MOST, "RATE_LIMITED": 200 - MOST}
    assert len(verified) == MOST


async def test_right_passwords_among_parallel_wrong_ones_do_not_raise_the_number_of_guesses(
    own_workline: Workline, verified: list[str]
) -> None:
    """A login clears the failures of its account at its address, for which an attacker has no right password."""
    other = [own_workline.at("192.0.2.2").respond(LOG_IN, None, p=PASSWORD) for _ in range(3)]
    guesses = [own_workline.at("192.0.2.1").respond(LOG_IN, None, p=f"guess {at}") for at in range(50)]
    bodies = await asyncio.gather(*other, *guesses)
    assert outcomes(bodies[:3]) == {"token": 3}
    assert outcomes(bodies[3:]) == {"refused": MOST, "RATE_LIMITED": 50 - MOST}
    assert Counter(password == PASSWORD for password in verified) == {True: 3, False: MOST}


GUESSES = {
    "refreshSession": 'refreshSession(input: {refreshToken: "guess"}) { token }',
    "resetPassword": 'resetPassword(input: {token: "guess", newPassword: "a new password"}) { errors { code } }',
    "verifyEmail": 'verifyEmail(input: {token: "guess"}) { errors { code } }',
    "acceptInvitation": 'acceptInvitation(input: {token: "guess", password: "a new password"}) { errors { code } }',
}


@pytest.mark.parametrize("call", GUESSES.values(), ids=GUESSES)
async def test_parallel_guesses_of_a_token_are_limited_for_one_address_and_not_for_others(
    own_workline: Workline, call: str
) -> None:
    here, document = own_workline.at("192.0.2.1"), f"mutation {{ {call} }}"
    bodies = await asyncio.gather(*(here.respond(document, None) for _ in range(40)))
    assert Counter("errors" in body for body in bodies) == {False: MOST, True: 40 - MOST}
    assert {body["errors"][0]["extensions"]["code"] for body in bodies if "errors" in body} == {"RATE_LIMITED"}
    assert "errors" not in await own_workline.at("198.51.100.1").respond(document, None)
