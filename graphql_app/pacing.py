"""Cooperative scheduling of large operations: a bounded amount of work between two passes of the event loop."""

import asyncio
from asyncio import Future, Task, ensure_future, get_running_loop, sleep
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable, Iterable
from itertools import batched
from typing import Any

OBJECTS = 5_000
"""Objects that are built or encoded in one pass, which takes some milliseconds."""
LEAVES = 25
"""Number of leaf fields of an object that are free; more are counted as another object."""
COMPILED = OBJECTS
"""Cost of compiling a plan or a statement, in objects. It takes some milliseconds."""
RESOLVED = 7
"""Cost of a field that graphql-core resolves, in objects of a plan that take about as long."""
HOPS = 3
"""Passes of the event loop from the resolver of an object to the keys that the resolvers below it load."""
type BatchLoader[K, V] = Callable[[list[K]], Coroutine[None, None, list[V]]]
"""Function that loads the values of keys, in their order."""


class Pacer:
    """Budget of work that all large operations of a process share. It is renewed with each pass of the event loop.

    Work that exceeds the remaining budget waits in a FIFO queue. The unit is an object that a plan builds or the
    encoder writes. Slower work is counted as several objects.
    """

    def __init__(self, most: int = OBJECTS) -> None:
        self.most = most
        self.passes = 0
        """Number of renewals of the budget."""
        self._left = most
        self._is_renewing = False
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def is_spent(self) -> bool:
        """True if nothing is left in this pass."""
        return self._left <= 0

    def take(self, objects: int) -> bool:
        """Take from the budget. Return False if too little is left or other work waits.

        An amount above the whole budget is treated as the whole budget.
        """
        if self._waiting or min(objects, self.most) > self._left:
            return False
        self.spend(objects)
        return True

    def spend(self, objects: int) -> None:
        """Take from the budget for work that is done already or cannot wait. Later work waits for it."""
        self._left -= objects
        self._renew_soon()

    async def turn(self, objects: int) -> None:
        """Take from the budget, after all work that is already waiting."""
        if not self.take(objects):
            await self.queue(objects)

    def queue(self, objects: int) -> asyncio.Future[None]:
        """Return a future that is done when the amount is taken from the budget, after all work already waiting."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((objects, future))
        self._renew_soon()
        return future

    async def slices[T](self, items: Iterable[T], objects: int = 1) -> AsyncIterator[tuple[T, ...]]:
        """Yield the items in slices, each of which is taken from the budget. Each item costs ``objects``."""
        for part in batched(items, max(1, self.most // objects)):
            await self.turn(len(part) * objects)
            yield part

    def _renew_soon(self) -> None:
        if not self._is_renewing:
            self._is_renewing = True
            asyncio.get_running_loop().call_soon(self._renew)

    def _renew(self) -> None:
        self._left, self._is_renewing = self.most, False
        self.passes += 1
        while self._waiting and min(self._waiting[0][0], self.most) <= self._left:
            objects, future = self._waiting.popleft()
            if not future.done():  # false if its operation was cancelled
                self.spend(objects)
                future.set_result(None)
        if self._waiting:
            self._renew_soon()


class Pacing:
    """Pacing of one operation that can produce up to ``objects``. Small operations are not paced."""

    def __init__(self, pacer: Pacer, objects: int) -> None:
        self.pacer = pacer
        self.is_large = objects > pacer.most
        """True if plans and the encoder are paced."""
        self.is_resolved_slowly = objects * RESOLVED > pacer.most
        """True if graphql-core and DataLoaders are paced."""


class PacedLoader:
    """DataLoader for large operations, which resumes the resolvers that wait for a batch in slices.

    A batch is sent when no key was added during one turn of the pacer, so that it contains the keys of all parents,
    although these are resolved in many passes of the event loop.
    """

    def __init__(self, batch: BatchLoader[Any, Any], pacer: Pacer) -> None:
        self._batch, self._pacer = batch, pacer
        self._futures: dict[Hashable, Future[Any]] = {}
        self._keys: list[Hashable] = []
        self._sending: Task[None] | None = None

    def load(self, key: Hashable) -> Future[Any]:
        """Return the future value of ``key``, the same for each call."""
        if key not in self._futures:
            self._futures[key] = get_running_loop().create_future()
            self._keys.append(key)
            if len(self._keys) == 1:
                self._sending = ensure_future(self._send())
        return self._futures[key]

    async def _send(self) -> None:
        await self._gathered()
        keys, self._keys = self._keys, []
        try:
            values = await self._batch(keys)
            async for part in self._pacer.slices(zip(keys, values, strict=True), RESOLVED):
                for key, value in part:
                    if not self._futures[key].done():
                        self._futures[key].set_result(value)
        except Exception as error:
            for key in keys:
                if not self._futures[key].done():
                    self._futures[key].set_exception(error)

    async def _gathered(self) -> None:
        """Wait until no key was added during one turn of the pacer."""
        known = 0
        while known < len(self._keys):
            known = len(self._keys)
            await self._pacer.turn(1)
            for _ in range(HOPS):
                await sleep(0)
