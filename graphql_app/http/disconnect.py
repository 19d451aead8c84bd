"""A client that leaves cancels what it asked for, so that its statement ends in PostgreSQL as well."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Receive

from graphql_app.http.tasks import begun


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
    leaving = begun(_until_gone(receive))
    if leaving.done():
        raise ClientLeft

    def cancel(left: asyncio.Task[None]) -> None:
        if not left.cancelled():
            caller.cancel("the client left")

    leaving.add_done_callback(cancel)
    try:
        yield
    except asyncio.CancelledError:
        # as asyncio.timeout does: only our own cancellation is turned into an exception
        if leaving.done() and not leaving.cancelled() and caller.uncancel() <= cancellations:
            raise ClientLeft from None
        raise
    finally:
        leaving.remove_done_callback(cancel)
        leaving.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
