"""The database that a command works with: the one that is configured, or the embedded one, started if need be."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import click

from graphql_app.cli.output import say, step
from graphql_app.cli.signals import interruptible, undisturbed
from graphql_app.postgres.databases import DatabaseUrls, embedded_database
from graphql_app.postgres.embedded import EmbeddedPostgres, Watch
from graphql_app.settings import Settings


@contextmanager
def open_database(settings: Settings) -> Iterator[DatabaseUrls]:
    """The database's addresses, for as long as it is in use. An embedded one is kept alive meanwhile."""
    if settings.database_url is not None:
        # process 1 of a container ignores every signal that it does not handle
        with interruptible():
            yield DatabaseUrls(settings.database_url, settings.database_owner_url)
        return
    server = EmbeddedPostgres(settings.data_dir)
    with interruptible():
        try:
            with step(f"Starting PostgreSQL in {click.format_filename(settings.data_dir)}"):
                server.start()
                database = asyncio.run(embedded_database(server))
            with Watch(server, say):
                yield database
        finally:
            with undisturbed():
                if server.stop():
                    say("PostgreSQL has stopped.")
