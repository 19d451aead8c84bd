"""A client that leaves cancels what it asked for, so that its statement ends in PostgreSQL as well."""

import asyncio

from starlette.types import Receive

from graphql_app.http.tasks import begun


class ClientLeft(Exception):
    """Nobody is there to answer."""


class UntilClientLeaves:
    """Run the block; when the client disconnects, cancel it, once, and raise :class:`ClientLeft`.

    The request's body must have been read. Once, because a second cancellation would interrupt the block's own
    clean-up: asyncpg would drop the connection without telling PostgreSQL to stop the statement.
    """

    __slots__ = ("_caller", "_cancellations", "_has_cancelled", "_is_over", "_leaving", "_receive")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._has_cancelled = False
        self._is_over = False

    def __enter__(self) -> None:
        caller = asyncio.current_task()
        assert caller is not None
        self._caller = caller
        self._cancellations = caller.cancelling()
        self._leaving = begun(_until_gone(self._receive))
        if self._leaving.done():
            raise ClientLeft
        self._leaving.add_done_callback(self._cancel)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._is_over = True
        self._leaving.remove_done_callback(self._cancel)
        self._leaving.cancel()
        # as asyncio.timeout does: only our own cancellation is turned into an exception
        is_ours = self._has_cancelled and self._caller.uncancel() <= self._cancellations
        if is_ours and isinstance(error, asyncio.CancelledError):
            raise ClientLeft from None

    def _cancel(self, left: asyncio.Task[None]) -> None:
        # who ends all tasks has cancelled the caller too; and what is scheduled comes, although it was removed
        if not (left.cancelled() or self._is_over):
            self._has_cancelled = True
            self._caller.cancel("the client left")


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
