"""Database of a command: the configured one, or the embedded one, which is started if necessary."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import click

from graphql_app.cli.terminal import interruptible, say, step, undisturbed
from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.postgres.admin_connections import DriverConnection, connect
from graphql_app.postgres.roles import DatabaseUrls, as_system, embedded_database
from graphql_app.settings import Settings, SettingsError


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


def owner_of(database: DatabaseUrls) -> Address:
    """Return the owner's address. Raises SettingsError if it is not configured."""
    if database.owner_url is None:
        raise SettingsError(["DATABASE_OWNER_URL is required, because the role of DATABASE_URL cannot change tables"])
    return parse_address(database.owner_url)


def run_as_owner[T](settings: Settings, work: Callable[[DriverConnection], Awaitable[T]]) -> T:
    """Return the result of ``work`` on a connection of the owner. Raises SettingsError without the owner's address."""

    async def run(owner: Address) -> T:
        connection = await connect(owner)
        try:
            return await work(connection)
        finally:
            await connection.close()

    with open_database(settings) as database:
        return asyncio.run(run(owner_of(database)))


def run_as_system[T](settings: Settings, work: Callable[[DriverConnection], Awaitable[T]]) -> T:
    """Return the result of ``work`` in a transaction of ``workline_system``, which is then committed."""

    async def run(owner: DriverConnection) -> T:
        async with as_system(owner):
            return await work(owner)

    return run_as_owner(settings, run)
