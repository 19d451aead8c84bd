"""``workline serve`` as a process: from nothing to an answer, and to an end that leaves nothing running."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from graphql_app.postgres.embedded.postmaster import is_postgres
from tests.support.databases import TestDatabase
from tests.support.directories import open_directory

pytestmark = pytest.mark.embedded

PATIENCE = 60.0
ROOT = Path(__file__).parents[2]
SMALL = ["--tasks", "20", "--organizations", "2"]


@dataclass
class Serving:
    """A server in a process of its own, and the directory it was started in."""

    process: "subprocess.Popen[str]"
    directory: Path

    @property
    def said(self) -> str:
        """Everything it has printed so far."""
        return (self.directory / "said").read_text()

    def wait_for(self, pattern: str) -> str:
        """The first group of ``pattern`` as soon as it was printed."""
        assert until(lambda: re.search(pattern, self.said) or self.process.poll() is not None), self.said
        found = re.search(pattern, self.said)
        assert found, self.said
        return found[1] if found.groups() else found[0]

    @property
    def address(self) -> str:
        """Where it answers, once it does."""
        return self.wait_for(r"(http://\S+)/graphql")

    @property
    def postgres(self) -> int:
        """The process id of its database."""
        return int((self.directory / ".workline" / "postgres" / "data" / "postmaster.pid").read_text().split()[0])

    def end(self, number: signal.Signals) -> int:
        """Send a signal; the exit status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def workline(directory: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A command that is run to its end there."""
    command = [sys.executable, "-m", "graphql_app", *arguments]
    done = subprocess.run(command, cwd=directory, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


def environment(**variables: str) -> dict[str, str]:
    """Ours, with this code in it and ``variables``."""
    return os.environ | {"PYTHONPATH": str(ROOT)} | variables


def until(condition: Callable[[], object]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(condition())


def request(address: str, path: str, body: dict[str, Any] | None = None, token: str | None = None) -> tuple[int, Any]:
    """One request; its status and the JSON of its answer."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE)
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    try:
        connection.request("POST" if body else "GET", path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def filled() -> Iterator[Path]:
    """A directory whose embedded database holds a small demo."""
    with open_directory("serve") as directory:
        workline(directory, "seed", *SMALL)
        yield directory


@pytest.fixture
def serve(filled: Path) -> Iterator[Callable[..., Serving]]:
    """Starts servers there, and ends what a test has left."""
    started: list[Serving] = []

    def start(*options: str, directory: Path = filled, **variables: str) -> Serving:
        command = [sys.executable, "-m", "graphql_app", "serve", "--port", "0", *options]
        with (directory / "said").open("w") as output:
            process = subprocess.Popen(
                command, cwd=directory, env=environment(**variables), stdout=output, stderr=output, text=True
            )
        started.append(Serving(process, directory))
        return started[-1]

    yield start
    for serving in started:
        with suppress(ProcessLookupError):
            serving.process.terminate()
        serving.process.wait(PATIENCE)


def logged_in(address: str) -> str:
    """A token of the demo's owner."""
    mutation = 'mutation { logIn(input: {email: "owner@north.example", password: "workline-demo"}) { token } }'
    status, answer = request(address, "/graphql", {"query": mutation})
    assert status == 200, answer
    token: str = answer["data"]["logIn"]["token"]
    return token


def tasks_seen(address: str, token: str) -> int:
    """How many tasks the demo's owner is told of."""
    status, answer = request(address, "/graphql", {"query": "{ tasks { totalCount } }"}, token)
    assert status == 200, answer
    total: int = answer["data"]["tasks"]["totalCount"]
    return total


def test_an_empty_directory_becomes_a_server_with_a_demo_and_keeps_it(serve: Callable[..., Serving]) -> None:
    with open_directory("first") as directory:
        first = serve(directory=directory)
        total = tasks_seen(first.address, logged_in(first.address))
        assert "owner@north.example   password workline-demo" in first.said
        postgres = first.postgres
        assert first.end(signal.SIGINT) == 0
        assert not is_postgres(postgres)
        second = serve(directory=directory)
        assert tasks_seen(second.address, logged_in(second.address)) == total > 0
        assert "demo organizations" not in second.said
        # as when the terminal is closed
        assert second.end(signal.SIGHUP) == 0


def test_a_command_uses_the_database_beside_the_server_and_a_killed_one_is_started_again(
    serve: Callable[..., Serving],
) -> None:
    serving = serve()
    address, postgres = serving.address, serving.postgres
    token = workline(serving.directory, "token", "owner@north.example").stdout.strip()
    assert serving.postgres == postgres
    assert tasks_seen(address, token) == 20 / 2
    os.kill(postgres, signal.SIGKILL)
    serving.wait_for("had died and was started again")
    assert tasks_seen(address, token) == 20 / 2
    assert serving.postgres != postgres


def test_several_processes_serve_one_address_until_they_are_asked_to_end(serve: Callable[..., Serving]) -> None:
    serving = serve("--processes", "2")
    address, postgres = serving.address, serving.postgres
    before = workers(serving)
    assert len(before) == 2
    os.kill(min(before), signal.SIGKILL)
    assert until(lambda: len(workers(serving) | before) == 3)
    assert reachable(address)
    assert serving.end(signal.SIGTERM) == 0
    assert not is_postgres(postgres)
    assert not reachable(address)


def test_serving_processes_end_when_their_parent_is_killed(serve: Callable[..., Serving]) -> None:
    serving = serve("--processes", "2")
    address = serving.address
    assert serving.end(signal.SIGKILL) == -signal.SIGKILL
    assert until(lambda: not reachable(address))
    assert is_postgres(serving.postgres)
    # whoever comes next takes over the database that was left, and stops it
    assert "PostgreSQL has stopped" in workline(serving.directory, "token", "owner@north.example").stderr


def workers(serving: Serving) -> set[int]:
    """The process ids of the serving processes that a parent has started."""
    found = set()
    for child in psutil.Process(serving.process.pid).children():
        with suppress(psutil.Error):
            if "spawn_main" in " ".join(child.cmdline()):
                found.add(child.pid)
    return found


def reachable(address: str) -> bool:
    try:
        return request(address, "/health/live")[0] == 200
    except OSError:
        return False


def test_serving_with_reload_starts_and_ends(serve: Callable[..., Serving]) -> None:
    serving = serve("--reload")
    assert reachable(serving.address)
    assert serving.end(signal.SIGTERM) == 0


def test_a_given_database_is_served_without_starting_one(
    serve: Callable[..., Serving], shared_database: TestDatabase, tmp_path: Path
) -> None:
    serving = serve(directory=tmp_path, DATABASE_URL=shared_database.app_url)
    assert request(serving.address, "/health/ready")[0] == 200
    assert "PostgreSQL" not in serving.said
    assert not (tmp_path / ".workline" / "postgres").exists()
    assert serving.end(signal.SIGTERM) == 0
