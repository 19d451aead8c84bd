"""Cancellation of an operation whose client disconnects, which also cancels its statement in PostgreSQL."""

import asyncio

from graphql_app.http.departure import Departure


class ClientLeft(Exception):
    """Disconnect of the client before the response was ready."""


class UntilClientLeaves:
    """Context manager that cancels its block once if the client disconnects, and then raises :class:`ClientLeft`.

    A second cancellation would interrupt the block's own clean-up: asyncpg would drop the connection without a request
    to PostgreSQL to cancel the statement.
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
        # as in asyncio.timeout: only this object's own cancellation becomes an exception
        is_ours = self._has_cancelled and self._caller.uncancel() <= self._cancellations
        if is_ours and isinstance(error, asyncio.CancelledError):
            raise ClientLeft from None

    def _cancel(self) -> None:
        self._has_cancelled = True
        self._caller.cancel("the client left")
