"""Command ``workline migrate``: roles and migrations."""

import asyncio

import click

from graphql_app.cli.database import open_database, owner_of
from graphql_app.cli.terminal import say, step
from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.postgres.admin_connections import connect
from graphql_app.postgres.migrations import HEADS, Migrations, current
from graphql_app.postgres.roles import APP, OWNER, DatabaseUrls, Logins, ensure_roles
from graphql_app.settings import ApplicationConfig, find_application, load_settings


@click.command(short_help="Create or upgrade roles and tables.")
@click.option("--to", "revision", default=HEADS, show_default=True, help="Revision to upgrade to.")
@click.option("--down", metavar="REVISION", help="Downgrade to a revision instead (`base`: no tables). Loses data.")
@click.option("--sql", is_flag=True, help="Print the SQL of the migrations instead of running it.")
def migrate(revision: str, down: str | None, sql: bool) -> None:
    """Create missing roles, and upgrade the database to the schema of this release.

    Connects with DATABASE_OWNER_URL. If that role lacks a right, the statements for an administrator are printed.
    Servers can keep running. Concurrent migrations are serialized.
    """
    if sql:
        click.echo(Migrations(find_application().migrations).script(revision), nl=False)
        return
    settings = load_settings()
    application = find_application(settings)
    with open_database(settings) as database:
        if down is None:
            migrate_up(database, application, revision)
            return
        with step(f"Downgrading the database of {application.package} to {down}"):
            Migrations(application.migrations).downgrade(owner_of(database), down)


def migrate_up(database: DatabaseUrls, application: ApplicationConfig, revision: str = HEADS) -> None:
    """Create the roles, and run the migrations that are pending. Report both."""
    owner = owner_of(database)
    app = parse_address(database.app_url)
    migrations = Migrations(application.migrations)
    applied = asyncio.run(prepare(owner, Logins(owner.user or OWNER, app.user or APP, app.password)))
    pending = migrations.pending(applied)
    if not pending:
        say(f"The database of {application.package} is up to date.")
        return
    with step(f"Migrating the database of {application.package} ({len(pending)} pending)"):
        migrations.upgrade(owner, revision)


async def prepare(owner: Address, logins: Logins) -> frozenset[str]:
    """Create the roles. Return the revisions of the database."""
    connection = await connect(owner)
    try:
        for statement in await ensure_roles(connection, logins):
            say(statement)
        return await current(connection)
    finally:
        await connection.close()
