"""Real server in a separate process, started by any command."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

PATIENCE = 60.0
PLAIN = False
"""SSL context of httpx without certificates, whose loading takes 40 ms per client. Test servers use plain HTTP."""
ADDRESS = r"(http://\S+)/graphql"
"""Address that a server prints when it is ready."""


@dataclass
class Process:
    """Running command. Both of its output streams are written to the file ``log``."""

    command: Sequence[str]
    directory: Path
    environment: Mapping[str, str]
    log: Path

    def __post_init__(self) -> None:
        with self.log.open("w") as output:
            self.popen = subprocess.Popen(
                self.command, cwd=self.directory, env=dict(self.environment), stdout=output, stderr=output
            )

    @property
    def said(self) -> str:
        """Return its output so far."""
        return self.log.read_text()

    def wait_for(self, pattern: str) -> str:
        """Wait for output that matches ``pattern``, and return its first group, or the whole match."""
        self.wait_until(lambda: re.search(pattern, self.said))
        found = re.search(pattern, self.said)
        assert found, self.said
        return found[1] if found.groups() else found[0]

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait for a condition. Fail if the process ends before."""
        assert until(lambda: condition() or self.popen.poll() is not None), self.said
        assert condition(), f"ended with {self.popen.returncode}:\n{self.said}"

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, and return the exit status."""
        self.popen.send_signal(number)
        return self.popen.wait(PATIENCE)


def until(condition: Callable[[], object]) -> bool:
    """Wait until ``condition`` holds, and return whether it does."""
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(condition())


@dataclass(frozen=True)
class Running:
    """Server that is ready."""

    address: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def answers(self, path: str = "/health/ready") -> bool:
        """Return True for a response of status 200."""
        try:
            return httpx.get(f"{self.address}{path}", timeout=PATIENCE, verify=PLAIN).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def fetch(self, query: str, token: str | None = None, **variables: Any) -> Any:
        """Return the body of the response."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        body = {"query": query, "variables": variables}
        return httpx.post(f"{self.address}/graphql", json=body, headers=headers, timeout=PATIENCE, verify=PLAIN).json()

    def data(self, query: str, token: str | None = None, **variables: Any) -> Any:
        """Return the data of a response without errors."""
        body = self.fetch(query, token, **variables)
        assert "errors" not in body, body
        return body["data"]


@contextmanager
def served(command: Sequence[str], directory: Path, environment: Mapping[str, str]) -> Iterator[Running]:
    """Run ``command`` on a free port; yields the server when it is ready. SIGTERM ends it, with status 0."""
    with TemporaryDirectory() as temporary:
        process = Process(command, directory, {**environment, "WORKLINE_PORT": "0"}, Path(temporary, "log"))
        try:
            address = process.wait_for(ADDRESS)
            running = Running(address, {**environment, "WORKLINE_PORT": address.rpartition(":")[2]})
            process.wait_until(running.answers)
            yield running
        finally:
            status = process.end()
        assert status == os.EX_OK, process.said


def free_port() -> int:
    """Return a port on which no server listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
