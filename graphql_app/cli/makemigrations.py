"""Command ``workline makemigrations``: a new migration of the application."""

from pathlib import Path

import click

from graphql_app.cli.database import open_database, owner_of
from graphql_app.cli.terminal import say
from graphql_app.postgres.migrations import Migrations
from graphql_app.settings import find_application, load_settings


@click.command(short_help="Create a migration of the application.")
@click.argument("message")
@click.option("--empty", is_flag=True, help="Create a migration without changes, to be written by hand.")
def makemigrations(message: str, empty: bool) -> None:
    """Create a migration from the differences between the models and the database, which must be up to date.

    Review the file before it is run: comments flag operations that lose data or need preparation. Changes that would
    block a running release become a second migration, which validates constraints and creates indexes concurrently.
    """
    # the application is imported only when this command is used
    from graphql_app.application import load_application

    settings = load_settings()
    config = find_application(settings)
    migrations = Migrations(config.migrations)
    if empty:
        report(migrations.create(message))
        return
    metadata = load_application(config).load_models()
    with open_database(settings) as database:
        report(migrations.create(message, owner=owner_of(database), metadata=metadata))


def report(files: list[Path]) -> None:
    """Print the files that were written."""
    for file in files:
        say(f"{click.format_filename(file)} was written.")
    if not files:
        say("The models and the database are equal. No migration was written.")
