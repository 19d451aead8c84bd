"""Command ``workline serve`` as a process: from an empty directory to a response and an orderly end."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from graphql_app.postgres.embedded import EmbeddedPostgres
from graphql_app.postgres.embedded.postmaster import is_postgres
from graphql_app.postgres.roles import APP, NAME
from tests.support.application import NAMED
from tests.support.checkout import ROOT
from tests.support.databases import UNSAFE_AND_FAST, TestDatabase
from tests.support.directories import open_directory
from tests.support.processes import ADDRESS, PATIENCE, PLAIN, Process, Running, until

pytestmark = [pytest.mark.embedded, pytest.mark.slow]

WORKLINE = [sys.executable, "-m", "graphql_app"]
LIVE = "/health/live"
STARTED = "Application startup complete"
STRONG = "Zt8pWq3nKx5vLr7mYd2sHf9gJb4cRe6a"
SMALL = ["--tasks", "20", "--organizations", "2"]


class Serving(Process):
    """Server in a separate process."""

    @property
    def api(self) -> Running:
        """Wait until it serves, and return its client."""
        return Running(self.wait_for(ADDRESS))

    @property
    def postgres(self) -> int:
        """Return the process id of its database."""
        return int((self.directory / ".workline" / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


def environment(**variables: str) -> dict[str, str]:
    """Return the current environment with this code and ``variables``."""
    return os.environ | {"PYTHONPATH": str(ROOT)} | NAMED | variables


def workline(directory: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end in this environment."""
    done = subprocess.run(
        [*WORKLINE, *arguments], cwd=directory, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def filled() -> Iterator[Path]:
    """Provide a directory whose embedded database holds a small demo."""
    with open_directory("serve") as directory:
        workline(directory, "seed", *SMALL)
        yield directory


@pytest.fixture
def serve(request: pytest.FixtureRequest) -> Iterator[Callable[..., Serving]]:
    """Return a function that starts servers, by default in the directory with the demo. Ends them after the test."""
    started: list[Serving] = []

    def start(*options: str, directory: Path | None = None, **variables: str) -> Serving:
        place: Path = directory or request.getfixturevalue("filled")
        command = [*WORKLINE, "serve", "--port", "0", *options]
        started.append(Serving(command, place, environment(**variables), place / "said"))
        return started[-1]

    yield start
    for serving in started:
        with suppress(ProcessLookupError):
            serving.end()


def logged_in(api: Running) -> str:
    """Return a token of the demo's owner."""
    mutation = 'mutation { logIn(input: {email: "owner@north.example", password: "workline-demo"}) { token } }'
    token: str = api.data(mutation)["logIn"]["token"]
    return token


def tasks_seen(api: Running, token: str) -> int:
    """Return the number of tasks that the demo's owner sees."""
    total: int = api.data("{ tasks { totalCount } }", token)["tasks"]["totalCount"]
    return total


def test_an_empty_directory_becomes_a_server_with_a_demo_and_keeps_it(serve: Callable[..., Serving]) -> None:
    with open_directory("first") as directory:
        first = serve(directory=directory)
        total = tasks_seen(first.api, logged_in(first.api))
        assert "owner@north.example   password workline-demo" in first.said
        postgres = first.postgres
        assert first.end(signal.SIGINT) == 0
        assert not is_postgres(postgres)
        second = serve(directory=directory)
        assert tasks_seen(second.api, logged_in(second.api)) == total > 0
        assert "demo organizations" not in second.said
        # like a closed terminal
        assert second.end(signal.SIGHUP) == 0


def test_a_command_shares_the_running_database_and_a_killed_one_is_restarted(
    serve: Callable[..., Serving],
) -> None:
    serving = serve()
    api, postgres = serving.api, serving.postgres
    token = workline(serving.directory, "token", "owner@north.example").stdout.strip()
    assert serving.postgres == postgres
    assert tasks_seen(api, token) == 20 / 2
    os.kill(postgres, signal.SIGKILL)
    serving.wait_for("has crashed and was restarted")
    assert tasks_seen(api, token) == 20 / 2
    assert serving.postgres != postgres


def test_serving_processes_end_when_their_parent_is_killed(serve: Callable[..., Serving]) -> None:
    serving = serve("--processes", "2")
    api = serving.api
    assert serving.end(signal.SIGKILL) == -signal.SIGKILL
    assert until(lambda: not api.answers(LIVE))
    assert is_postgres(serving.postgres)
    # the next process takes over the running database, and stops it
    assert "PostgreSQL has stopped" in workline(serving.directory, "token", "owner@north.example").stderr


def outcomes(api: Running, path: str, serving: Serving) -> set[str]:
    """Return the outcomes of new connections, one after the other, until the server has ended."""
    seen: set[str] = set()
    while serving.popen.poll() is None:
        try:
            answer = httpx.get(f"{api.address}{path}", timeout=PATIENCE, verify=PLAIN)
            seen.add(f"{answer.status_code} {answer.headers.get('connection', 'keep-alive')}")
        except httpx.ConnectError:
            seen.add("refused")
    return seen


def test_a_configured_database_is_served_and_running_requests_finish(
    serve: Callable[..., Serving], shared_database: TestDatabase, tmp_path: Path
) -> None:
    serving = serve(directory=tmp_path, DATABASE_URL=shared_database.app_url, WORKLINE_DRAIN_DELAY="0.5")
    api = serving.api
    assert api.answers()
    assert "PostgreSQL" not in serving.said
    assert not (tmp_path / ".workline" / "postgres").exists()
    assert_orderly_end(serving, api)


def operations_counted(serving: Serving) -> float:
    """Return the number of operations in the metrics, which are served on a separate port."""
    answer = httpx.get(serving.wait_for(r"Metrics: (http://\S+)"), verify=PLAIN)
    families = text_string_to_metric_families(answer.text)
    samples = [sample for family in families for sample in family.samples]
    return sum(each.value for each in samples if each.name == "workline_operation_duration_seconds_count")


def test_several_processes_hide_secrets_replace_ended_ones_and_finish_requests(
    serve: Callable[..., Serving], shared_database: TestDatabase, tmp_path: Path
) -> None:
    secrets = {"DATABASE_OWNER_URL": shared_database.owner_url, "WORKLINE_SECRET_KEY": STRONG}
    addresses = {"DATABASE_URL": shared_database.app_url}
    other = {"WORKLINE_DRAIN_DELAY": "0.5", "WORKLINE_METRICS_PORT": "0"}
    serving = serve("--processes", "2", directory=tmp_path, **addresses, **secrets, **other)
    api = serving.api
    # the loss of a process that never served ends the server
    assert until(lambda: serving.said.count(STARTED) == 2)
    before = workers(serving)
    assert len(before) == 2
    for process in map(psutil.Process, before):
        shown = [*process.environ(), *process.environ().values(), *process.cmdline()]
        assert "PATH" in shown
        assert not [each for each in shown for secret in (*secrets, *secrets.values()) if secret in each]
    for _ in range(8):
        api.data("{ __typename }")
    assert operations_counted(serving) == 8
    os.kill(min(before), signal.SIGKILL)
    assert until(lambda: len(workers(serving) | before) == 3)
    assert api.answers()
    assert until(lambda: serving.said.count(STARTED) == 3)
    assert operations_counted(serving) == 8
    assert_orderly_end(serving, api)


def assert_orderly_end(serving: Serving, api: Running) -> None:
    """Assert that every new connection is answered or refused during the stop, and none is left open or reset."""
    serving.popen.send_signal(signal.SIGTERM)
    assert outcomes(api, LIVE, serving) <= {"200 keep-alive", "200 close", "refused"}
    assert serving.popen.wait() == 0
    assert not api.answers(LIVE)


@pytest.fixture
def own_database_server(filled: Path) -> Iterator[tuple[EmbeddedPostgres, str]]:
    """Run the filled database on a server that the test may stop, and return the application's address of it."""
    with EmbeddedPostgres(filled / ".workline", UNSAFE_AND_FAST) as server:
        yield server, server.address(APP, NAME)


def test_a_process_that_ends_during_an_outage_is_restarted_after_it(
    serve: Callable[..., Serving], own_database_server: tuple[EmbeddedPostgres, str], tmp_path: Path
) -> None:
    postgres, address = own_database_server
    serving = serve("--processes", "2", directory=tmp_path, DATABASE_URL=address)
    api = serving.api
    assert until(lambda: serving.said.count(STARTED) == 2)
    postgres.stop()
    os.kill(min(workers(serving)), signal.SIGKILL)
    serving.wait_for("A server process failed to start .* Restarting it in 2 s.")
    assert api.answers(LIVE)
    postgres.start()
    assert until(lambda: serving.said.count(STARTED) == 3)
    assert api.answers()
    assert serving.end(signal.SIGTERM) == 0


def test_the_first_start_waits_for_the_database_on_request(
    serve: Callable[..., Serving], own_database_server: tuple[EmbeddedPostgres, str], tmp_path: Path
) -> None:
    postgres, address = own_database_server
    postgres.stop()
    serving = serve("--wait-for-database", directory=tmp_path, DATABASE_URL=address)
    serving.wait_for("No database answers at .* Retrying in")
    postgres.start()
    assert serving.api.answers()
    assert serving.end(signal.SIGTERM) == 0


def workers(serving: Serving) -> set[int]:
    """Return the process ids of the serving processes of a parent."""
    found = set()
    for child in psutil.Process(serving.popen.pid).children():
        with suppress(psutil.Error):
            if "spawn_main" in " ".join(child.cmdline()):
                found.add(child.pid)
    return found


def test_serving_with_reload_starts_and_ends(serve: Callable[..., Serving]) -> None:
    serving = serve("--reload")
    assert serving.api.answers(LIVE)
    postgres = serving.postgres
    assert serving.end(signal.SIGTERM) == 0
    assert not is_postgres(postgres)
