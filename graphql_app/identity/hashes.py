"""Password hashes: argon2id, with the salt and the cost inside each hash."""

import base64
import secrets
import unicodedata
from dataclasses import dataclass

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

MAX_BYTES = 1024


@dataclass(frozen=True, slots=True)
class HashingCost:
    """What one hash costs whoever computes it. ``memory`` is in KiB."""

    passes: int
    memory: int
    lanes: int


SOUND = HashingCost(passes=3, memory=64 * 1024, lanes=1)
"""RFC 9106's choice for 64 MiB, in one lane: a hash is one thread's work, and several hashes share the cores."""


class PasswordTooLongError(ValueError):
    """A password has at most 1024 bytes, so that hashing one is never a way to keep a thread busy."""


def hash_password(password: str, cost: HashingCost = SOUND) -> str:
    """The hash of ``password`` to store, under a salt of its own. Takes about a tenth of a second: for scripts."""
    return _hasher(cost).hash(_bytes(password))


def matches(password_hash: str, password: str) -> bool:
    """Whether ``password`` is what was hashed. A password that is too long, and a text that is no hash, never match."""
    try:
        return argon2.PasswordHasher().verify(password_hash, _bytes(password))
    except (VerificationError, InvalidHashError, PasswordTooLongError):
        return False


def hash_of_nothing(cost: HashingCost = SOUND) -> str:
    """A hash that no password has. Comparing with it costs as much as comparing with one of ``cost``."""
    salt, digest = (base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m={cost.memory},t={cost.passes},p={cost.lanes}${salt}${digest}"


def _hasher(cost: HashingCost) -> argon2.PasswordHasher:
    return argon2.PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory, parallelism=cost.lanes)


def _bytes(password: str) -> bytes:
    """NFC: a keyboard that composes an accent and one that does not type the same password."""
    if len(password) > MAX_BYTES:
        raise PasswordTooLongError
    encoded = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    if len(encoded) > MAX_BYTES:
        raise PasswordTooLongError
    return encoded
