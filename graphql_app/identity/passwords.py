"""Password hashes (argon2id), computed in threads with a limit on concurrent and waiting hashes."""

import asyncio
import base64
import secrets
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import argon2
from argon2.exceptions import InvalidHashError
from argon2.low_level import hash_secret

from graphql_app.errors import Unavailable

MAX_BYTES = 1024
WAITING_PER_THREAD = 16
BUSY = "Too many logins at the moment. Try again in a few seconds."


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


def derive(parameters: str, password: str) -> str:
    """Return the hash of ``password`` with the parameters and the salt of a stored hash, to be compared with it.

    ``parameters`` is the stored hash with any characters in place of the digest, its last part. Empty for a password
    that is too long and for invalid parameters, which no stored hash equals.
    """
    try:
        chosen = argon2.extract_parameters(parameters)
        salt = base64.b64decode(parameters.split("$")[-2] + "==")
        secret = _bytes(password)
    except (InvalidHashError, PasswordTooLongError, ValueError, IndexError):
        return ""
    hashed = hash_secret(
        secret,
        salt,
        chosen.time_cost,
        chosen.memory_cost,
        chosen.parallelism,
        chosen.hash_len,
        chosen.type,
        chosen.version,
    )
    return hashed.decode()


def unmatched_hash(cost: HashingCost = SOUND) -> str:
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


class PasswordHasher:
    """Hashing threads of one application, to be closed when it ends.

    At most ``threads`` hashes are computed at a time (64 MiB each) and ``waiting`` more queue for them, by default for
    about two seconds. A request beyond that fails at once with :class:`Unavailable`.
    """

    def __init__(self, threads: int, *, waiting: int | None = None, cost: HashingCost = SOUND) -> None:
        waiting = threads * WAITING_PER_THREAD if waiting is None else waiting
        self._cost = cost
        self._unmatched_hash = unmatched_hash(cost)
        self._capacity = threading.BoundedSemaphore(threads + waiting)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="password")

    async def hash(self, password: str) -> str:
        """Return the hash of ``password`` to store.

        Raises ``PasswordTooLongError``, or :class:`Unavailable` when busy.
        """
        return await self._run(hash_password, password, self._cost)

    async def derive(self, parameters: str | None, password: str) -> str:
        """Return the hash of ``password`` with the parameters of a stored one. See :func:`derive`.

        With None, returns a hash that is stored nowhere, after the same work. Raises :class:`Unavailable` when busy.
        """
        return await self._run(derive, parameters or self._unmatched_hash, password)

    def close(self) -> None:
        """Stop the threads. Waiting hashes are cancelled. Running ones end first."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _run[**P, T](self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        if not self._capacity.acquire(blocking=False):
            raise Unavailable(BUSY)
        future = self._submit(work, *arguments, **named)
        # also called if a waiting request is cancelled: its slot is free then
        future.add_done_callback(lambda _: self._capacity.release())
        return await asyncio.wrap_future(future)

    def _submit[**P, T](self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> Future[T]:
        try:
            return self._threads.submit(work, *arguments, **named)
        except RuntimeError as closed:
            self._capacity.release()
            raise Unavailable from closed
