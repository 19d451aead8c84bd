"""Load shedding: which operations wait, which are refused, and in which order they are admitted."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from graphql_app.database.pool import ConnectionPool, PoolOptions
from graphql_app.errors import Overloaded
from graphql_app.execution.load_shedding import MOST_WAITING, LoadShedder, SheddingLimits
from graphql_app.types.schema import Api
from tests.engine.datasets import Libraries, library
from tests.engine.toy_api import toy_on, wide
from tests.http.serving import until

LARGE = library("large").organization
SLOW = "{ books(first: 1) { nodes { title } } }"


class Queue:
    """Load shedder of a pool whose room the test sets."""

    def __init__(self, interval: float, longest: float) -> None:
        self.room = 0
        self.waits: list[float] = []
        self.shedder = LoadShedder(SheddingLimits(interval, longest), lambda: self.room, self.waits.append)
        self.admitted: list[str] = []
        self.refused: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._ends: dict[str, asyncio.Event] = {}

    def start(self, *names: str) -> list[asyncio.Task[None]]:
        started = [asyncio.create_task(self._run(name)) for name in names]
        self.tasks += started
        return started

    async def end(self, name: str) -> None:
        """End an admitted operation, and let those that it admits begin."""
        self._ends[name].set()
        await passes()

    async def _run(self, name: str) -> None:
        self._ends[name] = asyncio.Event()
        try:
            async with self.shedder:
                self.admitted.append(name)
                await self._ends[name].wait()
        except Overloaded:
            self.refused.append(name)


async def passes() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def stop(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def full_queue(interval: float, longest: float) -> AsyncIterator[Queue]:
    """Yield the queue of a full pool, in which one operation runs."""
    queue = Queue(interval, longest)
    queue.room = 1
    queue.start("first")
    await passes()
    queue.room = 0
    try:
        yield queue
    finally:
        await stop(queue.tasks)


async def test_a_short_queue_is_served_in_order() -> None:
    async with full_queue(60, 60) as queue:
        queue.start("a", "b", "c")
        await passes()
        assert (queue.admitted, queue.shedder.waiting) == (["first"], 3)
        queue.room = 1
        await queue.end("first")
        await queue.end("a")
        assert queue.admitted == ["first", "a", "b"]


async def test_a_queue_that_takes_too_long_is_served_from_its_end_and_its_oldest_are_refused() -> None:
    async with full_queue(0.5, 0.05) as queue:
        queue.start("early", "second")
        await asyncio.sleep(0.51)  # no operation has ended in this interval
        queue.start("late", "latest")
        await passes()
        queue.room = 1
        await queue.end("first")
        assert queue.admitted[1] == "latest"
        await until(lambda: len(queue.refused) == 3)
        assert set(queue.refused) == {"early", "second", "late"}
        assert queue.shedder.refused == 3


async def test_a_queue_that_moves_fast_enough_stays_in_order() -> None:
    async with full_queue(0.5, 60) as queue:
        queue.start("a", "b", "c")
        await passes()
        queue.room = 1
        await queue.end("first")
        await asyncio.sleep(0.51)
        queue.start("d")
        await passes()
        await queue.end("a")
        assert queue.admitted == ["first", "a", "b"]


async def test_an_operation_is_admitted_if_none_runs_although_the_pool_seems_full() -> None:
    async with full_queue(60, 60) as queue:
        queue.start("a")
        await passes()
        await queue.end("first")
        assert queue.admitted == ["first", "a"]


async def test_more_operations_run_as_soon_as_the_pool_has_room() -> None:
    async with full_queue(60, 60) as queue:
        queue.start("a", "b", "c")
        await passes()
        queue.room = 5
        await queue.end("first")
        assert queue.admitted == ["first", "a", "b"]


async def test_an_operation_whose_client_leaves_is_forgotten() -> None:
    async with full_queue(60, 60) as queue:
        (left,) = queue.start("left")
        queue.start("stays")
        await passes()
        await stop([left])
        assert queue.shedder.waiting == 1
        await queue.end("first")
        assert queue.admitted == ["first", "stays"]


async def test_the_number_of_waiting_operations_is_bounded() -> None:
    async with full_queue(60, 60) as queue:
        queue.start(*map(str, range(MOST_WAITING + 2)))
        await passes()
        assert queue.shedder.waiting == MOST_WAITING
        assert queue.refused == ["0", "1"]


async def test_without_an_interval_operations_wait_in_the_pool_only() -> None:
    async with full_queue(0, 1) as queue:
        queue.start("a", "b")
        await passes()
        assert queue.admitted == ["first", "a", "b"]


async def hold(connections: ConnectionPool) -> None:
    async with connections.driver():
        await asyncio.Event().wait()


async def test_an_overloaded_server_refuses_operations_before_they_are_parsed(api: Api, libraries: Libraries) -> None:
    options = wide(shedding=SheddingLimits(0.05, 0.05))
    async with toy_on(api, libraries.database.app, PoolOptions(size=1, timeout=5), options) as toy:
        held = [asyncio.create_task(hold(toy.connections)) for _ in range(2)]
        await passes()
        assert toy.connections.room == 0
        extensions = await toy.refuse("{ not a document", LARGE)
        assert extensions["code"] == "SERVICE_UNAVAILABLE"
        assert extensions["retryAfter"] in (1, 2, 3)
        assert toy.executor.sample().totals["operations_shed"] == 1
        assert toy.executor.sample().totals["documents_read"] == 0
        await stop(held)
        assert await toy.fetch(SLOW, LARGE)
