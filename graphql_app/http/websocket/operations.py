"""Operations that run on one socket."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from graphql_app.http.websocket.backlog import Backlog


class Operations:
    """Tasks of operations by the client's ids. Each is cancelled at most once, so that its clean-up is not interrupted.

    ``most`` of them run at the same time, the others wait for their turn. Await the room of ``backlog`` before another
    one is started.
    """

    def __init__(self, when_idle: Callable[[], None], most: int, buffer_bytes: int) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._when_idle = when_idle
        self._turns = asyncio.Semaphore(most)
        self.backlog = Backlog(buffer_bytes)
        """Characters of requests that run or wait for their turn."""

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
        """Cancel an operation. Its id is free at once, even if the task still has to clean up."""
        task = self._tasks.pop(id, None)
        if task is not None:
            self._ending.add(task)
            task.cancel()

    async def stop(self) -> None:
        """Cancel all operations and wait until they have ended."""
        for id in list(self._tasks):
            self.cancel(id)
        while self._ending:
            # not gather, which would cancel them again if this wait is cancelled
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
