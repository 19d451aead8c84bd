"""Serving, in this process or in several."""

import socket
from pathlib import Path

import click

from graphql_app.cli.server.announcing import announced
from graphql_app.cli.server.listening import address_of
from graphql_app.cli.server.worker import APPLICATION, serve_as_child, serve_on
from graphql_app.cli.server.workers import Workers
from graphql_app.http.server import server_config
from graphql_app.settings import Settings

PROJECT = Path(__file__).parents[3]


def run_server(settings: Settings, bound: socket.socket, text: str, *, reload: bool) -> None:
    """Serve on ``bound`` until a signal asks for the end, and say ``text`` when it has begun.

    Raises ClickException if it does not come to serving.
    """
    address = address_of(bound)
    with announced(address, text.format(address=address)):
        if reload:
            reloading(settings, bound)
        elif settings.processes > 1:
            several(settings, bound)
        else:
            alone(bound)


def alone(bound: socket.socket) -> None:
    """In this process."""
    try:
        serve_on([bound])
    except KeyboardInterrupt:
        pass  # how uvicorn returns after a signal, when everything has ended well
    except SystemExit as failure:
        raise click.ClickException("The server did not start.") from failure


def several(settings: Settings, bound: socket.socket) -> None:
    """In processes of their own."""
    if not Workers(settings.processes, bound, settings.shutdown_timeout).run():
        raise click.ClickException("The server did not start.")


def reloading(settings: Settings, bound: socket.socket) -> None:
    """In one process, started again at every change of the code."""
    from uvicorn.supervisors import ChangeReload

    folders = [str(PROJECT / name) for name in ("graphql_app", "schema") if (PROJECT / name).is_dir()]
    config = server_config(APPLICATION, settings, reload=True, reload_dirs=folders)
    ChangeReload(config, target=serve_as_child, sockets=[bound]).run()
