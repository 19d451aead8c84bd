"""Command ``workline serve``: the server, and in development its database."""

import os
from functools import partial
from typing import Any

import click

from graphql_app.cli.database import open_database
from graphql_app.cli.output import say
from graphql_app.cli.server.banner import banner
from graphql_app.cli.server.checking import check_database, wait_for_database
from graphql_app.cli.server.listening import listen
from graphql_app.cli.server.preparing import prepare_database
from graphql_app.cli.server.running import run_server
from graphql_app.settings import load_settings, unknown_variables, variable_of

SECRETS = ("secret_key", "database_url", "database_owner_url", "database_direct_url")
"""Settings that are removed from the environment once they have been read."""


@click.command(short_help="Serve the API.")
@click.option("--host", help="The address to listen on; 0.0.0.0 is every one.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port; 0 takes a free one.  [default: 8000]")
@click.option("--processes", type=click.IntRange(1), help="How many processes serve.  [default: 1]")
@click.option("--reload", is_flag=True, help="Start again when the code changes: for development.")
@click.option("--wait-for-database", "wait", is_flag=True, help="Wait for a database that does not answer yet.")
def serve(reload: bool, wait: bool, **chosen: Any) -> None:
    """Serve the API, until Ctrl-C or SIGTERM.

    Without DATABASE_URL it starts the embedded PostgreSQL, makes roles and tables, and fills an empty database with
    demo organizations. With DATABASE_URL it serves what is there, and only if `workline migrate` has been run.
    """
    settings = load_settings(**{name: value for name, value in chosen.items() if value is not None})
    warn_of_unknown(dict(os.environ))
    hide_secrets()
    # a taken port is reported before anything else is started
    with listen(settings) as bound, open_database(settings) as database:
        if settings.database_url is None:
            prepare_database(database)
        waiting = partial(wait_for_database, settings, database) if wait else None
        (waiting or partial(check_database, settings, database))()
        serving = settings.model_copy(update={"database_url": database.app_url, "database_owner_url": None})
        run_server(serving, bound, banner(settings, database), reload=reload, wait=waiting)


def hide_secrets() -> None:
    """Remove secrets from the environment that serving processes and the embedded PostgreSQL inherit."""
    secrets = {variable_of(name) for name in SECRETS}
    for name in [name for name in os.environ if name.upper() in secrets]:
        del os.environ[name]


def warn_of_unknown(environment: dict[str, str]) -> None:
    """Warn of variables that look like settings, because a misspelt setting is otherwise ignored silently."""
    for name, meant in unknown_variables(environment).items():
        say(f"Warning: {name} is not a setting." + (f" Was {meant} meant?" if meant else ""))
