"""Command ``workline migrate``: roles and migrations."""

import asyncio

import click

from graphql_app.cli.database import open_database
from graphql_app.cli.terminal import say, step
from graphql_app.postgres import migrations
from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.postgres.connecting import connect
from graphql_app.postgres.roles import APP, OWNER, DatabaseUrls, Logins, ensure_roles
from graphql_app.settings import SettingsError, load_settings


@click.command(short_help="Make roles and tables, or bring them up to date.")
@click.option("--to", "revision", default="head", show_default=True, help="The revision to migrate up to.")
@click.option("--down", metavar="REVISION", help="Go back to a revision instead (`base`: to nothing). Loses data.")
@click.option("--sql", is_flag=True, help="Print the SQL of all migrations instead of running them.")
def migrate(revision: str, down: str | None, sql: bool) -> None:
    """Make the roles, and bring the database to the shape that this release needs.

    Works as DATABASE_OWNER_URL. What that role may not do is printed, for an administrator to run. Requests may be
    served meanwhile; two of these at once take turns.
    """
    if sql:
        click.echo(migrations.script(revision), nl=False)
        return
    with open_database(load_settings()) as database:
        if down is None:
            migrate_up(database, revision)
            return
        with step(f"Going back to {down}"):
            migrations.downgrade(owner_of(database), down)


def migrate_up(database: DatabaseUrls, revision: str = "head") -> None:
    """Create the roles, and run the migrations that are pending. Report both."""
    owner = owner_of(database)
    app = parse_address(database.app_url)
    pending = asyncio.run(prepare(owner, Logins(owner.user or OWNER, app.user or APP, app.password)))
    if not pending:
        say("The database is up to date.")
        return
    with step(f"Migrating the database ({len(pending)} to go)"):
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
        raise SettingsError(["DATABASE_OWNER_URL is missing: the role of DATABASE_URL may not change tables"])
    return parse_address(database.owner_url)
