"""Application lifespan: services, opened at startup, and the drain of running operations at shutdown."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from starlette.applications import Starlette
from starlette.types import Scope

from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.identity.access_watch import AccessWatch
from graphql_app.identity.authenticator import Authenticator
from graphql_app.settings import Settings
from graphql_app.telemetry.metrics import Metrics
from graphql_app.viewer import Viewer

log = structlog.get_logger("workline.server")

CANCELLATION_TIMEOUT = 5.0
"""Seconds for cancelled operations to end their statements and release their connections."""


class OperationCounter:
    """Counter of running blocks, which may overlap. ``ended`` is set at the end of each block."""

    def __init__(self, ended: asyncio.Event) -> None:
        self.running = 0
        self._ended = ended

    def __enter__(self) -> None:
        self.running += 1

    def __exit__(self, *_: object) -> None:
        self.running -= 1
        self._ended.set()


class Drain:
    """State of an application that is shutting down.

    First the stop is announced: readiness fails, and responses close their connections, while requests are still served
    for ``delay`` seconds. Then the drain begins: open sockets retire, and no new one is served.
    """

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        """Seconds between the announcement and the beginning of the drain."""
        self.announced = self.begun = False
        self._changed = asyncio.Event()
        self.operations = OperationCounter(self._changed)
        """Context manager around each operation."""
        self.streams = OperationCounter(self._changed)
        """Context manager around each subscription over HTTP."""
        self._sockets: dict[object, Callable[[], None]] = {}

    def announce(self) -> None:
        """Mark the server as not ready."""
        self.announced = True

    def begin(self) -> None:
        """Retire each socket: it closes as soon as no operation runs on it."""
        self.announce()
        if self.begun:
            return
        self.begun = True
        for retire in list(self._sockets.values()):
            retire()

    @property
    def sockets(self) -> int:
        """Number of open sockets."""
        return len(self._sockets)

    @contextmanager
    def socket(self, retire: Callable[[], None]) -> Iterator[None]:
        """Count the block as an open socket. ``retire`` is called, in the event loop, when the drain begins."""
        key = object()
        self._sockets[key] = retire
        try:
            yield
        finally:
            del self._sockets[key]
            self._changed.set()

    async def idle(self) -> None:
        """Wait until no operation runs and no socket is open."""
        await self._until(lambda: not self.operations.running and not self._sockets)

    async def sockets_closed(self) -> None:
        """Wait until no socket is open."""
        await self._until(lambda: not self._sockets)

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()


Check = Callable[[], Awaitable[Mapping[str, object]]]
"""Readiness check. Returns details to show. Raises an exception if the check fails."""


class RequestExecutor(Protocol):
    """Interface of the executor for HTTP and WebSocket."""

    async def execute(self, request: GraphQLRequest, *, viewer: Viewer | None, read_only: bool) -> GraphQLResponse: ...


@dataclass(frozen=True, slots=True)
class Services:
    """Services of one application: opened and closed by the lifespan, passed to the endpoints."""

    settings: Settings
    executor: RequestExecutor
    authenticator: Authenticator
    drain: Drain
    checks: Mapping[str, Check]
    metrics: Metrics = field(default_factory=Metrics)
    access: AccessWatch | None = None
    """Watch over the access of open sockets and streams."""

    def watched(self, viewer: Viewer | None, end: Callable[[], None]) -> AbstractContextManager[None]:
        """Return a context manager that calls ``end`` if the viewer's access ends during its block."""
        return nullcontext() if self.access is None else self.access.socket(viewer, end)


OpenServices = Callable[[Settings], AbstractAsyncContextManager[Services]]
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[Mapping[str, object]]]


def services_of(scope: Scope) -> Services:
    """Return the services of the application that serves this request or socket."""
    services: Services = scope["app"].state.services
    return services


def lifespan(settings: Settings, open_services: OpenServices) -> Lifespan:
    """Return a Starlette lifespan around ``open_services``. The services are in ``app.state`` while it lasts."""

    @asynccontextmanager
    async def run(app: Starlette) -> AsyncIterator[Mapping[str, object]]:
        async with open_services(settings) as services:
            app.state.services = services
            # the server that runs this application announces the stop through the drain
            yield {"drain": services.drain}
            services.drain.begin()
            await _await_cancelled_operations(services.drain)

    return run


async def _await_cancelled_operations(drain: Drain) -> None:
    try:
        async with asyncio.timeout(CANCELLATION_TIMEOUT):
            await drain.idle()
    except TimeoutError:
        log.warning("stopping although operations are still running")
