"""What each serving process does."""

import multiprocessing
import os
import signal
import socket
import sys
import threading

from graphql_app.cli.signals import CLOSINGS, handled
from graphql_app.http.logs import configure_logging
from graphql_app.http.server import Server, server_config
from graphql_app.settings import load_settings

APPLICATION = "graphql_app.asgi:create_app"
STARTUP_FAILED = 3
"""The exit status of a process that could not start: it would not start the next time either."""


def serve_on(sockets: list[socket.socket]) -> None:
    """Serve until a signal asks for the end; leave with ``STARTUP_FAILED`` if it did not come to serving."""
    settings = load_settings()
    configure_logging(settings)
    server = Server(server_config(APPLICATION, settings))
    with handled(CLOSINGS, end):
        server.run(sockets)
    if not server.started:
        sys.exit(STARTUP_FAILED)


def end(*_: object) -> None:
    """Have uvicorn do what it does at SIGTERM; it does not know the other signals."""
    signal.raise_signal(signal.SIGTERM)


def serve_as_child(sockets: list[socket.socket] | None = None) -> None:
    """The same in a process of its own, which ends when its parent does, however that ends."""
    threading.Thread(target=follow_parent, daemon=True).start()
    try:
        serve_on(sockets or [])
    except KeyboardInterrupt:
        # uvicorn raises the signal again when everything has ended well
        sys.exit(0)


def follow_parent() -> None:
    """Ask this process to end when the parent has gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
