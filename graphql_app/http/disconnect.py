"""A client that leaves cancels what it asked for, so that its statement ends in PostgreSQL as well."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Receive


class ClientLeft(Exception):
    """Nobody is there to answer."""


@asynccontextmanager
async def until_client_leaves(receive: Receive) -> AsyncIterator[None]:
    """Run the block; when the client disconnects, cancel it, once, and raise :class:`ClientLeft`.

    The request's body must have been read. Once, because a second cancellation would interrupt the block's own
    clean-up: asyncpg would drop the connection without telling PostgreSQL to stop the statement.
    """
    caller = asyncio.current_task()
    assert caller is not None
    cancellations = caller.cancelling()
    watcher = asyncio.create_task(_cancel_when_gone(receive, caller))
    try:
        yield
    except asyncio.CancelledError:
        # as asyncio.timeout does: only the watcher's own cancellation is turned into an exception
        if watcher.done() and not watcher.cancelled() and caller.uncancel() <= cancellations:
            raise ClientLeft from None
        raise
    finally:
        watcher.cancel()


async def _cancel_when_gone(receive: Receive, caller: asyncio.Task[object]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    caller.cancel("the client left")
