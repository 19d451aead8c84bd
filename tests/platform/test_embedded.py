"""Embedded server: created once, shared, restarted, and stopped by its last user."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import chain, repeat
from pathlib import Path

import psutil
import pytest

from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.admin_connections import connect
from graphql_app.postgres.embedded import CrashMonitor, EmbeddedPostgres
from graphql_app.postgres.embedded import postmaster as wheel
from graphql_app.postgres.embedded.directories import server_account
from graphql_app.postgres.embedded.postmaster import Postmaster, is_postgres
from graphql_app.postgres.errors import EmbeddedError, Unreachable
from tests.support.databases import UNSAFE_AND_FAST
from tests.support.directories import open_directory

USE_IT = """
import sys, time
from importlib.util import find_spec
from pathlib import Path
from graphql_app.postgres.embedded import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as server:
    print(server.pid, flush=True)
    sys.stdin.read()
"""

pytestmark = [pytest.mark.embedded, pytest.mark.slow]


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """Provide a directory with a server that was created and stopped."""
    with open_directory("made once") as directory:
        with EmbeddedPostgres(directory, UNSAFE_AND_FAST):
            pass
        yield directory


@pytest.fixture
def directory(made: Path) -> Iterator[Path]:
    """Copy it for one test, to a path with a space and a quote, because creating a server takes a second."""
    with open_directory("a server's") as copy:
        subprocess.run(["cp", "-a", made / "postgres", copy / "postgres"], check=True)
        yield copy


@pytest.fixture
def server(directory: Path) -> Iterator[EmbeddedPostgres]:
    """Run a server."""
    with EmbeddedPostgres(directory, UNSAFE_AND_FAST) as running:
        yield running


@pytest.fixture
def user(directory: Path) -> Iterator[Callable[[], "subprocess.Popen[str]"]]:
    """Return a function that starts another process that uses the server until its input is closed."""
    started: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", USE_IT, str(directory)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


async def fetch_value(server: EmbeddedPostgres, query: str) -> object:
    connection = await connect(parse_address(server.address()))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def wait_for(condition: Callable[[], object]) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not condition():
        time.sleep(0.02)
    return bool(condition())


async def test_data_survives_a_restart(directory: Path) -> None:
    with EmbeddedPostgres(directory, UNSAFE_AND_FAST) as first:
        await fetch_value(first, "CREATE TABLE kept AS SELECT 7 AS number")
    with EmbeddedPostgres(directory, UNSAFE_AND_FAST) as second:
        assert await fetch_value(second, "SELECT number FROM kept") == 7


async def test_a_stopped_server_is_unreachable(directory: Path) -> None:
    with EmbeddedPostgres(directory, UNSAFE_AND_FAST) as server:
        pid = server.pid
    assert pid is not None
    assert not is_postgres(pid)
    with pytest.raises(Unreachable, match="No database answers"):
        await fetch_value(server, "SELECT 1")


async def test_the_server_listens_on_its_socket_only_with_peer_authentication(server: EmbeddedPostgres) -> None:
    assert await fetch_value(server, "SHOW listen_addresses") == ""
    assert not psutil.Process(server.pid).net_connections("inet")
    assert (server.home.data / "pg_hba.conf").read_text() == "local all all peer map=workline\n"


async def test_the_collation_is_the_same_on_every_system(server: EmbeddedPostgres) -> None:
    assert (
        await fetch_value(server, "SELECT string_agg(t, '' ORDER BY t) FROM unnest('{b,B,a,é}'::text[]) AS t") == "Babé"
    )
    assert await fetch_value(server, "SELECT upper('é')") == "É"


async def test_settings_of_the_data_directory_take_precedence(directory: Path) -> None:
    with EmbeddedPostgres(directory, {**UNSAFE_AND_FAST, "work_mem": "7MB"}) as server:
        assert await fetch_value(server, "SHOW work_mem") == "7MB"


async def test_a_killed_server_is_restarted(server: EmbeddedPostgres) -> None:
    said: list[str] = []
    with CrashMonitor(server, said.append, interval=0.02):
        before = server.pid
        assert before is not None
        os.kill(before, signal.SIGKILL)
        assert wait_for(lambda: said)
    assert server.pid != before
    assert said == ["The embedded PostgreSQL has crashed and was restarted."]
    assert await fetch_value(server, "SELECT 1") == 1


async def test_a_killed_server_recovers_committed_rows(directory: Path) -> None:
    with EmbeddedPostgres(directory, {**UNSAFE_AND_FAST, "synchronous_commit": "on"}) as server:
        connection = await connect(parse_address(server.address()))
        await connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        assert wait_for(lambda: server.pid is None)
        assert server.revive()
        connection.terminate()
        assert await fetch_value(server, "SELECT number FROM kept") == 7


def test_the_status_of_a_killed_server_is_not_that_of_its_successor(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = server.home.data / "postmaster.pid"
    ready = lock.read_text()
    starting = ready.replace("ready", "starting")
    killed = "\n".join([str(ended_process()), *ready.splitlines()[1:]]) + "\n"
    postmaster = Postmaster(server.home, wheel.find_programs(server.home.account))
    assert postmaster.ready()
    # the file is replaced after it was read once
    contents = chain([killed], repeat(starting))
    monkeypatch.setattr(Path, "read_text", lambda _: next(contents))
    assert not postmaster.ready()
    assert not postmaster.ready()


def ended_process() -> int:
    """Return the id of a process that has ended."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_supervision_continues_and_reports_a_failed_restart(server: EmbeddedPostgres) -> None:
    said: list[str] = []
    settings = server.home.data / "postgresql.conf"
    sound = settings.read_text()
    with CrashMonitor(server, said.append, interval=0.02):
        settings.write_text("nonsense = 1\n")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        assert wait_for(lambda: said)
        settings.write_text(sound)
        assert wait_for(lambda: server.pid)
    assert "nonsense" in said[0]


def test_a_second_process_shares_the_server_and_the_last_one_stops_it(
    directory: Path, user: Callable[[], "subprocess.Popen[str]"]
) -> None:
    first, second = user(), user()
    assert first.stdout is not None
    assert second.stdout is not None
    pid = int(first.stdout.readline())
    assert int(second.stdout.readline()) == pid
    first.communicate("")
    assert is_postgres(pid)
    second.communicate("")
    assert not is_postgres(pid)


def test_a_killed_user_does_not_count(directory: Path, user: Callable[[], "subprocess.Popen[str]"]) -> None:
    killed = user()
    assert killed.stdout is not None
    pid = int(killed.stdout.readline())
    killed.kill()
    killed.wait()
    with EmbeddedPostgres(directory) as server:
        assert server.pid == pid
    assert not is_postgres(pid)


def test_a_stale_process_id_of_another_program_is_ignored(directory: Path) -> None:
    with EmbeddedPostgres(directory, UNSAFE_AND_FAST) as server:
        lock = server.home.data / "postmaster.pid"
        lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with server:
        assert server.pid not in {None, os.getpid()}


def test_a_path_that_is_too_long_for_a_socket_is_supported(directory: Path) -> None:
    with EmbeddedPostgres(directory / ("long" * 20), UNSAFE_AND_FAST) as server:
        assert not server.home.sockets.is_relative_to(directory)
        assert server.pid is not None
    assert not server.home.sockets.exists()


def test_a_foreign_socket_directory_is_refused(directory: Path) -> None:
    server = EmbeddedPostgres(directory / ("long" * 20), UNSAFE_AND_FAST)
    with server:
        pass
    server.home.sockets.symlink_to(directory)
    with pytest.raises(EmbeddedError, match="belongs to another user"):
        server.start()
    server.home.sockets.unlink()


def test_data_of_another_version_is_left_alone(directory: Path) -> None:
    with EmbeddedPostgres(directory, UNSAFE_AND_FAST) as server:
        pass
    (server.home.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedError, match="created by PostgreSQL 16"):
        server.start()


def test_a_missing_extra_is_reported_with_the_remedy(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheel, "WHEEL", "no_such_wheel")
    with pytest.raises(EmbeddedError, match=r"workline\[embedded\].*DATABASE_URL"):
        EmbeddedPostgres(directory).start()


def test_programs_are_copied_to_a_directory_that_the_account_of_the_server_can_read(directory: Path) -> None:
    account = server_account(directory / "postgres" / "data")
    spec = find_spec(wheel.WHEEL)
    assert spec is not None
    assert spec.origin is not None
    site = Path(spec.origin).parents[1]
    for _ in range(2):
        copy = wheel.copied(site, directory / "copy")
        wheel.Programs(copy / wheel.INSIDE, account).run("postgres", "--version")
    assert [path.name for path in directory.glob("copy*")] == ["copy"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a server as another account")
def test_root_keeps_the_data_in_a_directory_that_the_account_of_the_server_can_read(tmp_path: Path) -> None:
    assert tmp_path.parent.parent.stat().st_mode & 0o001 == 0, "other accounts cannot read pytest's own directories"
    with EmbeddedPostgres(tmp_path, UNSAFE_AND_FAST) as server:
        assert (tmp_path / "postgres").is_symlink()
        assert server.home.directory == (tmp_path / "postgres").resolve()
    with EmbeddedPostgres(tmp_path, UNSAFE_AND_FAST) as again:
        assert again.home.directory == server.home.directory
    shutil.rmtree(server.home.directory)
