"""Effect of revoked access within seconds: on the cache of checked viewers, and on open sockets and streams.

PostgreSQL announces a change of a user, a session or an API key to all processes (NOTIFY). Announcements are hints:
without them, entries of the cache expire, and the viewers of open sockets are checked every few seconds, all by one
statement.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from uuid import UUID

import structlog

from graphql_app.database.access_cache import CHANNEL, AccessCache
from graphql_app.database.pool import ConnectionPool
from graphql_app.postgres.addresses import Address
from graphql_app.postgres.admin_connections import DriverConnection, connect
from graphql_app.viewer import Viewer

log = structlog.get_logger("workline.access")

INTERVAL = 3.0
"""Seconds between two checks of the viewers of open sockets, if no change is announced."""
PAUSE = 1.0
"""Seconds before the listening connection is opened again."""
ENDED = "SELECT place FROM ended_viewers($1, $2, $3, $4, $5) AS ended(place)"
type End = Callable[[], None]
"""Function that closes a socket or a stream. It is called in the event loop."""


class AccessWatch:
    """Open sockets and streams with their viewers, and the tasks that end those whose access has ended."""

    def __init__(self, connections: ConnectionPool, cache: AccessCache) -> None:
        self._connections = connections
        self._cache = cache
        self._watched: dict[object, tuple[Viewer, End]] = {}
        self._changed = asyncio.Event()

    @contextmanager
    def socket(self, viewer: Viewer | None, end: End) -> Iterator[None]:
        """Call ``end`` if the access of ``viewer`` ends during the block."""
        key = object()
        if viewer is not None:
            self._watched[key] = viewer, end
        try:
            yield
        finally:
            self._watched.pop(key, None)

    def announce(self, payload: str) -> None:
        """Handle the announcement of a change of a user, session or API key, whose ID is the payload."""
        try:
            self._cache.drop(UUID(payload))
        except ValueError:
            self._cache.drop()
        self._changed.set()

    async def run(self) -> None:
        """Check the viewers of open sockets after each announcement, and every few seconds, until cancelled."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), INTERVAL)
            self._changed.clear()
            if self._watched:
                try:
                    await self.check()
                except Exception as error:
                    log.warning("access of open sockets not checked", exc_info=error)

    async def check(self) -> None:
        """End the sockets and streams whose viewers have no access any more."""
        watched = list(self._watched.values())
        viewers = [viewer for viewer, _ in watched]
        columns = (
            [each.organization_id for each in viewers],
            [each.user_id for each in viewers],
            [each.credentials_version for each in viewers],
            [each.session_id for each in viewers],
            [each.key_id for each in viewers],
        )
        async with self._connections.driver() as driver:
            ended = await driver.fetch(ENDED, *columns)
        for row in ended:
            watched[row["place"] - 1][1]()

    async def listen(self, address: Address) -> None:
        """Listen until cancelled. A lost connection is opened again, and the cache is cleared."""
        while True:
            try:
                connection = await connect(address)
            except Exception as error:
                log.warning("changes of access are not announced", cause=type(error).__name__)
            else:
                try:
                    await self._hear(connection)
                finally:
                    connection.terminate()
            await asyncio.sleep(PAUSE)

    async def _hear(self, connection: DriverConnection) -> None:
        """Return when the connection is lost."""
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        with suppress(Exception):
            await connection.add_listener(CHANNEL, lambda *parts: self.announce(str(parts[-1])))
            self._cache.drop()
            await lost.wait()


@asynccontextmanager
async def watching_access(
    connections: ConnectionPool, listening: Address, cache: AccessCache
) -> AsyncIterator[AccessWatch]:
    """Yield the watch of an application while its tasks run. ``listening`` is an address without a pooler."""
    watch = AccessWatch(connections, cache)
    tasks = [asyncio.create_task(watch.run()), asyncio.create_task(watch.listen(listening))]
    try:
        yield watch
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
