"""Password hashes, the pool that computes them, and the stored form of a login."""

import asyncio
import threading
import unicodedata
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import argon2
import pytest

from graphql_app.errors import Unavailable
from graphql_app.identity import passwords as passwords_module
from graphql_app.identity.authentication import Login, OpenedSession, normalize_email
from graphql_app.identity.passwords import (
    SOUND,
    HashingCost,
    PasswordHasher,
    PasswordTooLongError,
    derive,
    hash_password,
    unmatched_hash,
)
from graphql_app.viewer import Viewer

CHEAP = HashingCost(passes=1, memory=8, lanes=1)


@pytest.fixture
def passwords() -> Iterator[PasswordHasher]:
    pool = PasswordHasher(2, cost=CHEAP)
    yield pool
    pool.close()


def parameters_of(stored: str) -> str:
    """Return a stored hash without its digest, in the form in which the database returns it."""
    start, _, digest = stored.rpartition("$")
    return f"{start}${'A' * len(digest)}"


def test_a_hash_is_argon2id_at_the_required_cost() -> None:
    parameters = argon2.extract_parameters(hash_password("secret"))
    assert parameters.type is argon2.Type.ID
    assert (parameters.time_cost, parameters.memory_cost, parameters.parallelism) == (3, 65536, 1)
    assert (parameters.salt_len, parameters.hash_len) == (16, 32)


def test_the_unmatched_hash_costs_as_much_as_a_real_one() -> None:
    assert argon2.extract_parameters(unmatched_hash()) == argon2.extract_parameters(hash_password("secret", SOUND))
    assert unmatched_hash(CHEAP) != unmatched_hash(CHEAP)


def test_two_hashes_of_one_password_differ() -> None:
    assert hash_password("secret", CHEAP) != hash_password("secret", CHEAP)


@pytest.mark.parametrize("password", ["secret", "", "pä\u0308ss", "nul\x00inside", "\ud800", "x" * 1024])
def test_a_password_matches_only_its_own_hash(password: str) -> None:
    stored = hash_password(password, CHEAP)
    assert derive(parameters_of(stored), password) == stored
    assert derive(parameters_of(stored), password[:-1] + "y") != stored


def test_composed_and_decomposed_accents_are_equal() -> None:
    accented = "Zo\u00eb"
    stored = hash_password(accented, CHEAP)
    assert derive(parameters_of(stored), unicodedata.normalize("NFD", accented)) == stored


@pytest.mark.parametrize("password", ["x" * 1025, "ä" * 513])
def test_a_password_over_1024_bytes_is_invalid(password: str) -> None:
    with pytest.raises(PasswordTooLongError):
        hash_password(password, CHEAP)
    assert derive(parameters_of(hash_password(password[:500], CHEAP)), password) == ""


@pytest.mark.parametrize("parameters", ["!", "", "$", "$argon2id$v=19$m=8"])
def test_no_hash_is_derived_with_invalid_parameters(parameters: str) -> None:
    assert derive(parameters, "secret") == ""


def test_a_hash_is_derived_with_the_parameters_of_the_stored_one() -> None:
    hasher = argon2.PasswordHasher(time_cost=2, memory_cost=16, parallelism=2, hash_len=16, salt_len=8)
    stored = hasher.hash("secret")
    assert derive(parameters_of(stored), "secret") == stored


async def test_the_pool_hashes_and_derives(passwords: PasswordHasher) -> None:
    stored = await passwords.hash("secret")
    assert await passwords.derive(parameters_of(stored), "secret") == stored
    assert await passwords.derive(parameters_of(stored), "Secret") != stored
    assert argon2.extract_parameters(await passwords.derive(None, "secret")) == argon2.extract_parameters(stored)


async def test_a_full_queue_raises_unavailable(held: "HeldComparison") -> None:
    pool = PasswordHasher(1, waiting=2, cost=CHEAP)
    waiting = [asyncio.create_task(pool.derive(None, "secret")) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="Try again"):
        await pool.derive(None, "secret")
    held.release()
    assert await asyncio.gather(*waiting) == ["", "", ""]
    assert not await pool.derive(None, "secret")
    pool.close()


async def test_a_cancelled_request_frees_its_place_in_the_queue(held: "HeldComparison") -> None:
    pool = PasswordHasher(1, waiting=1, cost=CHEAP)
    running, waiting = (asyncio.create_task(pool.derive(None, "secret")) for _ in range(2))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    next_one = asyncio.create_task(pool.derive(None, "secret"))
    await asyncio.sleep(0)
    held.release()
    assert not any(await asyncio.gather(running, next_one))
    assert held.calls == 2
    pool.close()


async def test_a_closed_pool_raises_unavailable() -> None:
    pool = PasswordHasher(1, waiting=0, cost=CHEAP)
    pool.close()
    for _ in range(3):
        with pytest.raises(Unavailable):
            await pool.derive(None, "secret")


async def test_closing_leaves_no_thread_behind() -> None:
    pool = PasswordHasher(2, cost=CHEAP)
    others = set(threading.enumerate())
    await asyncio.gather(*(pool.derive(None, "secret") for _ in range(4)))
    started = set(threading.enumerate()) - others
    assert started
    pool.close()
    assert not [thread for thread in started if thread.is_alive()]


async def test_secrets_are_hidden_in_representations() -> None:
    assert "horse" not in repr(Login("ada@example.com", "battery horse"))
    assert "token" not in repr(OpenedSession(Viewer(uuid4(), uuid4(), "OWNER"), "a token")).replace("refresh_token", "")


def test_an_address_is_stored_trimmed_and_in_lower_case() -> None:
    assert normalize_email(" Ada@Example.com\n") == "ada@example.com"


class HeldComparison:
    """Replacement of the comparison that waits until the test releases it."""

    def __init__(self) -> None:
        self.calls = 0
        self._free = threading.Event()

    def __call__(self, *_: Any) -> str:
        self.calls += 1
        self._free.wait(10)
        return ""

    def release(self) -> None:
        self._free.set()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldComparison]:
    comparison = HeldComparison()
    monkeypatch.setattr(passwords_module, "derive", comparison)
    yield comparison
    comparison.release()
