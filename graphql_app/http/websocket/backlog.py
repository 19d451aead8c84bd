"""Bounded count of waiting bytes."""

import asyncio


class Backlog:
    """Count of waiting bytes, with room for more while it is below ``limit``. It may exceed the limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    def add(self, count: int) -> None:
        """Add ``count`` bytes, or subtract them if it is negative."""
        self._waiting += count
        if self._waiting < self._limit:
            self._has_room.set()
        else:
            self._has_room.clear()

    async def room(self) -> None:
        """Wait until the count is below the limit."""
        await self._has_room.wait()
