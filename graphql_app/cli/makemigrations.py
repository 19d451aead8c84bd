"""Command ``workline makemigrations``: a new migration of the application."""

import click

from graphql_app.cli.database import open_database
from graphql_app.cli.migrate import owner_of
from graphql_app.cli.terminal import say
from graphql_app.postgres.migrations import Migrations
from graphql_app.settings import find_application, load_settings


@click.command(short_help="Create a migration of the application.")
@click.argument("message")
@click.option("--empty", is_flag=True, help="Create a migration without changes, to be written by hand.")
def makemigrations(message: str, empty: bool) -> None:
    """Create a migration from the differences between the models and the database, which must be up to date.

    Review the file before it is run. Row-level security and privileges are generated for new tables only: restrict the
    privileges of tables whose rows are never changed or deleted.
    """
    # the application is imported only when this command is used
    from graphql_app.application import load_application

    settings = load_settings()
    config = find_application(settings)
    migrations = Migrations(config.migrations)
    if empty:
        say(f"{click.format_filename(migrations.create(message))} was written.")
        return
    metadata = load_application(config).load_models()
    with open_database(settings) as database:
        file = migrations.create(message, owner=owner_of(database), metadata=metadata)
    say(f"{click.format_filename(file)} was written.")
