"""The operations that run on one socket."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from graphql_app.http.websocket.backlog import Backlog


class Operations:
    """Tasks by the client's ids. Each is cancelled once at most: its clean-up must not be interrupted.

    ``most`` of them run at once, others wait for their turn. Before another one is started, the room of ``backlog`` is
    to be awaited.
    """

    def __init__(self, when_idle: Callable[[], None], most: int, buffer_bytes: int) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._when_idle = when_idle
        self._turns = asyncio.Semaphore(most)
        self.backlog = Backlog(buffer_bytes)
        """Requests that run or wait for their turn."""

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, id: str) -> bool:
        return id in self._tasks

    def start(self, id: str, work: Callable[[], Coroutine[Any, Any, None]], request_bytes: int) -> None:
        """Run ``work`` under ``id`` when it is its turn. The id is free again when it ends."""
        task = asyncio.create_task(self._run(work))
        self._tasks[id] = task
        self.backlog.add(request_bytes)
        task.add_done_callback(lambda done: self._ended(id, done, request_bytes))

    def cancel(self, id: str) -> None:
        """The client wants no more of it: its id is free at once, whatever the task still has to put away."""
        task = self._tasks.pop(id, None)
        if task is not None:
            self._ending.add(task)
            task.cancel()

    async def stop(self) -> None:
        """Cancel everything and wait until it has ended."""
        for id in list(self._tasks):
            self.cancel(id)
        while self._ending:
            # not gather, which would cancel them again if the waiting itself is cancelled
            await asyncio.wait(self._ending)

    async def _run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async with self._turns:
            await work()

    def _ended(self, id: str, task: asyncio.Task[None], request_bytes: int) -> None:
        self._ending.discard(task)
        self.backlog.add(-request_bytes)
        if self._tasks.get(id) is task:
            del self._tasks[id]
        if not self._tasks:
            self._when_idle()
