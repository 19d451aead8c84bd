"""Command ``workline sweep``: unfinished records of the domain, expired rows, and partitions of events."""

import asyncio
from datetime import timedelta

import click

from graphql_app.cli.database import open_database
from graphql_app.database.pool_settings import open_pool
from graphql_app.jobs.maintenance import delete_expired
from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.settings import Settings, find_application, load_settings

LEAST_AGE = 60.0


@click.command(short_help="Complete unfinished records, such as payments, and delete expired rows.")
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

    Deletes expired idempotency keys, sessions and tokens, sign-ups that were never verified, and old ended jobs. Makes
    the partitions of events for the next months, and drops those older than WORKLINE_AUDIT_RETENTION. Servers do the
    same regularly. Concurrent runs are safe: no payment is made twice.
    """
    settings = load_settings()
    with open_database(settings) as database:
        app, age = parse_address(database.app_url), timedelta(seconds=older_than)
        found, finished, expired, made, dropped = asyncio.run(swept(app, settings, age))
    click.echo(f"{found} unfinished, {finished} of them completed. {expired} expired rows deleted.")
    if made or dropped:
        click.echo(f"Partitions of events: {made} made, {dropped} dropped.")


async def swept(app: Address, settings: Settings, age: timedelta) -> tuple[int, int, int, int, int]:
    """Return the numbers of unfinished records, of those that were completed, and of expired rows that were deleted.

    Also return the numbers of partitions of events that were made and dropped.
    """
    # the application is imported only when this command is used
    from graphql_app.application import load_application
    from graphql_app.events.partitions import maintain_partitions

    application = load_application(find_application(settings))
    connections = open_pool(app, settings)
    try:
        async with connections.driver() as driver:
            partitions = await maintain_partitions(driver, settings)
        found, finished = await application.sweep_once(connections, age)
        return found, finished, await delete_expired(connections, settings), *partitions
    finally:
        await connections.close()
