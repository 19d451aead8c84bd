"""Toy application on a real uvicorn: in this process, so that a test can inspect it, or in another one."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp

from graphql_app.http.logging import configure_logging
from graphql_app.http.server import ApplicationServer, server_config
from graphql_app.settings import Settings
from tests.http.toy import Trace, toy_app, toy_settings


class InnerServer(ApplicationServer):
    """Server that leaves the signals to the test run."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    @property
    def port(self) -> int:
        port: int = self.listeners[0].socket.getsockname()[1]
        return port


@asynccontextmanager
async def running(app: ASGIApp, settings: Settings, **options: Any) -> AsyncIterator[InnerServer]:
    """Run a server for ``app`` in this process, and stop it in an orderly way at the end of the block."""
    server = InnerServer(server_config(app, settings, port=0, **options))
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
            await asyncio.sleep(0.01)
        yield server
    finally:
        server.should_exit = True
        await task


@dataclass
class Child:
    """Server in another process."""

    process: asyncio.subprocess.Process
    port: int
    log: list[str] = field(default_factory=list)

    async def began(self) -> None:
        """Wait until a slow field runs."""
        assert self.process.stdout is not None
        assert await self.process.stdout.readline() == b"began\n"

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    async def ended(self) -> int:
        """Wait for the end of the process and return its exit status."""
        assert self.process.stderr is not None
        self.log += (await self.process.stderr.read()).decode().splitlines()
        return await self.process.wait()


@asynccontextmanager
async def child(**environment: str) -> AsyncIterator[Child]:
    """Start a server process that accepts requests, and kill it at the end of the block if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.http.serving",
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield Child(process, int(await process.stdout.readline()))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait until the condition is true. The test's timeout is the limit."""
    while True:
        found = condition()
        if found if isinstance(found, bool) else await found:
            return
        await asyncio.sleep(0.01)


class AnnouncingServer(ApplicationServer):
    """Server that prints its port."""

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(None)
        announce(str(self.listeners[0].socket.getsockname()[1]))


def announce(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    chosen = toy_settings(log_format="json", shutdown_timeout=int(os.environ["SHUTDOWN_TIMEOUT"]))
    configure_logging(chosen)
    announcing = Trace(announce=lambda: announce("began"))
    AnnouncingServer(server_config(toy_app(chosen, announcing), chosen, port=0)).run()
