"""Sign-up of an organization with its owner, and verification of addresses."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from graphql_app.identity.login_limits import MESSAGES
from graphql_app.identity.sign_up import remove_unverified
from graphql_app.jobs.maintenance import delete_expired
from tests.identity.test_password_changes import EMAIL, INVALID_TOKEN, UNKNOWN, accepts, codes, token_in
from tests.identity.test_sessions import log_in, viewer_of
from tests.support.api import Json, Workline
from tests.support.passwords import PASSWORD
from tests.support.settings import settings_for

ERRORS = "errors { __typename code path }"
SIGN_UP = f"mutation ($i: SignUpInput!) {{ signUp(input: $i) {{ {ERRORS} }} }}"
VERIFY = f"mutation ($t: String!) {{ verifyEmail(input: {{token: $t}}) {{ {ERRORS} }} }}"
RESEND = f"mutation ($e: String!) {{ resendVerification(input: {{email: $e}}) {{ {ERRORS} }} }}"
LOG_IN = "mutation ($i: LogInInput!) { logIn(input: $i) { token errors { code path } } }"
ZOE = "zoe@north.example"
NEW: Json = {"organizationName": " North ", "name": "Zoe", "email": "Zoe@North.example", "password": PASSWORD}
COUNTS = "SELECT (SELECT count(*) FROM organizations), (SELECT count(*) FROM users), (SELECT count(*) FROM identities)"


async def sign_up(workline: Workline, **changes: Any) -> Json:
    payload: Json = (await workline.fetch(SIGN_UP, None, i={**NEW, **changes}))["signUp"]
    return payload


async def verify(workline: Workline, token: str) -> Json:
    payload: Json = (await workline.fetch(VERIFY, None, t=token))["verifyEmail"]
    return payload


async def subject_and_token(workline: Workline) -> tuple[str, str]:
    (message,) = await workline.postbox.messages()
    return message["Subject"], token_in(message.get_content())


async def counts(workline: Workline) -> tuple[int, ...]:
    async with workline.database.as_system() as connection:
        return tuple(await connection.fetchrow(COUNTS) or ())


async def log_in_errors(workline: Workline, password: str = PASSWORD) -> list[tuple[str, str]]:
    payload = (await workline.fetch(LOG_IN, None, i={"email": ZOE, "password": password}))["logIn"]
    return codes(payload)


async def test_an_organization_is_signed_up_with_an_owner_that_logs_in_once_verified(own_workline: Workline) -> None:
    assert await sign_up(own_workline) == {"errors": []}
    subject, token = await subject_and_token(own_workline)
    assert subject == "Verify your address"
    assert await log_in_errors(own_workline) == [("EMAIL_NOT_VERIFIED", "email")]
    assert codes(await verify(own_workline, token)) == []
    viewer = viewer_of(own_workline, await log_in(own_workline, ZOE))
    shown = "{ viewer { user { name email role } organization { name users { totalCount } } } }"
    assert (await own_workline.fetch(shown, viewer))["viewer"] == {
        "user": {"name": "Zoe", "email": "Zoe@North.example", "role": "OWNER"},
        "organization": {"name": "North", "users": {"totalCount": 1}},
    }
    assert codes(await verify(own_workline, token)) == INVALID_TOKEN


async def test_a_known_address_gets_the_same_answer_after_the_same_statements_and_creates_nothing(
    own_workline: Workline,
) -> None:
    before = await counts(own_workline)
    with own_workline.statements() as known:
        answer = await own_workline.respond(SIGN_UP, None, i={**NEW, "email": EMAIL})
    assert await counts(own_workline) == before
    (notice,) = await own_workline.postbox.messages()
    assert (notice["To"], notice["Subject"]) == (EMAIL, "You can log in already")
    with own_workline.statements() as new:
        assert await own_workline.respond(SIGN_UP, None, i=NEW) == answer
    assert new == known
    assert await counts(own_workline) == tuple(number + 1 for number in before)
    assert await accepts(own_workline, PASSWORD)


async def test_a_second_sign_up_before_the_verification_creates_nothing_and_keeps_the_first_password(
    own_workline: Workline,
) -> None:
    await sign_up(own_workline)
    await own_workline.postbox.messages()
    before = await counts(own_workline)
    assert codes(await sign_up(own_workline, organizationName="South", password="another password")) == []
    assert await counts(own_workline) == before
    subject, token = await subject_and_token(own_workline)
    assert subject == "Verify your address"
    assert codes(await verify(own_workline, token)) == []
    assert await log_in_errors(own_workline, "another password") == [("INVALID", "")]
    assert await log_in_errors(own_workline) == []


async def test_all_errors_of_the_input_are_returned_at_once_and_nothing_is_sent(own_workline: Workline) -> None:
    payload = await sign_up(own_workline, organizationName=" ", name="a\nb", email="zoe", password="short")
    assert codes(payload) == [("INVALID", each) for each in ("organizationName", "name", "email", "password")]
    assert await own_workline.postbox.messages() == []


async def test_sign_up_can_be_switched_off(own_workline: Workline) -> None:
    services = own_workline.services
    own_workline.executor._services = replace(services, terms=replace(services.terms, sign_up=False))
    payload = await sign_up(own_workline)
    assert payload == {"errors": [{"__typename": "ForbiddenError", "code": "SIGN_UP_DISABLED", "path": []}]}


async def test_the_message_is_sent_again_until_the_address_is_verified(own_workline: Workline) -> None:
    await sign_up(own_workline)
    await own_workline.postbox.messages()
    answer = await own_workline.respond(RESEND, None, e=ZOE.upper())
    _, token = await subject_and_token(own_workline)
    for other in (UNKNOWN, EMAIL, ""):
        assert await own_workline.respond(RESEND, None, e=other) == answer
    assert await own_workline.postbox.messages() == []
    assert codes(await verify(own_workline, token)) == []
    await own_workline.fetch(RESEND, None, e=ZOE)
    assert await own_workline.postbox.messages() == []


async def test_a_token_of_another_purpose_verifies_nothing(own_workline: Workline) -> None:
    await sign_up(own_workline)
    _, verification = await subject_and_token(own_workline)
    await own_workline.fetch(
        "mutation ($e: String!) { requestPasswordReset(input: {email: $e}) { errors { code } } }", None, e=ZOE
    )
    _, reset = await subject_and_token(own_workline)
    assert codes(await verify(own_workline, reset)) == INVALID_TOKEN
    change = "mutation ($i: ResetPasswordInput!) { resetPassword(input: $i) { errors { code path } } }"
    given = {"token": verification, "newPassword": "another password"}
    assert codes((await own_workline.fetch(change, None, i=given))["resetPassword"]) == INVALID_TOKEN


@pytest.mark.parametrize("query", [SIGN_UP, RESEND])
async def test_messages_to_an_address_are_limited(own_workline: Workline, query: str) -> None:
    variables: Json = {"i": NEW} if query is SIGN_UP else {"e": ZOE}
    for at in range(MESSAGES):
        await own_workline.at(f"192.0.2.{at}").fetch(query, None, **variables)
    assert (await own_workline.at("192.0.2.99").refuse(query, None, **variables))["code"] == "RATE_LIMITED"


async def test_wrong_verification_tokens_are_limited(own_workline: Workline) -> None:
    here = own_workline.at("192.0.2.1")
    for _ in range(10):
        assert codes(await verify(here, "wrong")) == INVALID_TOKEN
    assert (await here.refuse(VERIFY, None, t="wrong"))["code"] == "RATE_LIMITED"


async def test_a_sign_up_that_is_never_verified_is_removed_and_nothing_else(own_workline: Workline) -> None:
    before, week = await counts(own_workline), timedelta(days=7)

    async def removed() -> int:
        return await remove_unverified(own_workline.connections, week)

    assert await sign_up(own_workline) == {"errors": []}
    assert await removed() == 0, "it is new"
    await age(own_workline)
    assert await removed() == 0, "its token is valid"
    async with own_workline.database.as_system() as connection:
        await connection.execute("UPDATE identity_tokens SET expires_at = now() - interval '1 hour'")
    await delete_expired(own_workline.connections, settings_for(own_workline.database))
    assert await counts(own_workline) == before
    assert await removed() == 0
    assert await sign_up(own_workline) == {"errors": []}
    assert await counts(own_workline) == tuple(number + 1 for number in before), "the address is available again"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE identities SET verified_at = now() WHERE email = 'zoe@north.example'",
        "INSERT INTO users (organization_id, id, name, email, role) SELECT organization_id, gen_random_uuid(), 'Mia', "
        "'mia@north.example', 'MEMBER' FROM users WHERE name = 'Zoe'",
        "UPDATE organizations SET created_at = now() WHERE name = 'North'",
    ],
    ids=["verified", "other-users", "older-organization"],
)
async def test_an_organization_in_use_is_not_removed(own_workline: Workline, change: str) -> None:
    await sign_up(own_workline)
    await age(own_workline)
    async with own_workline.database.as_system() as connection:
        await connection.execute("DELETE FROM identity_tokens")
        await connection.execute(change)
    before = await counts(own_workline)
    assert await remove_unverified(own_workline.connections, timedelta(days=7)) == 0
    assert await counts(own_workline) == before


async def age(workline: Workline) -> None:
    """Move the sign-up to eight days ago."""
    earlier = "SET created_at = created_at - interval '8 days'"
    async with workline.database.as_system() as connection:
        await connection.execute(f"UPDATE organizations {earlier} WHERE name = 'North'")
        await connection.execute(f"UPDATE identities {earlier} WHERE email = '{ZOE}'")
