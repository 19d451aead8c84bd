"""The real server as a process of its own, started by whatever command serves."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

PATIENCE = 30.0


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    address: str
    environment: Mapping[str, str]

    def ask(self, query: str, token: str | None = None, **variables: Any) -> Any:
        """The response's body."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        body = {"query": query, "variables": variables}
        return httpx.post(f"{self.address}/graphql", json=body, headers=headers, timeout=PATIENCE).json()

    def data(self, query: str, token: str | None = None, **variables: Any) -> Any:
        """The data of a response without errors."""
        body = self.ask(query, token, **variables)
        assert "errors" not in body, body
        return body["data"]


@contextmanager
def served(command: Sequence[str], directory: Path, environment: Mapping[str, str]) -> Iterator[Running]:
    """Run ``command`` on a free port, from when it is ready; SIGTERM ends it, with a status that says all is well."""
    port = free_port()
    variables = {**environment, "WORKLINE_PORT": str(port)}
    process = subprocess.Popen(command, cwd=directory, env=variables)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/health/ready", process)
        yield Running(address, variables)
    finally:
        process.send_signal(signal.SIGTERM)
        status = process.wait(PATIENCE)
    assert status == os.EX_OK


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    """Return when the address answers with 200; fail when the process ends before."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, f"ended with {process.returncode}"
        try:
            if httpx.get(address).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise TimeoutError(address)
