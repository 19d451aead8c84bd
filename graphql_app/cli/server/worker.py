"""Serving process.

A process receives its settings as an argument, a child process through a pipe, so that secrets stay out of its
environment and of its command line.
"""

import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection

from starlette.applications import Starlette

from graphql_app.cli.signals import CLOSINGS, handled
from graphql_app.http.listener import Share
from graphql_app.http.logging import configure_logging
from graphql_app.http.server import ApplicationServer, server_config
from graphql_app.settings import Settings

STARTUP_FAILED = 3
"""Exit status of a process that could not start serving."""
STARTED = b"started"
"""Message of a process that serves."""


def serve_on(
    settings: Settings,
    sockets: list[socket.socket],
    on_start: Callable[[], object] | None = None,
    share: Share | None = None,
) -> None:
    """Serve until a signal requests the end. Exits with ``STARTUP_FAILED`` if the server could not start."""
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
    """Serve in a child process that ends together with its parent. Send ``STARTED`` when it serves."""
    threading.Thread(target=follow_parent, daemon=True).start()
    try:
        serve_on(settings, sockets, None if started is None else partial(report_start, started), share)
    except KeyboardInterrupt:
        # uvicorn raises the signal again after an orderly end
        sys.exit(0)


def report_start(started: Connection) -> None:
    """Report to the parent that this process serves. Without a parent, ``follow_parent`` ends it in an orderly way."""
    with suppress(BrokenPipeError):
        started.send_bytes(STARTED)


def follow_parent() -> None:
    """Request the end of this process when its parent has ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
