"""Limits of failed logins: per account and address, per address, and per account."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from graphql_app.errors import Unavailable
from graphql_app.identity.passwords import PasswordHasher
from graphql_app.types.schema import Api
from tests.support.api import Json, Workline, serving
from tests.support.databases import TestDatabase
from tests.support.passwords import PASSWORD

LOG_IN = """
mutation LogIn($email: String!, $password: String!) {
  logIn(input: {email: $email, password: $password}) { token errors { code } }
}
"""
ADDRESS, UNKNOWN = "alpha.1@example.com", "unknown@example.com"
OTHERS = ["bravo.1@example.com", "bravo.2@example.com"]
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.1"
WRONG = {"data": {"logIn": {"token": None, "errors": [{"code": "INVALID"}]}}}
STEP = 90
"""Seconds: by default, ten failures expire in fifteen minutes."""


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the verified passwords."""
    passwords: list[str] = []
    derive = PasswordHasher.derive

    async def watched(self: PasswordHasher, parameters: str | None, password: str) -> str:
        passwords.append(password)
        return await derive(self, parameters, password)

    monkeypatch.setattr(PasswordHasher, "derive", watched)
    return passwords


@pytest.fixture
async def strict(mode: None, workline_api: Api, own_organizations: TestDatabase) -> AsyncIterator[Workline]:
    """Serve the API with low limits: two failures per account and address, four per address, three per account."""
    limits: Any = {"login_failures_max": 2, "login_failures_per_address_max": 4, "login_failures_per_account_max": 3}
    async with serving(workline_api, own_organizations, **limits) as workline:
        yield workline


async def attempt(workline: Workline, address: str, email: str = ADDRESS, password: str = "wrong") -> Json:
    """Return the response to a login from a client address."""
    return await workline.at(address).respond(LOG_IN, None, email=email, password=password)


async def fail(workline: Workline, times: int, address: str = HERE, email: str = ADDRESS) -> None:
    for _ in range(times):
        assert await attempt(workline, address, email) == WRONG


async def succeed(workline: Workline, address: str, email: str = ADDRESS) -> None:
    body = await attempt(workline, address, email, PASSWORD)
    assert "errors" not in body, body["errors"]
    assert body["data"]["logIn"]["token"]


async def wait_of(workline: Workline, address: str, email: str = ADDRESS, password: str = PASSWORD) -> int:
    """Return the seconds that an attempt has to wait; by default with the right password."""
    body = await attempt(workline, address, email, password)
    (error,) = body["errors"]
    extensions = error["extensions"]
    wait: int = extensions["retryAfter"]
    assert body["data"] == {"logIn": None}
    assert error["path"] == ["logIn"]
    assert error["message"] == f"Too many failed logins. Try again in {wait} seconds."
    assert extensions == {"code": "RATE_LIMITED", "retryAfter": wait}
    return wait


async def pass_time(workline: Workline, seconds: int) -> None:
    """Make all counted failures older by this time."""
    earlier = ", ".join(f"{name} = {name} - $1" for name in ("cleared_at", "known_until", "expires_at"))
    async with workline.database.as_system() as connection:
        await connection.execute(f"UPDATE login_failures SET {earlier.replace('$1', f"interval '{seconds} s'")}")


async def rows(workline: Workline) -> list[Any]:
    async with workline.database.as_system() as connection:
        return [tuple(row) for row in await connection.fetch("SELECT * FROM login_failures ORDER BY key")]


async def test_the_eleventh_failure_must_wait_and_costs_one_statement_and_no_hash(
    own_workline: Workline, verified: list[str]
) -> None:
    await fail(own_workline, 10)
    with own_workline.statements() as statements:
        assert STEP - 10 < await wait_of(own_workline, HERE) <= STEP
    assert len(statements) == 1
    assert verified == ["wrong"] * 10


async def test_a_right_password_from_another_address_still_works(own_workline: Workline) -> None:
    await fail(own_workline, 10)
    assert await wait_of(own_workline, HERE)
    await succeed(own_workline, ELSEWHERE)
    assert await wait_of(own_workline, HERE)


async def test_an_unknown_account_is_limited_and_counted_like_a_known_one(
    own_workline: Workline, verified: list[str]
) -> None:
    async def tried(address: str, email: str) -> tuple[list[Json], list[str], int]:
        with own_workline.statements() as statements:
            bodies = [await attempt(own_workline, address, email) for _ in range(12)]
        waits = [error["extensions"].pop("retryAfter") for body in bodies[10:] for error in body["errors"]]
        messages = [error.pop("message") for body in bodies[10:] for error in body["errors"]]
        assert all(STEP - 10 < wait <= STEP for wait in waits)
        assert len(messages) == 2
        return bodies, statements, len(verified)

    known = await tried(HERE, ADDRESS)
    verified.clear()
    assert await tried(ELSEWHERE, UNKNOWN) == known
    assert known[1:] == ([*known[1][:2] * 10, *known[1][:1] * 2], 10)


async def test_failures_of_one_address_are_limited_across_all_accounts(strict: Workline) -> None:
    await fail(strict, 2, HERE, UNKNOWN)
    for email in OTHERS:
        await fail(strict, 1, HERE, email)
    assert await wait_of(strict, HERE)
    await succeed(strict, ELSEWHERE)


async def test_an_address_is_limited_even_after_a_successful_login(strict: Workline) -> None:
    await succeed(strict, HERE)
    await fail(strict, 2, HERE, UNKNOWN)
    await fail(strict, 2, HERE, OTHERS[0])
    assert await wait_of(strict, HERE)


async def test_guessing_from_many_addresses_is_slowed_down_except_for_known_addresses(strict: Workline) -> None:
    await succeed(strict, HERE)
    for last in range(3):
        await fail(strict, 1, f"203.0.113.{last}")
    assert 290 < await wait_of(strict, ELSEWHERE) <= 300
    await succeed(strict, HERE)
    await fail(strict, 1, HERE)
    await pass_time(strict, 900)
    await succeed(strict, ELSEWHERE)


async def test_a_known_address_expires(strict: Workline) -> None:
    await succeed(strict, HERE)
    await pass_time(strict, 91 * 24 * 3600)
    for last in range(3):
        await fail(strict, 1, f"203.0.113.{last}")
    assert await wait_of(strict, HERE)


async def test_one_address_cannot_exhaust_the_attempts_of_an_account(own_workline: Workline) -> None:
    """By default, its failures are slower than the expiry of the account's failures."""
    await fail(own_workline, 10)
    for _ in range(50):
        await pass_time(own_workline, STEP)
        await fail(own_workline, 1)
        assert await wait_of(own_workline, HERE)
    await succeed(own_workline, ELSEWHERE)


@pytest.mark.parametrize(
    ("address", "same", "other"),
    [
        ("2001:db8:1:2::1", "2001:DB8:1:2:ffff::9", "2001:db8:1:3::1"),
        ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.8"),
        ("192.0.2.7", "::ffff:c000:207", "::c000:207"),
        ("", "no address", "192.0.2.8"),
    ],
)
async def test_addresses_are_counted_by_network_prefix(strict: Workline, address: str, same: str, other: str) -> None:
    await fail(strict, 2, address)
    assert await wait_of(strict, same)
    await succeed(strict, other)


@pytest.mark.parametrize("email", ["ALPHA.1@Example.com", " alpha.1@example.com\t"])
async def test_addresses_of_an_account_are_normalized(strict: Workline, email: str) -> None:
    await fail(strict, 2)
    assert await wait_of(strict, HERE, email)


async def test_a_success_resets_the_failures_of_the_account_at_the_address(strict: Workline) -> None:
    await fail(strict, 1)
    await succeed(strict, HERE)
    await fail(strict, 2)
    assert await wait_of(strict, HERE)


async def test_a_success_is_not_counted_and_resets_no_failure_of_another_account(strict: Workline) -> None:
    for email in OTHERS:
        await fail(strict, 1, HERE, email)
    for _ in range(4):
        await succeed(strict, HERE)
    await fail(strict, 2)
    assert await wait_of(strict, HERE, UNKNOWN)


async def test_failures_expire_one_by_one(own_workline: Workline) -> None:
    await fail(own_workline, 10)
    await pass_time(own_workline, STEP - 10)
    assert 0 < await wait_of(own_workline, HERE) <= 10
    await pass_time(own_workline, 10)
    await fail(own_workline, 1)
    assert await wait_of(own_workline, HERE)
    await pass_time(own_workline, 10 * STEP)
    await fail(own_workline, 10)
    assert await wait_of(own_workline, HERE)


async def test_further_attempts_do_not_prolong_the_wait(own_workline: Workline) -> None:
    await fail(own_workline, 10)
    before = await rows(own_workline)
    for _ in range(5):
        assert await wait_of(own_workline, HERE, password="wrong")
    assert await rows(own_workline) == before


@pytest.mark.usefixtures("mode")
async def test_concurrent_attempts_on_two_servers_share_one_limit(
    workline_api: Api, own_organizations: TestDatabase, verified: list[str]
) -> None:
    async with (
        serving(workline_api, own_organizations) as one,
        serving(workline_api, own_organizations) as two,
    ):
        bodies = await asyncio.gather(*(attempt(each, HERE) for each in [one, two] * 15))
        assert sum(body == WRONG for body in bodies) == len(verified) == 10
        assert await wait_of(one, HERE)
        assert await wait_of(two, HERE)
        await succeed(two, ELSEWHERE)


async def test_concurrent_right_passwords_of_one_account_all_succeed(own_workline: Workline) -> None:
    await asyncio.gather(*(succeed(own_workline, HERE) for _ in range(30)))
    assert not own_workline.services.login_limits.turns
    await fail(own_workline, 10)
    assert await wait_of(own_workline, HERE)


async def test_concurrent_successes_of_many_accounts_leave_no_failures(own_workline: Workline) -> None:
    emails = [ADDRESS, *OTHERS]
    await asyncio.gather(*(succeed(own_workline, f"203.0.113.{at}", emails[at % 3]) for at in range(12)))
    async with own_workline.database.as_system() as connection:
        left = "SELECT count(*) FROM login_failures WHERE cleared_at > now()"
        assert await connection.fetchval(left) == 0


async def test_a_password_that_a_busy_server_did_not_verify_is_not_counted(
    strict: Workline, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: Any) -> str:
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(PasswordHasher, "derive", busy)
        for _ in range(6):
            body = await attempt(strict, HERE, password=PASSWORD)
            assert [error["extensions"]["code"] for error in body["errors"]] == ["SERVICE_UNAVAILABLE"]
    await fail(strict, 2)
    assert await wait_of(strict, HERE)


async def test_a_disconnect_during_the_verification_counts_as_a_failure(
    strict: Workline, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(*_: Any) -> str:
        verifying.set()
        await asyncio.Event().wait()
        return ""

    for _ in range(2):
        verifying = asyncio.Event()
        with monkeypatch.context() as patch:
            patch.setattr(PasswordHasher, "derive", endless)
            leaving = asyncio.create_task(attempt(strict, HERE))
            await verifying.wait()
            leaving.cancel()
            await asyncio.wait([leaving])
    assert await wait_of(strict, HERE)


async def test_expired_rows_are_deleted_and_no_row_contains_an_address(own_workline: Workline) -> None:
    await fail(own_workline, 1, HERE, UNKNOWN)
    assert [(len(key), known) for key, _, known, _ in await rows(own_workline)] == [(32, None)] * 3
    old = {key for key, *_ in await rows(own_workline)}
    await pass_time(own_workline, 24 * 3600)
    await fail(own_workline, 1, ELSEWHERE)
    assert not old & {key for key, *_ in await rows(own_workline)}
    assert len(await rows(own_workline)) == 3
