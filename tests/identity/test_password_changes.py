"""Changes and resets of passwords: ended sessions, tokens that are used once, and answers that reveal no address."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from hashlib import sha1
from pathlib import Path

import pytest

from graphql_app.errors import Invalid
from graphql_app.identity.login_limits import MESSAGES
from graphql_app.identity.messages import Messages
from graphql_app.identity.password_policy import PasswordPolicy, read_breached_passwords
from graphql_app.settings import SettingsError
from tests.identity.test_sessions import ENDED, is_refused, join_bravo, log_in, refresh, viewer_of
from tests.support.api import Json, Workline
from tests.support.organizations import ALPHA
from tests.support.passwords import PASSWORD

ERRORS = "errors { code message path ... on ValidationError { limit { minLength maxLength } } }"
CHANGE = f"""mutation ($i: ChangePasswordInput!) {{
  changePassword(input: $i) {{ token expiresAt user {{ id }} {ERRORS} }} }}"""
REQUEST = f"mutation ($e: String!) {{ requestPasswordReset(input: {{email: $e}}) {{ {ERRORS} }} }}"
RESET = f"mutation ($i: ResetPasswordInput!) {{ resetPassword(input: $i) {{ {ERRORS} }} }}"
EMAIL, UNKNOWN, NEW = "alpha.0@example.com", "unknown@example.com", "a brand new password"
HOUR = timedelta(hours=1)
INVALID_TOKEN = [("INVALID", "token")]


def codes(payload: Json) -> list[tuple[str, str]]:
    return [(error["code"], ".".join(error["path"])) for error in payload["errors"]]


async def change(workline: Workline, session: Json, current: str = PASSWORD, new: str = NEW) -> Json:
    given = {"currentPassword": current, "newPassword": new}
    payload: Json = (await workline.fetch(CHANGE, viewer_of(workline, session), i=given))["changePassword"]
    return payload


async def request(workline: Workline, email: str) -> Json:
    payload: Json = (await workline.fetch(REQUEST, None, e=email))["requestPasswordReset"]
    return payload


async def reset(workline: Workline, token: str, password: str = NEW) -> Json:
    payload: Json = (await workline.fetch(RESET, None, i={"token": token, "newPassword": password}))["resetPassword"]
    return payload


async def sent_token(workline: Workline, email: str = EMAIL) -> str:
    """Request a reset, and return the token of the message."""
    assert (await request(workline, email))["errors"] == []
    (message,) = await workline.postbox.messages()
    assert message["To"] == email.lower()
    return token_in(message.get_content())


def token_in(text: str) -> str:
    (token,) = re.findall(r"[\w-]{43}", text)
    assert isinstance(token, str)
    return token


async def accepts(workline: Workline, password: str) -> bool:
    query = "mutation ($i: LogInInput!) { logIn(input: $i) { token } }"
    return bool((await workline.fetch(query, None, i={"email": EMAIL, "password": password}))["logIn"]["token"])


async def test_a_changed_password_ends_all_other_sessions_and_keeps_this_one(own_workline: Workline) -> None:
    elsewhere = await join_bravo(own_workline)
    here, there = await log_in(own_workline), await log_in(own_workline)
    payload = await change(own_workline, here)
    assert codes(payload) == []
    (notice,) = await own_workline.postbox.messages()
    assert (notice["To"], notice["Subject"]) == (EMAIL, "Your password was changed")
    assert await refresh(own_workline, there["refreshToken"]) == ENDED
    for ended in (viewer_of(own_workline, there), viewer_of(own_workline, here), ALPHA.viewer(), elsewhere):
        assert await is_refused(own_workline, ended)
    assert not await is_refused(own_workline, viewer_of(own_workline, payload))
    assert (await refresh(own_workline, here["refreshToken"]))["errors"] == []
    assert [await accepts(own_workline, each) for each in (PASSWORD, NEW)] == [False, True]


async def test_a_wrong_current_password_changes_nothing_and_counts_as_a_failed_login(own_workline: Workline) -> None:
    session, here = await log_in(own_workline), own_workline.at("192.0.2.9")
    for _ in range(10):
        assert codes(await change(here, session, "wrong horse")) == [("INVALID", "currentPassword")]
    given = {"currentPassword": PASSWORD, "newPassword": NEW}
    assert (await here.refuse(CHANGE, viewer_of(here, session), i=given))["code"] == "RATE_LIMITED"
    assert await own_workline.postbox.messages() == []
    assert not await is_refused(own_workline, viewer_of(own_workline, session))


@pytest.mark.parametrize(
    ("password", "code", "limit"),
    [
        ("short", "INVALID", {"minLength": 8, "maxLength": 256}),
        ("x" * 257, "INVALID", {"minLength": 8, "maxLength": 256}),
        (" " * 12, "INVALID", {"minLength": 8, "maxLength": 256}),
        ("\U0001d160" * 128, "INVALID", None),
        (EMAIL.upper(), "PASSWORD_IS_ADDRESS", None),
    ],
)
async def test_a_password_that_the_policy_rejects_is_an_error_with_the_limit(
    own_workline: Workline, password: str, code: str, limit: Json | None
) -> None:
    session, token = await log_in(own_workline), await sent_token(own_workline)
    for payload in (await change(own_workline, session, new=password), await reset(own_workline, token, password)):
        (error,) = payload["errors"]
        assert (error["code"], error["path"], error["limit"]) == (code, ["newPassword"], limit)
    assert await accepts(own_workline, PASSWORD)


async def test_a_breached_password_is_refused_by_each_mutation_that_sets_one(
    own_workline: Workline, tmp_path: Path
) -> None:
    file = tmp_path / "breached.txt"
    file.write_text(f"correct horse\r\n\n{sha1(b'battery staple').hexdigest().upper()}:37\nwörter genug\n")
    policy = PasswordPolicy(breached=read_breached_passwords(file))
    services = replace(own_workline.services, password_policy=policy)
    own_workline.executor._services = services
    workline = replace(own_workline, services=services)
    session, token = await log_in(workline), await sent_token(workline)
    for breached in ("correct horse", "battery staple", "wörter genug"):
        assert codes(await change(workline, session, new=breached)) == [("PASSWORD_BREACHED", "newPassword")]
        assert codes(await reset(workline, token, breached)) == [("PASSWORD_BREACHED", "newPassword")]
        new = {"name": "Zoe", "email": "zoe@example.com", "password": breached}
        query = "mutation ($i: CreateUserInput!) { createUser(input: $i) { errors { code path } } }"
        assert codes((await workline.fetch(query, i=new))["createUser"]) == [("PASSWORD_BREACHED", "password")]
    assert codes(await reset(workline, token, "Correct horse")) == []


def test_a_missing_file_of_breached_passwords_is_an_error_of_the_settings(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="WORKLINE_BREACHED_PASSWORDS cannot be read"):
        read_breached_passwords(tmp_path / "missing.txt")


def test_the_minimum_length_is_a_setting() -> None:
    with pytest.raises(Invalid) as refused:
        PasswordPolicy(least=12).check("elevenchars", None, "password")
    assert refused.value.limit is not None
    assert refused.value.limit.min_length == 12


async def test_a_reset_sets_the_password_once_and_ends_all_sessions(own_workline: Workline) -> None:
    session = await log_in(own_workline)
    first, second = await sent_token(own_workline, EMAIL.upper()), await sent_token(own_workline)
    assert codes(await reset(own_workline, first)) == []
    (notice,) = await own_workline.postbox.messages()
    assert notice["Subject"] == "Your password was changed"
    for used in (first, second, "unknown", "", session["refreshToken"]):
        assert codes(await reset(own_workline, used, "another password")) == INVALID_TOKEN
    assert await refresh(own_workline, session["refreshToken"]) == ENDED
    assert await is_refused(own_workline, viewer_of(own_workline, session))
    assert [await accepts(own_workline, each) for each in (PASSWORD, NEW)] == [False, True]


async def test_one_of_two_concurrent_resets_by_one_token_succeeds(own_workline: Workline) -> None:
    token = await sent_token(own_workline)
    done = await asyncio.gather(*(reset(own_workline, token, f"password {at}") for at in range(2)))
    assert sorted(map(codes, done)) == [[], INVALID_TOKEN]


async def test_an_expired_token_is_refused(own_workline: Workline) -> None:
    token = await sent_token(own_workline)
    async with own_workline.database.as_system() as connection:
        await connection.execute("UPDATE identity_tokens SET expires_at = now()")
    assert codes(await reset(own_workline, token)) == INVALID_TOKEN


async def test_a_reset_verifies_the_address(own_workline: Workline) -> None:
    async with own_workline.database.as_system() as connection:
        await connection.execute("UPDATE identities SET verified_at = NULL")
    assert codes(await reset(own_workline, await sent_token(own_workline))) == []
    assert await accepts(own_workline, NEW)


async def test_a_request_for_an_unknown_address_gets_the_same_answer_after_the_same_statements(
    own_workline: Workline,
) -> None:
    with own_workline.statements() as known:
        answer = await own_workline.respond(REQUEST, None, e=EMAIL)
    assert len(await own_workline.postbox.messages()) == 1
    for email in (UNKNOWN, "", "not an address", "a,b@example.com", "alpha.3@example.com"):
        with own_workline.statements() as unknown:
            assert await own_workline.respond(REQUEST, None, e=email) == answer
        assert unknown == known
        assert await own_workline.postbox.messages() == []


@pytest.mark.parametrize("email", [EMAIL, UNKNOWN])
async def test_requests_for_one_address_are_limited_whether_it_exists_or_not(
    own_workline: Workline, email: str
) -> None:
    for at in range(MESSAGES):
        await request(own_workline.at(f"192.0.2.{at}"), email)
    assert (await own_workline.at("192.0.2.99").refuse(REQUEST, None, e=email))["code"] == "RATE_LIMITED"
    assert len(await own_workline.postbox.messages()) == (MESSAGES if email == EMAIL else 0)
    assert await accepts(own_workline.at("192.0.2.99"), PASSWORD)


async def test_wrong_tokens_are_limited_by_the_client_address_and_lock_no_other_out(own_workline: Workline) -> None:
    token = await sent_token(own_workline)
    for network in range(6):
        for _ in range(10):
            await own_workline.at(f"192.0.2.{network}").respond(RESET, None, i={"token": "x", "newPassword": NEW})
        here, given = own_workline.at(f"192.0.2.{network}"), {"token": token, "newPassword": NEW}
        assert (await here.refuse(RESET, None, i=given))["code"] == "RATE_LIMITED"
    assert codes(await reset(own_workline.at("198.51.100.1"), token)) == []


async def test_no_token_is_stored_in_clear_text_or_logged(
    own_workline: Workline, capsys: pytest.CaptureFixture[str]
) -> None:
    token = await sent_token(own_workline)
    async with own_workline.database.as_system() as connection:
        stored = await connection.fetch("SELECT hash::text FROM identity_tokens")
    assert token not in f"{stored}{capsys.readouterr()}"
    assert len(stored) == 1


def test_a_link_has_the_token_in_the_fragment_that_browsers_do_not_send() -> None:
    terms = Messages("https://app.example").password_reset(EMAIL, "t0ken", HOUR)
    assert "https://app.example/reset-password#token=t0ken" in terms.text
    assert "Valid for 1 hour, once." in terms.text
    without = Messages().password_reset(EMAIL, "t0ken", HOUR)
    assert "use this token:\n\nt0ken\n" in without.text
