"""Bounded amounts of bytes that wait."""

import asyncio


class Backlog:
    """Bytes that wait. At ``limit`` there is no room for more; what began before may still add its own."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    def add(self, count: int) -> None:
        """Count ``count`` more bytes, or fewer if it is negative."""
        self._waiting += count
        if self._waiting < self._limit:
            self._has_room.set()
        else:
            self._has_room.clear()

    async def room(self) -> None:
        """Wait until fewer bytes than the limit wait."""
        await self._has_room.wait()
