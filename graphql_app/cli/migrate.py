"""Command ``workline migrate``: roles and migrations."""

import asyncio

import click

from graphql_app.cli.database import open_database
from graphql_app.cli.terminal import say, step
from graphql_app.postgres import migrations
from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.postgres.admin_connections import connect
from graphql_app.postgres.roles import APP, OWNER, DatabaseUrls, Logins, ensure_roles
from graphql_app.settings import SettingsError, load_settings


@click.command(short_help="Create or upgrade roles and tables.")
@click.option("--to", "revision", default="head", show_default=True, help="Revision to upgrade to.")
@click.option("--down", metavar="REVISION", help="Downgrade to a revision instead (`base`: no tables). Loses data.")
@click.option("--sql", is_flag=True, help="Print the SQL of the migrations instead of running it.")
def migrate(revision: str, down: str | None, sql: bool) -> None:
    """Create missing roles, and upgrade the database to the schema of this release.

    Connects with DATABASE_OWNER_URL. If that role lacks a right, the statements for an administrator are printed.
    Servers may keep running. Concurrent migrations wait for each other.
    """
    if sql:
        click.echo(migrations.script(revision), nl=False)
        return
    with open_database(load_settings()) as database:
        if down is None:
            migrate_up(database, revision)
            return
        with step(f"Downgrading the database to {down}"):
            migrations.downgrade(owner_of(database), down)


def migrate_up(database: DatabaseUrls, revision: str = "head") -> None:
    """Create the roles, and run the migrations that are pending. Report both."""
    owner = owner_of(database)
    app = parse_address(database.app_url)
    pending = asyncio.run(prepare(owner, Logins(owner.user or OWNER, app.user or APP, app.password)))
    if not pending:
        say("The database is up to date.")
        return
    with step(f"Migrating the database ({len(pending)} pending)"):
        migrations.upgrade(owner, revision)


async def prepare(owner: Address, logins: Logins) -> list[str]:
    """Create the roles. Return the pending migrations."""
    connection = await connect(owner)
    try:
        for statement in await ensure_roles(connection, logins):
            say(statement)
        return migrations.pending(await migrations.current(connection))
    finally:
        await connection.close()


def owner_of(database: DatabaseUrls) -> Address:
    """Return the owner's address. Raises SettingsError if it is not configured."""
    if database.owner_url is None:
        raise SettingsError(["DATABASE_OWNER_URL is required, because the role of DATABASE_URL may not change tables"])
    return parse_address(database.owner_url)
