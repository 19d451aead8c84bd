"""Command ``workline sweep``: completion of unfinished records of the domain."""

import asyncio
from datetime import timedelta

import click

from graphql_app.cli.database import open_database
from graphql_app.database.pool_settings import open_pool
from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.settings import Settings, find_application, load_settings

LEAST_AGE = 60.0


@click.command(short_help="Complete unfinished records, such as payments.")
@click.option(
    "--older-than",
    type=click.FloatRange(min=0),
    default=LEAST_AGE,
    show_default=True,
    metavar="SECONDS",
    help="Only records that have been unfinished for this long.",
)
def sweep(older_than: float) -> None:
    """Complete pending payments and refunds of all organizations, such as those that a crash has interrupted.

    Servers do the same every WORKLINE_SWEEP_PERIOD seconds. Concurrent runs are safe: no payment is made twice.
    """
    settings = load_settings()
    with open_database(settings) as database:
        found, finished = asyncio.run(swept(parse_address(database.app_url), settings, timedelta(seconds=older_than)))
    click.echo(f"{found} unfinished, {finished} of them completed.")


async def swept(app: Address, settings: Settings, age: timedelta) -> tuple[int, int]:
    """Return the number of unfinished records that were found, and of those that were completed."""
    # the application is imported only when this command is used
    from graphql_app.application import load_application

    application = load_application(find_application(settings))
    connections = open_pool(app, settings)
    try:
        return await application.sweep_once(connections, age)
    finally:
        await connections.close()
