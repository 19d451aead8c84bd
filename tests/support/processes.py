"""The real server as a process of its own, started by whatever command serves."""

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
"""For httpx: verify no certificates, which takes 40 ms per client to load. Servers of tests speak plain HTTP."""
ADDRESS = r"(http://\S+)/graphql"
"""The address that a server prints once it answers."""


@dataclass
class Process:
    """A command that runs. What it says on either stream is written to the file ``log``."""

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
        """Everything it has said so far."""
        return self.log.read_text()

    def wait_for(self, pattern: str) -> str:
        """What the first group of ``pattern`` matches, or all of it, as soon as that was said."""
        self.wait_until(lambda: re.search(pattern, self.said))
        found = re.search(pattern, self.said)
        assert found, self.said
        return found[1] if found.groups() else found[0]

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait for what it will bring about; not any longer when it has ended."""
        assert until(lambda: condition() or self.popen.poll() is not None), self.said
        assert condition(), f"ended with {self.popen.returncode}:\n{self.said}"

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, and return the exit status."""
        self.popen.send_signal(number)
        return self.popen.wait(PATIENCE)


def until(condition: Callable[[], object]) -> bool:
    """Wait until ``condition`` holds; whether it does in the end."""
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(condition())


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    address: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def answers(self, path: str = "/health/ready") -> bool:
        """Whether it says 200."""
        try:
            return httpx.get(f"{self.address}{path}", timeout=PATIENCE, verify=PLAIN).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def ask(self, query: str, token: str | None = None, **variables: Any) -> Any:
        """The response's body."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        body = {"query": query, "variables": variables}
        return httpx.post(f"{self.address}/graphql", json=body, headers=headers, timeout=PATIENCE, verify=PLAIN).json()

    def data(self, query: str, token: str | None = None, **variables: Any) -> Any:
        """The data of a response without errors."""
        body = self.ask(query, token, **variables)
        assert "errors" not in body, body
        return body["data"]


@contextmanager
def served(command: Sequence[str], directory: Path, environment: Mapping[str, str]) -> Iterator[Running]:
    """Run ``command`` on a free port, from when it is ready; SIGTERM ends it, with a status that says all is well."""
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
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
