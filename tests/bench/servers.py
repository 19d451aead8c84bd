"""Servers on their core: start, request, wait until idle, stop."""

import http.client
import json
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.calls import Call, Calls
from tests.bench.contestants import Contestant
from tests.bench.cpu import SERVER_CORE, cpu_seconds, pinned
from tests.bench.data import Bench
from tests.bench.operations.operation import Organization
from tests.support.processes import free_port

TIMEOUT = 60.0
"""Seconds for a start, for a response, and until a server is idle."""
ROOT = Path(__file__).parents[2]


class Failed(Exception):
    """Failure of a server to start or to respond without errors."""


@dataclass(frozen=True)
class Server:
    """Running server."""

    contestant: Contestant
    port: int
    process: subprocess.Popen[bytes]
    calls: Calls

    @property
    def name(self) -> str:
        """Return the contestant's name."""
        return self.contestant.name

    def cpu(self) -> float:
        """Return the seconds of CPU that it has used."""
        return cpu_seconds(self.process.pid)

    def fetch(self, call: Call) -> Any:
        """Return the response. Raises Failed for another status than 200, and for errors."""
        status, text = self.send(call)
        body = json.loads(text) if status == 200 else {"errors": repr(text[:500])}
        if body.get("errors"):
            raise Failed(f"{self.contestant.title}, {call.operation}: {status} {body['errors']}")
        return body

    def send(self, call: Call) -> tuple[int, bytes]:
        """Return the status and the body of the response."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if call.token:
            headers["Authorization"] = f"Bearer {call.token}"
        connection.request("POST", "/graphql", call.body, headers)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        return response.status, text

    def settle(self) -> None:
        """Wait until abandoned requests of a load are answered as well."""
        quiet, deadline = 0, time.monotonic() + TIMEOUT
        while quiet < 3 and time.monotonic() < deadline:
            before = self.cpu()
            time.sleep(0.06)
            quiet = quiet + 1 if self.cpu() - before < 0.015 else 0


@contextmanager
def running(
    contestant: Contestant, bench: Bench, among: list[Organization], seed: int, *, core: str | None = SERVER_CORE
) -> Iterator[Server]:
    """Run the server of a contestant until the end of the block. Raises Failed if it does not start."""
    port = free_port()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            contestant.command(port) if core is None else pinned(core, contestant.command(port)),
            cwd=ROOT,
            env=contestant.environment_on(bench),
            stdout=log,
            stderr=log,
        )
        try:
            if not wait_for(port, process):
                log.seek(0)
                raise Failed(f"{contestant.title} does not start:\n{log.read()[-1500:].decode(errors='replace')}")
            yield Server(contestant, port, process, Calls(among, contestant.dialect, seed))
        finally:
            stop(process)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Return True when the server accepts connections, False if it ends or takes too long."""
    deadline = time.monotonic() + TIMEOUT
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server, whatever its state."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
