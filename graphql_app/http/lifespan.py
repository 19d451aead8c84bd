"""Lifespan of the application: services are opened at start and closed in reverse order at stop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import structlog
from starlette.applications import Starlette

from graphql_app.http.services import OpenServices, Services
from graphql_app.settings import Settings

log = structlog.get_logger("workline.server")

LAST_WORDS = 5.0
"""Seconds for cancelled operations to end their statements and release their connections."""

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[Mapping[str, Any]]]


def lifespan(settings: Settings, open_services: OpenServices) -> Lifespan:
    """Return a Starlette lifespan around ``open_services``. The services are in ``app.state`` while it lasts."""

    @asynccontextmanager
    async def run(app: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        async with open_services(settings) as services:
            app.state.services = services
            # the server that runs this application announces the stop through the drain
            yield {"drain": services.drain}
            services.drain.begin()
            await _last_words(services)

    return run


async def _last_words(services: Services) -> None:
    try:
        async with asyncio.timeout(LAST_WORDS):
            await services.drain.idle()
    except TimeoutError:
        log.warning("stopping although operations are still running")
