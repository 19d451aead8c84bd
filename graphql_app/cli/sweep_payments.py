"""``workline sweep-payments``: finishes payments that were left unfinished."""

import asyncio
from datetime import timedelta

import click

from graphql_app.cli.database import open_database
from graphql_app.database.opening import open_connections
from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.settings import Settings, load_settings

LEAST_AGE = 60.0


@click.command(short_help="Finish payments that were left unfinished.")
@click.option(
    "--older-than",
    type=click.FloatRange(min=0),
    default=LEAST_AGE,
    show_default=True,
    metavar="SECONDS",
    help="Only those that nobody has gone on with for so long.",
)
def sweep_payments(older_than: float) -> None:
    """Finish payments that a crash left pending, and refunds that had to wait, in every organization.

    The server does the same every WORKLINE_SWEEP_PERIOD seconds. Both may run at once: no money moves twice.
    """
    settings = load_settings()
    with open_database(settings) as database:
        found, finished = asyncio.run(sweep(parse_address(database.app_url), settings, timedelta(seconds=older_than)))
    click.echo(f"{found} unfinished, {finished} of them finished now.")


async def sweep(app: Address, settings: Settings, age: timedelta) -> tuple[int, int]:
    """How many payments were found, and how many came to their end. Only this command imports the domain, and late."""
    from schema.billing.sweeping import sweep
    from schema.services import domain_services

    connections = open_connections(app, settings)
    try:
        swept = await sweep(domain_services(connections).payments, age)
    finally:
        await connections.dispose()
    return swept.found, swept.finished
