"""The operations that run on one socket."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Operations:
    """Tasks by the client's ids. Each is cancelled once at most: its clean-up must not be interrupted."""

    def __init__(self, when_idle: Callable[[], None]) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._when_idle = when_idle

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, id: str) -> bool:
        return id in self._tasks

    def start(self, id: str, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` under ``id``, which is free again when it ends."""
        task = asyncio.create_task(work)
        self._tasks[id] = task
        task.add_done_callback(lambda done: self._ended(id, done))

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

    def is_current(self, id: str) -> bool:
        """Whether the calling task is the one that answers under ``id``."""
        return self._tasks.get(id) is asyncio.current_task()

    def _ended(self, id: str, task: asyncio.Task[None]) -> None:
        self._ending.discard(task)
        if self._tasks.get(id) is task:
            del self._tasks[id]
        if not self._tasks:
            self._when_idle()
