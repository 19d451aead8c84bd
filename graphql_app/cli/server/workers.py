"""Several processes that serve: started, watched, ended together."""

import signal
import socket
import threading
import time
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess

from graphql_app.cli.output import say
from graphql_app.cli.server.worker import STARTUP_FAILED, serve_as_child
from graphql_app.cli.signals import ENDINGS, handled

INTERVAL = 0.2
GRACE = 10.0
"""Seconds on top of the shutdown timeout, after which a process that is still there is killed."""
PAUSE = 1.0
"""Seconds before a process that died is replaced."""


class Workers:
    """``count`` processes on the same socket. One that dies is replaced; one that cannot start ends all."""

    def __init__(self, count: int, bound: socket.socket, shutdown_timeout: float) -> None:
        self._bound = bound
        self._patience = shutdown_timeout + GRACE
        self._over = threading.Event()
        self._processes = [self._start() for _ in range(count)]

    def run(self) -> bool:
        """Watch them until a signal asks for the end; false if they could not start."""
        with handled([signal.SIGINT, *ENDINGS], lambda *_: self._over.set()):
            while not self._over.wait(INTERVAL):
                if not self._watch():
                    break
            failed = not self._over.is_set()
            self._end()
        return not failed

    def _start(self) -> SpawnProcess:
        process = get_context("spawn").Process(target=serve_as_child, args=([self._bound],))
        process.start()
        return process

    def _watch(self) -> bool:
        for place, process in enumerate(self._processes):
            if process.exitcode == STARTUP_FAILED:
                return False
            if process.exitcode is not None:
                say(f"A serving process ended ({process.exitcode}) and is replaced.")
                time.sleep(PAUSE)
                self._processes[place] = self._start()
        return True

    def _end(self) -> None:
        deadline = time.monotonic() + self._patience
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
