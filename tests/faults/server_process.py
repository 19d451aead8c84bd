"""Server process that is started, killed without a warning, and started again on the same port."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.audited_organization import Books
from tests.support.checkout import ROOT
from tests.support.processes import PLAIN, free_port
from tests.support.settings import SECRET

FAULTS = 3
"""Percentage of mutations that fail."""
SWEEP_PERIOD = 0.5


@dataclass
class Server:
    """Server at one address, in successive processes."""

    environment: dict[str, str]
    port: int
    process: asyncio.subprocess.Process | None = None
    kills: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start a process, and wait until it answers. Replace a process that ends before, for lack of a connection."""
        async with httpx.AsyncClient(verify=PLAIN) as client:
            while not await self._is_ready(client):
                if self.process is None or self.process.returncode is not None:
                    self.process = await asyncio.create_subprocess_exec(
                        sys.executable, "-m", "tests.faults.faulty_server", cwd=ROOT, env=self.environment
                    )
                await asyncio.sleep(0.05)

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.address}/health/ready", timeout=5)).is_success
        except httpx.TransportError:
            return False

    async def end(self, number: signal.Signals) -> None:
        """Send a signal and wait for the end of the process."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
            await self.process.wait()

    async def kill(self) -> None:
        """Send SIGKILL, and start again."""
        await self.end(signal.SIGKILL)
        self.kills += 1
        await self.start()


@asynccontextmanager
async def served(books: Books, log: Path) -> AsyncIterator[Server]:
    """Run the server on the database of the books."""
    port = free_port()
    variables = {
        "DATABASE_URL": books.database.app_url,
        "FAULTS": str(FAULTS),
        "FAULTS_LOG": str(log),
        "WORKLINE_ENV": "test",
        "WORKLINE_LOG_LEVEL": "error",
        "WORKLINE_PORT": str(port),
        "WORKLINE_SECRET_KEY": SECRET,
        "WORKLINE_SWEEP_PERIOD": str(SWEEP_PERIOD),
    }
    server = Server({**os.environ, **variables}, port)
    await server.start()
    try:
        yield server
    finally:
        await server.end(signal.SIGTERM)
