"""Start of the server, in this process or in several."""

import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from graphql_app.cli.server.announcing import announced
from graphql_app.cli.server.listening import address_of
from graphql_app.cli.server.worker import serve_as_child, serve_on
from graphql_app.cli.server.workers import Workers
from graphql_app.http.server import server_config
from graphql_app.settings import Settings

PROJECT = Path(__file__).parents[3]
APPLICATION = "graphql_app.asgi:create_app"

type Wait = Callable[[], None]
"""Function that blocks until the database can be served from. Raises errors that waiting does not cure."""


def run_server(settings: Settings, bound: socket.socket, text: str, *, reload: bool, wait: Wait | None) -> None:
    """Serve on ``bound`` until a signal requests the end, and print ``text`` when the server answers.

    Raises ClickException if the first start fails. With ``wait``, the start is retried instead.
    """
    address = address_of(bound)
    with announced(address, text.format(address=address)):
        if reload:
            reloading(settings, bound)
        elif settings.processes > 1:
            several(settings, bound, wait)
        else:
            alone(settings, bound, wait)


def alone(settings: Settings, bound: socket.socket, wait: Wait | None) -> None:
    """Serve in this process."""
    while True:
        try:
            serve_on(settings, [bound])
        except KeyboardInterrupt:
            return  # uvicorn raises the signal again after an orderly end
        except SystemExit as failure:
            if wait is None:
                raise click.ClickException("The server did not start.") from failure
            wait()
        else:
            return


def several(settings: Settings, bound: socket.socket, wait: Wait | None) -> None:
    """Serve in child processes."""
    if not Workers(settings, bound, patient=wait is not None).run():
        raise click.ClickException("The server did not start.")


def reloading(settings: Settings, bound: socket.socket) -> None:
    """Serve in one child process, which is restarted at every change of the code."""
    from uvicorn.supervisors import ChangeReload

    folders = [str(PROJECT / name) for name in ("graphql_app", "schema") if (PROJECT / name).is_dir()]
    config = server_config(APPLICATION, settings, reload=True, reload_dirs=folders)
    ChangeReload(config, target=partial(serve_as_child, settings, None), sockets=[bound]).run()
