"""uvicorn's HTTP protocol, which also tells at once that a client has left, and sends a whole answer in one piece."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from graphql_app.http.departure import DEPARTURE, Told
from graphql_app.http.drain import Drain
from graphql_app.http.whole import Whole


class Protocol(HttpToolsProtocol):
    """One connection. It answers one request after the other."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._departure = Told()
        self._running: RequestResponseCycle | None = None

    @property
    def is_new(self) -> bool:
        """Whether no request has been received so far."""
        return self.cycle is None

    def close_after_response(self) -> None:
        """Close the connection after the response to the request that runs, if any, and say so in its head."""
        if self._running is not None and not self._running.response_started:
            self._running.keep_alive = False

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        # uvicorn tells the request that came last, though it may still wait for the one before it
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
        self._departure.tell()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        drain: Drain | None = self.app_state.get("drain")
        if drain is not None and drain.announced:
            cycle.keep_alive = False
        scope: Any = cycle.scope
        scope[DEPARTURE] = self._departure
        whole: Any = Whole(app, cycle)
        super()._start_asgi_task(cycle, whole)
