"""Password hashing in threads, with a limit on concurrent and waiting hashes."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from graphql_app.errors import Unavailable
from graphql_app.identity.hashes import SOUND, HashingCost, hash_of_nothing, hash_password, matches

WAITING_PER_THREAD = 16
BUSY = "Too many people are logging in right now. Try again in a few seconds."


class Passwords:
    """Hashing threads of one application, to be closed when it ends.

    At most ``threads`` hashes are computed at a time (64 MiB each) and ``waiting`` more queue for them, by default for
    about two seconds. A request beyond that fails at once with :class:`Unavailable`.
    """

    def __init__(self, threads: int, *, waiting: int | None = None, cost: HashingCost = SOUND) -> None:
        waiting = threads * WAITING_PER_THREAD if waiting is None else waiting
        self._cost = cost
        self._nobodys = hash_of_nothing(cost)
        self._places = threading.BoundedSemaphore(threads + waiting)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="password")

    async def hash(self, password: str) -> str:
        """Return the hash of ``password`` to store.

        Raises ``PasswordTooLongError``, or :class:`Unavailable` when busy.
        """
        return await self._run(hash_password, password, self._cost)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Return True if the hash is that of ``password``. With None, return False after the same work.

        Raises :class:`Unavailable` when busy.
        """
        known = await self._run(matches, password_hash or self._nobodys, password)
        return known and password_hash is not None

    def close(self) -> None:
        """Stop the threads. Waiting hashes are cancelled. Running ones end first."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _run[T](self, work: Callable[..., T], *arguments: Any) -> T:
        if not self._places.acquire(blocking=False):
            raise Unavailable(BUSY)
        future = self._submit(work, *arguments)
        # also called if a waiting request is cancelled: its slot is free then
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)

    def _submit[T](self, work: Callable[..., T], *arguments: Any) -> Future[T]:
        try:
            return self._threads.submit(work, *arguments)
        except RuntimeError as closed:
            self._places.release()
            raise Unavailable from closed
