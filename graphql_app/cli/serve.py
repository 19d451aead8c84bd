"""``workline serve``: the server, and in development everything that it needs."""

import os
from typing import Any

import click

from graphql_app.cli.database import open_database
from graphql_app.cli.output import say
from graphql_app.cli.server.banner import banner
from graphql_app.cli.server.checking import check_database
from graphql_app.cli.server.listening import listen
from graphql_app.cli.server.preparing import prepare_database
from graphql_app.cli.server.running import run_server
from graphql_app.postgres.databases import DatabaseUrls
from graphql_app.settings import Settings, load_settings, unknown_variables, variable_of


@click.command(short_help="Serve the API.")
@click.option("--host", help="The address to listen on; 0.0.0.0 is every one.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port; 0 takes a free one.  [default: 8000]")
@click.option("--processes", type=click.IntRange(1), help="How many processes serve.  [default: 1]")
@click.option("--reload", is_flag=True, help="Start again when the code changes: for development.")
def serve(reload: bool, **chosen: Any) -> None:
    """Serve the API, until Ctrl-C or SIGTERM.

    Without DATABASE_URL it starts the embedded PostgreSQL, makes roles and tables, and fills an empty database with
    demo organizations. With DATABASE_URL it serves what is there, and only if `workline migrate` has been run.
    """
    overrides = {name: value for name, value in chosen.items() if value is not None}
    settings = load_settings(**overrides)
    warn_of_unknown(dict(os.environ))
    # a taken port is known before anything else is started
    with listen(settings) as bound, open_database(settings) as database:
        if settings.database_url is None:
            prepare_database(database)
        check_database(database)
        hand_over(settings, database, overrides)
        run_server(settings, bound, banner(settings, database), reload=reload)


def hand_over(settings: Settings, database: DatabaseUrls, overrides: dict[str, Any]) -> None:
    """Tell the processes that serve, this one among them, what was found out and chosen here."""
    os.environ |= {variable_of(name): str(value) for name, value in overrides.items()}
    os.environ["DATABASE_URL"] = database.app_url
    if database.owner_url is not None:
        os.environ["DATABASE_OWNER_URL"] = database.owner_url
    os.environ["WORKLINE_SECRET_KEY"] = settings.secret_key.get_secret_value()


def warn_of_unknown(environment: dict[str, str]) -> None:
    """A misspelt setting would otherwise be ignored in silence."""
    for name, meant in unknown_variables(environment).items():
        say(f"Warning: {name} is not a setting." + (f" Was {meant} meant?" if meant else ""))
