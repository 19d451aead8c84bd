"""PostgreSQL's main process: started, found running, stopped."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from graphql_app.postgres.embedded.home import SOCKET_NAME, Home
from graphql_app.postgres.embedded.programs import Programs
from graphql_app.postgres.errors import EmbeddedError

START_PATIENCE = 120.0
"""Seconds: recovery after a crash reads the log that was written since the last checkpoint."""
STOP_PATIENCE = 30.0
LEFTOVER = "pre-existing shared memory block"
"""What PostgreSQL says (in English, in which we start it) while workers of a killed server are still there."""
LEFTOVER_PATIENCE = 10.0
"""Seconds: the workers of a killed server hold its memory until they notice."""
PAUSE = 0.02
STATUS_LINE = 7


@dataclass(slots=True)
class Postmaster:
    """The main process of the server in ``home``, whoever started it."""

    home: Home
    programs: Programs
    _child: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def alive(self) -> bool:
        """Whether it runs, be it only just starting or still stopping."""
        return (self._child is not None and self._child.poll() is None) or self.pid() is not None

    def pid(self) -> int | None:
        """Its process id once it has written it down, if that is a living PostgreSQL."""
        pid = self._written_pid()
        return pid if pid is not None and is_postgres(pid) else None

    def ready(self) -> bool:
        """Whether it takes connections."""
        lines = self._lines()
        return len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready" and self.pid() is not None

    def start(self) -> None:
        """Start it and wait until it takes connections. Raises EmbeddedError with the end of its log."""
        deadline = time.monotonic() + LEFTOVER_PATIENCE
        while not self._started():
            if LEFTOVER not in self._said() or time.monotonic() > deadline:
                raise EmbeddedError(f"The embedded PostgreSQL does not start. {self._said()}")
            time.sleep(10 * PAUSE)

    def wait_until_ready(self) -> None:
        """Wait for one that somebody else has started."""
        if not until(self.ready, START_PATIENCE, self.alive):
            raise EmbeddedError(f"The embedded PostgreSQL is not ready. {self._said()}")

    def stop(self) -> None:
        """Shut it down and wait until its process has ended, which is a moment after it has removed its process id.

        Does nothing if it does not run.
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
        """Let it outlive this process, without Python's warning about a child that was forgotten."""
        if self._child is not None and self._child.poll() is None:
            self._child.returncode = 0
        self._child = None

    def _started(self) -> bool:
        self._forget_stranger()
        self._child = self.programs.start("postgres", ["-D", str(self.home.data)], self.home.log)
        return until(self.ready, START_PATIENCE, lambda: self._child is not None and self._child.poll() is None)

    def _forget_stranger(self) -> None:
        """Remove the written process id if it is another program's now, as happens when a container starts again.

        PostgreSQL takes any living process for its own and would not start. The id of a dead one it must find: it leads
        to the memory that workers of a killed server may still be using.
        """
        pid = self._written_pid()
        if pid is not None and is_stranger(pid):
            (self.home.data / "postmaster.pid").unlink()
            (self.home.sockets / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)

    def _written_pid(self) -> int | None:
        lines = self._lines()
        return int(lines[0]) if lines and lines[0].isdigit() else None

    def _lines(self) -> list[str]:
        try:
            return (self.home.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _said(self) -> str:
        lines = self.home.log.read_text(errors="replace").splitlines()
        return "\n".join([f"The end of {self.home.log}:", *(f"    {line}" for line in lines[-12:])])


def is_postgres(pid: int) -> bool:
    """Whether a process lives and is PostgreSQL; ids are used again."""
    import psutil  # of the extra `embedded`: where it is left out, this module is imported too

    try:
        process = psutil.Process(pid)
        return bool(process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def is_stranger(pid: int) -> bool:
    """Whether a process lives and is another program."""
    import psutil

    return bool(psutil.pid_exists(pid)) and not is_postgres(pid)


def until(condition: Callable[[], bool], patience: float, possible: Callable[[], bool] = lambda: True) -> bool:
    """Wait for ``condition``, at most ``patience`` seconds and while it is ``possible``; whether it came."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline or not possible():
            return condition()
        time.sleep(PAUSE)
    return True
