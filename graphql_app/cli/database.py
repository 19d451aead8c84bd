"""Database of a command: the configured one, or the embedded one, which is started if necessary."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import click

from graphql_app.cli.terminal import interruptible, say, step, undisturbed
from graphql_app.postgres.roles import DatabaseUrls, embedded_database
from graphql_app.settings import Settings


@contextmanager
def open_database(settings: Settings) -> Iterator[DatabaseUrls]:
    """Yield the database's addresses. An embedded server is kept running during the block."""
    if settings.database_url is not None:
        # process 1 of a container ignores every signal that it does not handle
        with interruptible():
            yield DatabaseUrls(settings.database_url, settings.database_owner_url)
        return
    from graphql_app.postgres.embedded import CrashMonitor, EmbeddedPostgres

    server = EmbeddedPostgres(settings.data_dir)
    with interruptible():
        try:
            with step(f"Starting PostgreSQL in {click.format_filename(settings.data_dir)}"):
                server.start()
                database = asyncio.run(embedded_database(server))
            with CrashMonitor(server, say):
                yield database
        finally:
            with undisturbed():
                if server.stop():
                    say("PostgreSQL has stopped.")
