"""A client that leaves cancels what it asked for, so that its statement ends in PostgreSQL as well."""

import asyncio

from graphql_app.http.departure import Departure


class ClientLeft(Exception):
    """Nobody is there to answer."""


class UntilClientLeaves:
    """Run the block; when the client leaves, cancel it, once, and raise :class:`ClientLeft`.

    Once, because a second cancellation would interrupt the block's own clean-up: asyncpg would drop the connection
    without telling PostgreSQL to stop the statement.
    """

    __slots__ = ("_caller", "_cancellations", "_departure", "_has_cancelled")

    def __init__(self, departure: Departure) -> None:
        self._departure = departure
        self._has_cancelled = False

    def __enter__(self) -> None:
        caller = asyncio.current_task()
        assert caller is not None
        self._caller = caller
        self._cancellations = caller.cancelling()
        if self._departure.watch(self._cancel):
            raise ClientLeft

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._departure.forget()
        # as asyncio.timeout does: only our own cancellation is turned into an exception
        is_ours = self._has_cancelled and self._caller.uncancel() <= self._cancellations
        if is_ours and isinstance(error, asyncio.CancelledError):
            raise ClientLeft from None

    def _cancel(self) -> None:
        self._has_cancelled = True
        self._caller.cancel("the client left")
