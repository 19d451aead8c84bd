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
    """Cost of one hash. ``memory`` is in KiB."""

    passes: int
    memory: int
    lanes: int


SOUND = HashingCost(passes=3, memory=64 * 1024, lanes=1)
"""RFC 9106's parameters for 64 MiB, with one lane: a hash runs in one thread, and several hashes share the cores."""


class PasswordTooLongError(ValueError):
    """Password of more than 1024 bytes. The limit prevents long passwords from keeping a thread busy."""


def hash_password(password: str, cost: HashingCost = SOUND) -> str:
    """Return the hash of ``password`` to store, with a random salt. Blocks for about a tenth of a second: for scripts.

    Raises PasswordTooLongError.
    """
    return _hasher(cost).hash(_bytes(password))


def matches(password_hash: str, password: str) -> bool:
    """Return True if the hash is that of ``password``. Passwords that are too long and invalid hashes never match."""
    try:
        return argon2.PasswordHasher().verify(password_hash, _bytes(password))
    except (VerificationError, InvalidHashError, PasswordTooLongError):
        return False


def hash_of_nothing(cost: HashingCost = SOUND) -> str:
    """Return a hash that no password has. A comparison with it costs as much as with a hash of ``cost``."""
    salt, digest = (base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m={cost.memory},t={cost.passes},p={cost.lanes}${salt}${digest}"


def _hasher(cost: HashingCost) -> argon2.PasswordHasher:
    return argon2.PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory, parallelism=cost.lanes)


def _bytes(password: str) -> bytes:
    """Return the bytes to hash. NFC makes composed and decomposed accents the same password.

    Raises PasswordTooLongError.
    """
    if len(password) > MAX_BYTES:
        raise PasswordTooLongError
    encoded = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    if len(encoded) > MAX_BYTES:
        raise PasswordTooLongError
    return encoded
