"""uvicorn, set up for this application."""

import asyncio
import contextlib
import math
import socket
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from graphql_app.http.drain import Drain
from graphql_app.http.protocol import Protocol
from graphql_app.settings import Settings


def server_config(app: ASGIApp | str, settings: Settings, **options: Any) -> uvicorn.Config:
    """uvicorn's configuration for ``app`` (or the import path of a factory); ``options`` win over the settings."""
    defaults: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "factory": isinstance(app, str),
        "lifespan": "on",
        "log_config": None,  # ours is in force already, see graphql_app.http.logs
        "http": Protocol,
        "access_log": False,
        "proxy_headers": False,  # the application reads them itself, see graphql_app.http.client_address
        "server_header": False,
        "ws_max_size": settings.max_body_bytes,
        "timeout_graceful_shutdown": settings.shutdown_timeout,
    }
    return uvicorn.Config(app, **defaults | options)


class Server(uvicorn.Server):
    """uvicorn, except that a WebSocket may finish its operations before it is closed, as a request may.

    uvicorn by itself closes every socket at once (1012), whatever runs on it.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, let running operations end within ``timeout_graceful_shutdown``, and close everything."""
        drain: Drain | None = self.lifespan.state.get("drain")
        if drain is not None:
            await self._drain(drain)
        await super().shutdown(sockets)

    async def _drain(self, drain: Drain) -> None:
        for listener in self.servers:
            listener.close()
        drain.begin()
        limit = self.config.timeout_graceful_shutdown
        started = asyncio.get_running_loop().time()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await drain.sockets_closed()
        if limit is not None:
            spent = asyncio.get_running_loop().time() - started
            self.config.timeout_graceful_shutdown = max(1, math.ceil(limit - spent))
