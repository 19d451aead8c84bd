"""Serving processes, and the supervisor that starts, restarts and stops several of them.

A process receives its settings as an argument, a child process through a pipe, so its environment and command line
contain no secrets.
"""

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from starlette.applications import Starlette

from graphql_app.cli.terminal import CLOSINGS, ENDINGS, handled, say
from graphql_app.http.listener import ABSENT, Share
from graphql_app.http.logging import configure_logging
from graphql_app.http.server import ApplicationServer, server_config
from graphql_app.settings import Settings
from graphql_app.telemetry.metrics import forget_process

STARTUP_FAILED = 3
"""Exit status of a process that could not start serving."""
STARTED = b"started"
"""Message of a process that is serving."""
INTERVAL = 0.1
GRACE = 10.0
"""Seconds after the drain delay and the shutdown timeout until a process that is still running is killed."""
SHORTEST_PAUSE = 1.0
LONGEST_PAUSE = 10.0
"""Seconds before a process that ended is started again, at least and at most. Each failure doubles the pause."""
STABLE = 30.0
"""Seconds of serving after which earlier failures are forgotten."""


def serve_on(
    settings: Settings,
    sockets: list[socket.socket],
    on_start: Callable[[], object] | None = None,
    share: Share | None = None,
) -> None:
    """Serve until a stop signal. Exits with ``STARTUP_FAILED`` if the server could not start."""
    configure_logging(settings)

    def application() -> Starlette:
        # only a process that serves imports the domain
        from graphql_app.asgi import create_app

        return create_app(settings)

    server = ApplicationServer(server_config(application, settings, factory=True), on_start, share)
    with handled(CLOSINGS, end):
        server.run(sockets)
    if not server.started:
        sys.exit(STARTUP_FAILED)


def end(*_: object) -> None:
    """Raise SIGTERM, which uvicorn handles. It does not handle the other signals."""
    signal.raise_signal(signal.SIGTERM)


def serve_as_child(
    settings: Settings, started: Connection | None, sockets: list[socket.socket], share: Share | None = None
) -> None:
    """Serve in a child process that stops with its parent. Send ``STARTED`` when it is serving."""
    threading.Thread(target=follow_parent, daemon=True).start()
    try:
        serve_on(settings, sockets, None if started is None else partial(report_start, started), share)
    except KeyboardInterrupt:
        # uvicorn raises the signal again after a graceful stop
        sys.exit(0)


def report_start(started: Connection) -> None:
    """Report to the parent that this process is serving. Without a parent, ``follow_parent`` stops it gracefully."""
    with suppress(BrokenPipeError):
        started.send_bytes(STARTED)


def follow_parent() -> None:
    """Stop this process when its parent has exited."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


@dataclass
class Worker:
    """Slot for a serving process: its process, or the time at which the next one is due."""

    share: Share
    process: SpawnProcess | None = None
    started: Connection | None = None
    serves_since: float | None = None
    failures: int = 0
    due: float = 0.0

    def start(self, settings: Settings, bound: socket.socket) -> None:
        """Start a process, which serves on ``bound``."""
        context = get_context("spawn")
        self.started, sender = context.Pipe(duplex=False)
        self.serves_since = None
        self.process = context.Process(target=serve_as_child, args=(settings, sender, [bound], self.share))
        self.process.start()
        sender.close()

    def look(self) -> int | None:
        """Record if the process is serving. Return its exit status if it has exited, else None."""
        assert self.process is not None
        assert self.started is not None
        if self.serves_since is None and self.started.poll():
            with suppress(EOFError):
                self.started.recv_bytes()
                self.serves_since = time.monotonic()
        return self.process.exitcode

    def back_off(self) -> float:
        """Free the slot. Return the seconds until a new process is due."""
        assert self.started is not None
        assert self.process is not None
        assert self.process.pid is not None
        forget_process(self.process.pid)
        self.started.close()
        self.share.count(ABSENT)
        now = time.monotonic()
        if self.serves_since is not None and now - self.serves_since >= STABLE:
            self.failures = 0
        pause = min(LONGEST_PAUSE, SHORTEST_PAUSE * 2.0**self.failures)
        self.process, self.failures, self.due = None, self.failures + 1, now + pause
        return pause

    def stop(self) -> None:
        """Stop the process. A process that is not serving yet is killed, because it has no requests to finish."""
        if self.process is None:
            return
        self.look()
        if self.serves_since is None:
            self.process.kill()
        else:
            self.process.terminate()


class ServerProcesses:
    """Serving processes on one socket.

    A process that exits is restarted after a second, then with a backoff, because the database may be unreachable.
    Until one process has served, the first failure stops all processes, unless ``patient``.
    """

    def __init__(self, settings: Settings, bound: socket.socket, *, patient: bool = False) -> None:
        self._settings = settings
        self._bound = bound
        self._patient = patient
        self._over = threading.Event()
        counts = get_context("spawn").RawArray("i", [ABSENT] * settings.processes)
        self._workers = [Worker(Share(counts, index)) for index in range(settings.processes)]

    def run(self) -> bool:
        """Serve until a signal requests the end. Return False if the first start failed."""
        with handled([signal.SIGINT, *ENDINGS], lambda *_: self._over.set()):
            has_started = True
            while has_started and not self._over.is_set():
                has_started = min(map(self._watch, self._workers))  # every one of them, unlike all()
                self._over.wait(INTERVAL)
            self._end()
        return has_started

    def _watch(self, worker: Worker) -> bool:
        """Start a process that is due, and handle one that has ended. Return False if all must end."""
        if worker.process is None:
            if time.monotonic() >= worker.due:
                worker.start(self._settings, self._bound)
            return True
        status = worker.look()
        self._patient = self._patient or worker.serves_since is not None
        if status is None:
            return True
        if not self._patient:
            return False
        what = "failed to start" if worker.serves_since is None else "ended"
        say(f"A server process {what} (status {status}). Restarting it in {worker.back_off():g} s.")
        return True

    def _end(self) -> None:
        # otherwise connections wait for ever on a copy of the listener that no process accepts on
        self._bound.close()
        for worker in self._workers:
            worker.stop()
        deadline = time.monotonic() + self._settings.drain_delay + self._settings.shutdown_timeout + GRACE
        for process in filter(None, (worker.process for worker in self._workers)):
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
