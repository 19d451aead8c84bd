"""uvicorn server, configured for this application."""

import asyncio
import contextlib
import math
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from graphql_app.http.lifespan import Drain
from graphql_app.http.listener import ABSENT, Listener, Share
from graphql_app.http.uvicorn_adapter import HttpProtocol, ServerConfig, WebSocketProtocol
from graphql_app.settings import Settings

FIRST_REQUEST = 1.0
"""Seconds for the first request of a connection that was made just before the stop."""


def server_config(app: ASGIApp | Callable[[], ASGIApp] | str, settings: Settings, **options: object) -> ServerConfig:
    """Return uvicorn's configuration for ``app`` (or the import path of a factory). ``options`` override the settings.

    A factory that is passed as a callable needs the option ``factory``.
    """
    defaults: dict[str, Any] = {  # options of uvicorn.Config, of different types
        "host": settings.host,
        "port": settings.port,
        "factory": isinstance(app, str),
        "lifespan": "on",
        "log_config": None,  # configured by graphql_app.http.logging
        "http": HttpProtocol,
        "ws": WebSocketProtocol,
        "request_timeout": settings.request_timeout,
        "send_timeout": settings.send_timeout,
        "access_log": False,
        "proxy_headers": False,  # interpreted by the application, see graphql_app.http.request
        "server_header": False,
        "ws_max_size": settings.max_body_bytes,
        "timeout_graceful_shutdown": settings.shutdown_timeout,
    }
    return ServerConfig(app, **defaults | options)


class ApplicationServer(uvicorn.Server):
    """uvicorn server with an orderly stop.

    When a stop is requested, the server reports that it is not ready and continues to serve for the drain delay. Then
    it stops listening, and serves existing connections. A WebSocket may finish its operations before it is closed, like
    a request. uvicorn without this class closes every socket at once (1012).

    ``on_start`` is called when the server listens. ``share`` is set when several processes share the socket.
    """

    def __init__(
        self, config: uvicorn.Config, on_start: Callable[[], object] | None = None, share: Share | None = None
    ) -> None:
        super().__init__(config)
        self.listeners: list[Listener] = []
        self._share = share
        self._on_start = on_start
        self._deadline: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application and listen. Then call ``on_start``.

        Raises SystemExit if the address is not available, or the application does not start.
        """
        bound = [self.config.bind_socket()] if sockets is None else sockets
        await super().startup([])  # uvicorn's own listeners do not share connections evenly between processes
        backlog = self.config.backlog
        self.listeners = [Listener(each, self._connect, backlog=backlog, share=self._share) for each in bound]
        self._count()
        for listener in self.listeners:
            listener.start()
        if self._on_start is not None:
            self._on_start()

    async def on_tick(self, counter: int) -> bool:
        """Return True to stop: when the drain delay is over, or at a second Ctrl-C."""
        self._count()
        return await super().on_tick(counter) and (self.force_exit or self._is_delay_over())

    def _count(self) -> None:
        if self._share is not None:
            self._share.count(len(self.server_state.connections))

    def _is_delay_over(self) -> bool:
        drain, now = self._application_drain(), asyncio.get_running_loop().time()
        if self._deadline is None:
            self._deadline = now if drain is None else now + drain.delay
            self._announce(drain)
        return now >= self._deadline

    def _announce(self, drain: Drain | None) -> None:
        if drain is None:
            return
        drain.announce()
        for connection in list(self.server_state.connections):
            if isinstance(connection, HttpProtocol):
                connection.close_after_response()

    def _application_drain(self) -> Drain | None:
        drain: Drain | None = self.lifespan.state.get("drain")
        return drain

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, let running operations end within ``timeout_graceful_shutdown``, and close everything."""
        drain = self._application_drain()
        if drain is not None:
            self._announce(drain)
            if self._share is not None:
                self._share.count(ABSENT)
            await asyncio.gather(*[each.stop() for each in self.listeners])
            await self._drain(drain)
        await super().shutdown(sockets)

    async def _connect(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(self._protocol, connection, ssl=self.config.ssl)
        self._count()

    def _protocol(self) -> asyncio.Protocol:
        make: Callable[..., asyncio.Protocol] = self.config.http_protocol_class
        return make(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    async def _drain(self, drain: Drain) -> None:
        drain.begin()
        limit = self.config.timeout_graceful_shutdown
        started = asyncio.get_running_loop().time()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self._first_requests()
                await drain.sockets_closed()
        if limit is not None:
            spent = asyncio.get_running_loop().time() - started
            self.config.timeout_graceful_shutdown = max(1, math.ceil(limit - spent))

    async def _first_requests(self) -> None:
        """Wait for the first request of each connection, at most ``FIRST_REQUEST`` seconds.

        Closing earlier would reset it.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_REQUEST):
                # uvicorn has no event for this
                while any(isinstance(each, HttpProtocol) and each.is_new for each in self.server_state.connections):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
