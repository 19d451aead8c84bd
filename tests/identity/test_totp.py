"""Second step of logins: codes of an authenticator app that are used once, recovery codes, and limits."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pyotp
import pytest

from graphql_app.identity.second_step import RECOVERY_CODES, step_of
from graphql_app.viewer import Viewer
from tests.identity.test_password_changes import EMAIL, codes
from tests.identity.test_sessions import is_refused, log_in, viewer_of
from tests.support.api import OWNER, Json, Workline
from tests.support.databases import connected
from tests.support.passwords import HASH, PASSWORD

ERRORS = "errors { code path }"
SET_UP = f"mutation ($p: String!) {{ setUpTotp(input: {{password: $p}}) {{ secret uri {ERRORS} }} }}"
ENABLE = f"mutation ($c: String!) {{ enableTotp(input: {{code: $c}}) {{ recoveryCodes {ERRORS} }} }}"
DISABLE = f"mutation ($i: DisableTotpInput!) {{ disableTotp(input: $i) {{ {ERRORS} }} }}"
LOG_IN = f"mutation ($i: LogInInput!) {{ logIn(input: $i) {{ token {ERRORS} }} }}"
CHANGE = f"mutation ($i: ChangePasswordInput!) {{ changePassword(input: $i) {{ token {ERRORS} }} }}"
NEW_PASSWORD = "another long password"
HAS = "{ viewer { hasTotp } }"


def code_of(secret: str, steps: int = 0) -> str:
    """Return the code that an app shows, ``steps`` of 30 seconds from now."""
    return pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30 * steps))


async def set_up(workline: Workline, viewer: Viewer, password: str = PASSWORD) -> Json:
    payload: Json = (await workline.fetch(SET_UP, viewer, p=password))["setUpTotp"]
    return payload


async def enabled(workline: Workline, viewer: Viewer = OWNER) -> tuple[str, list[str]]:
    """Enable an app for the owner with the code of the previous step. Return its secret and the recovery codes."""
    secret = (await set_up(workline, viewer))["secret"]
    payload = (await workline.fetch(ENABLE, viewer, c=code_of(secret, -1)))["enableTotp"]
    assert payload["errors"] == []
    return secret, payload["recoveryCodes"]


async def second(workline: Workline, code: str | None, password: str = PASSWORD) -> Json:
    """Return the payload of a login with a code."""
    given = {"email": EMAIL, "password": password, "totpCode": code}
    payload: Json = (await workline.fetch(LOG_IN, None, i=given))["logIn"]
    return payload


async def disable(workline: Workline, code: str, password: str = PASSWORD) -> Json:
    payload: Json = (await workline.fetch(DISABLE, OWNER, i={"password": password, "code": code}))["disableTotp"]
    return payload


async def test_an_app_is_required_after_it_has_shown_a_right_code(own_workline: Workline) -> None:
    made = await set_up(own_workline, OWNER)
    assert made["uri"].startswith(f"otpauth://totp/Workline:alpha.0%40example.com?secret={made['secret']}")
    assert (await own_workline.fetch(HAS))["viewer"]["hasTotp"] is False
    assert (await second(own_workline, None))["token"]
    for wrong in ("000000", "", "12345", code_of(made["secret"], 5)):
        refused = codes((await own_workline.fetch(ENABLE, c=wrong))["enableTotp"])
        assert refused in ([("TOTP_INVALID", "code")], [("TOTP_REQUIRED", "code")])
    payload = (await own_workline.fetch(ENABLE, c=code_of(made["secret"])))["enableTotp"]
    assert len(set(payload["recoveryCodes"])) == RECOVERY_CODES
    assert (await own_workline.fetch(HAS))["viewer"]["hasTotp"] is True
    (notice,) = await own_workline.postbox.messages()
    assert (notice["To"], notice["Subject"]) == (EMAIL, "An authenticator app was enabled")
    assert codes(await second(own_workline, None)) == [("TOTP_REQUIRED", "totpCode")]
    assert codes(await set_up(own_workline, OWNER)) == [("INVALID", "")]


async def test_a_secret_requires_the_password(own_workline: Workline) -> None:
    assert codes(await set_up(own_workline, OWNER, "wrong horse")) == [("INVALID", "password")]
    assert codes((await own_workline.fetch(ENABLE, c="123456"))["enableTotp"]) == [("INVALID", "")]


async def test_a_code_logs_in_once(own_workline: Workline) -> None:
    secret, _ = await enabled(own_workline)
    code = code_of(secret)
    assert (await second(own_workline, code))["token"]
    assert codes(await second(own_workline, code)) == [("TOTP_INVALID", "totpCode")]
    assert codes(await second(own_workline, code_of(secret, -1))) == [("TOTP_INVALID", "totpCode")]
    assert (await second(own_workline, f" {code_of(secret, 1)[:3]} {code_of(secret, 1)[3:]} "))["token"]


async def test_one_of_several_concurrent_logins_with_one_code_succeeds(own_workline: Workline) -> None:
    secret, recovery = await enabled(own_workline)
    for code in (code_of(secret), recovery[0]):
        done = await asyncio.gather(*(second(own_workline, code) for _ in range(4)))
        assert sorted(bool(each["token"]) for each in done) == [False, False, False, True]


async def test_a_wrong_password_and_a_missing_code_are_different_errors(own_workline: Workline) -> None:
    secret, _ = await enabled(own_workline)
    assert codes(await second(own_workline, code_of(secret), "wrong horse")) == [("INVALID", "")]
    assert codes(await second(own_workline, "000000")) == [("TOTP_INVALID", "totpCode")]
    assert (await second(own_workline, code_of(secret)))["token"]


async def test_a_recovery_code_logs_in_once_in_any_spelling(own_workline: Workline) -> None:
    _, recovery = await enabled(own_workline)
    assert (await second(own_workline, recovery[0]))["token"]
    assert codes(await second(own_workline, recovery[0])) == [("TOTP_INVALID", "totpCode")]
    assert (await second(own_workline, recovery[1].replace("-", " ").lower()))["token"]
    assert codes(await second(own_workline, "no such code")) == [("TOTP_INVALID", "totpCode")]


async def test_no_recovery_code_is_stored_in_clear_text(own_workline: Workline) -> None:
    _, recovery = await enabled(own_workline)
    async with own_workline.database.as_system() as connection:
        stored = str(await connection.fetch("SELECT hash, encode(hash, 'escape') FROM recovery_codes"))
    assert not [code for code in recovery if code in stored or code.replace("-", "") in stored]


async def test_an_app_is_disabled_by_the_password_and_a_code(own_workline: Workline) -> None:
    secret, recovery = await enabled(own_workline)
    await own_workline.postbox.messages()
    assert codes(await disable(own_workline, code_of(secret), "wrong horse")) == [("INVALID", "password")]
    assert codes(await disable(own_workline, "000000")) == [("TOTP_INVALID", "code")]
    assert codes(await disable(own_workline, "no such code")) == [("TOTP_INVALID", "code")]
    assert codes(await disable(own_workline, recovery[3])) == []
    (notice,) = await own_workline.postbox.messages()
    assert notice["Subject"] == "An authenticator app was disabled"
    assert (await second(own_workline, None))["token"]
    async with own_workline.database.as_system() as connection:
        assert await connection.fetchval("SELECT count(*) FROM recovery_codes") == 0


async def test_open_sessions_continue_when_an_app_is_enabled(own_workline: Workline) -> None:
    viewer = viewer_of(own_workline, await log_in(own_workline))
    await enabled(own_workline, viewer)
    assert not await is_refused(own_workline, viewer)


async def test_a_reset_password_does_not_replace_the_code(own_workline: Workline) -> None:
    await enabled(own_workline)
    async with own_workline.database.as_system() as connection:
        before = await connection.fetchval("SELECT count(*) FROM auth_sessions")
    reset = "mutation ($e: String!) { requestPasswordReset(input: {email: $e}) { errors { code } } }"
    await own_workline.fetch(reset, None, e=EMAIL)
    assert codes(await second(own_workline, None)) == [("TOTP_REQUIRED", "totpCode")]
    async with own_workline.database.as_system() as connection:
        assert await connection.fetchval("SELECT count(*) FROM auth_sessions") == before


async def test_wrong_codes_count_as_failed_logins_and_missing_ones_do_not(own_workline: Workline) -> None:
    secret, _ = await enabled(own_workline)
    here = own_workline.at("192.0.2.1")
    for _ in range(15):
        assert codes(await second(here, None)) == [("TOTP_REQUIRED", "totpCode")]
    for at in range(10):
        assert codes(await second(here, f"{at:06}")) == [("TOTP_INVALID", "totpCode")]
    given = {"email": EMAIL, "password": PASSWORD, "totpCode": code_of(secret)}
    assert (await here.refuse(LOG_IN, None, i=given))["code"] == "RATE_LIMITED"


@pytest.mark.parametrize(("seconds", "is_right"), [(0, True), (-30, True), (30, True), (-90, False), (90, False)])
def test_the_clock_of_a_device_may_differ_by_one_step(seconds: int, is_right: bool) -> None:
    secret, moment = pyotp.random_base32(), datetime(2026, 11, 30, 12, tzinfo=UTC)
    code = pyotp.TOTP(secret).at(moment + timedelta(seconds=seconds))
    assert (step_of(secret, code, moment) is not None) is is_right


def test_codes_are_those_of_the_specification() -> None:
    """RFC 6238, appendix B, with six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert step_of(secret, "287082", datetime.fromtimestamp(59, UTC)) == 1
    assert step_of(secret, "081804", datetime.fromtimestamp(1111111109, UTC)) == 37037036


async def test_a_server_of_the_previous_release_opens_no_session_without_a_code(own_workline: Workline) -> None:
    opened = "SELECT * FROM open_session($1, $2, NULL, $3, 'token', '1 hour', '', '', '{}', '{}', NULL)"
    for is_required in (False, True):
        if is_required:
            await enabled(own_workline)
        async with own_workline.database.as_system() as connection:
            assert len(await connection.fetch(opened, EMAIL, HASH, uuid4())) == (not is_required)
            await connection.execute("DELETE FROM refresh_tokens")


async def test_a_change_of_the_password_requires_the_second_step(own_workline: Workline) -> None:
    secret, recovery = await enabled(own_workline)
    given = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}

    async def change(**values: str) -> Json:
        payload: Json = (await own_workline.fetch(CHANGE, OWNER, i=given | values))["changePassword"]
        return payload

    assert codes(await change()) == [("TOTP_REQUIRED", "totpCode")]
    assert codes(await change(totpCode="000000")) == [("TOTP_INVALID", "totpCode")]
    assert codes(await change(totpCode="no such code")) == [("TOTP_INVALID", "totpCode")]
    wrong = await change(currentPassword="wrong horse", totpCode=code_of(secret))
    assert codes(wrong) == [("INVALID", "currentPassword")]
    assert (await second(own_workline, code_of(secret)))["token"], "the password is the same, and the code unused"
    assert codes(await change(totpCode=code_of(secret))) == [("TOTP_INVALID", "totpCode")]
    changed = await change(totpCode=recovery[0])
    assert changed["errors"] == []
    assert (await second(own_workline, code_of(secret, 1), NEW_PASSWORD))["token"]


async def test_a_server_that_sends_no_code_does_not_change_the_password(own_workline: Workline) -> None:
    """The function of the database that takes no code requires that there is no second step."""
    await enabled(own_workline)
    change = "SELECT change_password($1, $2, 'new hash', $3, $4, NULL, '{}', '{}', NULL)"
    async with connected(own_workline.database.app) as app:
        assert await app.fetchval(change, EMAIL, HASH, OWNER.organization_id, OWNER.user_id) is None
    async with own_workline.database.as_system() as connection:
        kept = await connection.fetchval("SELECT password_hash FROM identities WHERE email = $1", EMAIL)
    assert kept == HASH
