"""Rate limits by cost: a leaky bucket for each client, in memory, which the processes share through PostgreSQL.

A bucket holds ``maximum`` of cost and is restored evenly. A process admits operations from a slice of the bucket, and
charges what it has admitted in the background, together with other buckets. PostgreSQL returns what is available to all
processes, which bounds the next slice. So a process sends no statement for a client that uses less than half a slice,
or for a refused operation, and all processes together exceed a bucket by at most one slice each.
"""

import asyncio
import hmac
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

import structlog

from graphql_app.database.errors import DATABASE_ERRORS
from graphql_app.errors import RateLimited
from graphql_app.execution.request import GraphQLRequest
from graphql_app.identity.login_limits import counted_network
from graphql_app.limits import RateLimit
from graphql_app.viewer import Viewer

SLICES = 10
"""Divisor of a bucket: a process admits a tenth of it before it knows the state of the others."""
MOST_BUCKETS = 10_000
"""Buckets in memory. The least recently used one is dropped after it is charged."""
MOST_CHARGED = 500
"""Buckets that are charged by one statement."""
LONGEST_WAIT = 3.0
"""Seconds that an operation waits for a charge, before it is admitted without one."""
ANONYMOUS, KEY = "ANONYMOUS", "KEY"
"""Names of the limits of clients without a token, and of API keys."""

log = structlog.get_logger("workline.server")
Charge = Callable[[Sequence[tuple[bytes, float]]], Awaitable[Mapping[bytes, float]]]
"""Function that adds seconds of restoration to buckets, and returns the seconds until each is full again."""


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Limits of clients: by the name of their role, of API keys and of clients without a token, or the default.

    ``secret`` is the key of the hashes under which addresses are stored. None is no limit.
    """

    default: RateLimit | None = None
    by_name: Mapping[str, RateLimit | None] = field(default_factory=dict)
    secret: bytes = field(default=b"", repr=False)

    def of(self, viewer: Viewer | None) -> RateLimit | None:
        """Return the limit of a viewer, or of a client without a token."""
        if not self.by_name:
            return self.default
        if viewer is None:
            return self.by_name.get(ANONYMOUS, self.default)
        return self.by_name[KEY] if self.has_own(viewer) else self.by_name.get(viewer.role, self.default)

    def has_own(self, viewer: Viewer) -> bool:
        """Return True if the viewer's API key has a separate bucket."""
        return viewer.key_id is not None and KEY in self.by_name

    def key(self, viewer: Viewer | None, address: str) -> bytes:
        """Return the key of a bucket: of a viewer, of an API key, or of an address (for IPv6, its /64 network)."""
        if viewer is not None:
            if viewer.key_id is not None and self.has_own(viewer):
                return viewer.key_id.bytes
            return viewer.organization_id.bytes + viewer.user_id.bytes
        return hmac.digest(self.secret, counted_network(address).encode(), "sha256")


@dataclass(eq=False, slots=True)
class ClientBucket:
    """State of a bucket in this process."""

    key: bytes
    limit: RateLimit
    left: float
    """Cost that may be admitted without a charge."""
    known: float
    """Cost that was available to all processes at the time ``known_at``."""
    known_at: float
    used: float = 0.0
    """Cost that was admitted and is not charged yet."""
    charging: asyncio.Future[None] | None = None
    """Future of the next charge."""

    @property
    def slice(self) -> float:
        return self.limit.maximum / SLICES

    @property
    def available_now(self) -> int:
        return max(0, math.floor(self.available(monotonic())))

    def available(self, now: float) -> float:
        """Return the cost that is available at a time, as far as this process knows."""
        restored = self.known + (now - self.known_at) * self.limit.restore_rate
        return min(self.limit.maximum, restored) - self.used

    def take(self, cost: float) -> None:
        """Take a cost, or return a negative one."""
        self.left -= cost
        self.used += cost

    def charged(self, sent: float, seconds: float, now: float) -> None:
        """Apply a charge of ``sent``, after which the bucket is full in a number of seconds."""
        self.used -= sent
        self.known, self.known_at = self.limit.maximum - seconds * self.limit.restore_rate, now
        self.left = min(self.slice, self.known) - self.used


class RateLimiter:
    """Buckets of all clients of this process."""

    def __init__(self, limits: RateLimits, charge: Charge) -> None:
        self._limits, self._charge = limits, charge
        self._key_limit = limits.by_name.get(KEY)
        self._buckets: OrderedDict[Hashable, ClientBucket] = OrderedDict()
        self._due: dict[bytes, ClientBucket] = {}
        self._running: asyncio.Task[None] | None = None

    async def take(self, request: GraphQLRequest, viewer: Viewer | None, cost: int) -> ClientBucket | None:
        """Take a cost from the bucket of a client. Return None without a limit.

        Raises RateLimited, with the time after which the operation can be admitted.
        """
        bucket = self.bucket(request, viewer)
        if bucket is None:
            return None
        if cost > bucket.left:
            await self._refill(bucket, cost)
        bucket.take(cost)
        if bucket.used >= bucket.slice / 2:
            self._charge_soon(bucket)
        return bucket

    def bucket(self, request: GraphQLRequest, viewer: Viewer | None) -> ClientBucket | None:
        """Return the bucket of a client, or None without a limit."""
        limit = self._limits.of(viewer)
        if limit is None:
            return None
        client: Hashable = request.client_address
        if viewer is not None:
            key_id = viewer.key_id if limit is self._key_limit else None
            client = (viewer.organization_id.int, viewer.user_id.int, key_id)
        found = self._buckets.get(client)
        if found is None or found.limit is not limit:
            found = self._add(client, viewer, limit)
        return found

    def _add(self, client: Hashable, viewer: Viewer | None, limit: RateLimit) -> ClientBucket:
        key = self._limits.key(viewer, str(client))
        known = self._buckets.pop(client, None)
        # a viewer with another role has the same bucket, of another size
        made = ClientBucket(
            key, limit, limit.maximum / SLICES, limit.maximum, monotonic(), known.used if known else 0.0
        )
        self._buckets[client] = made
        if len(self._buckets) > MOST_BUCKETS:
            _, dropped = self._buckets.popitem(last=False)
            if dropped.used:
                self._charge_soon(dropped)
        return made

    async def close(self) -> None:
        """Stop charging. What is not charged yet, less than half a slice of each bucket, is lost."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    async def _refill(self, bucket: ClientBucket, cost: int) -> None:
        """Charge the bucket, and take a new slice. Raises RateLimited at once if too little is available."""
        _require(bucket, cost)
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                await asyncio.shield(self._charge_soon(bucket))
        except TimeoutError:
            return
        _require(bucket, cost)

    def _charge_soon(self, bucket: ClientBucket) -> asyncio.Future[None]:
        """Charge a bucket in the background. Return the future that is done then."""
        if bucket.charging is None:
            bucket.charging = asyncio.get_running_loop().create_future()
            self._due[bucket.key] = bucket
            if self._running is None:
                self._running = asyncio.create_task(self._charge_due())
        return bucket.charging

    async def _charge_due(self) -> None:
        """Charge all buckets that are due, until there are none."""
        try:
            while self._due:
                await self._charge_some([self._due.pop(key) for key in sorted(self._due)[:MOST_CHARGED]])
        finally:
            self._running = None

    async def _charge_some(self, buckets: Sequence[ClientBucket]) -> None:
        sent = [bucket.used for bucket in buckets]
        charges = [(each.key, used / each.limit.restore_rate) for each, used in zip(buckets, sent, strict=True)]
        left: Mapping[bytes, float] = {}
        try:
            left = await self._charge(charges)
        except (*DATABASE_ERRORS, TimeoutError) as error:
            # a server without its database refuses operations for that reason
            log.warning("rate limits are not charged", cause=type(error).__name__)
        now = monotonic()
        for bucket, used in zip(buckets, sent, strict=True):
            bucket.charged(used, left.get(bucket.key, 0.0), now)
            charging, bucket.charging = bucket.charging, None
            if charging is not None and not charging.done():
                charging.set_result(None)


def _require(bucket: ClientBucket, cost: int) -> None:
    """Raise RateLimited if too little is available."""
    missing = cost - bucket.available(monotonic())
    if missing > 0:
        seconds = max(1, math.ceil(missing / bucket.limit.restore_rate))
        unit = "second" if seconds == 1 else "seconds"
        raise RateLimited(f"The rate limit of your client is reached. Try again in {seconds:,} {unit}.", seconds)
