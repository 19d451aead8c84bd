"""Cache of the trusted documents that are stored outside the process.

An unknown id is looked up by one statement; at most one runs at a time for each kind of viewer. The text is cached, and
for a short time also that there is none, so that neither a new document nor a repeated unknown id costs a statement per
request. Clients without a token have a separate cache.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from graphql_app.errors import Unavailable
from graphql_app.execution.caches import SizedCache

KEPT = 300.0
"""Seconds for which a text is cached. A deleted document is executed for at most this time."""
ABSENT = 5.0
"""Seconds for which an unknown id is not looked up again. A new document is found after at most this time."""
PATIENCE = 3.0
"""Seconds for which a request waits for a lookup."""
MOST_ABSENT = 1_000
"""Most unknown ids that are cached for each kind of viewer."""
Find = Callable[[str], Awaitable[str | None]]
"""Lookup of a text by its id or hash."""


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """Bounds of the persisted documents that are cached for one kind of viewer."""

    documents: int = 1_000
    bytes: int = 8_000_000


DEFAULT_LIMITS = DocumentLimits()


@dataclass(frozen=True, slots=True)
class Lookup:
    """Result of a lookup, which is valid until a time of the monotonic clock."""

    text: str | None
    until: float

    @property
    def size(self) -> int:
        """Approximate bytes, including the id."""
        return 400 + len(self.text or "")


class StoredDocuments:
    """Stored documents for one kind of viewer. The least recently used result is evicted first."""

    def __init__(
        self, find: Find, limits: DocumentLimits = DEFAULT_LIMITS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._find, self._limits, self._clock = find, limits, clock
        self._found = SizedCache[str, Lookup]()
        self._absent = SizedCache[str, Lookup]()
        self._lock = asyncio.Lock()

    async def find(self, id: str) -> str | None:
        """Return the text with this id or hash, or None. Raises Unavailable, and the errors of the lookup."""
        known = self._known(id)
        if known is None:
            try:
                async with asyncio.timeout(PATIENCE) as clock, self._lock:
                    # another request may have looked it up in the meantime
                    known = self._known(id) or self._add(id, await self._find(id))
            except TimeoutError:
                if clock.expired():
                    raise Unavailable from None
                raise
        return known.text

    def _known(self, id: str) -> Lookup | None:
        """Return the result that is still valid, which becomes the most recently used, or None."""
        known = self._found.use(id) or self._absent.use(id)
        return known if known is not None and known.until > self._clock() else None

    def _add(self, id: str, text: str | None) -> Lookup:
        is_absent = text is None
        new = Lookup(text, self._clock() + (ABSENT if is_absent else KEPT))
        cache, other = (self._absent, self._found) if is_absent else (self._found, self._absent)
        other.drop(id)
        if new.size <= self._limits.bytes:
            cache[id] = new
            cache.count(id)
            cache.move_to_end(id)
        most = MOST_ABSENT if is_absent else self._limits.documents
        while len(cache) > most or cache.size > self._limits.bytes:
            cache.evict()
        return new
