"""Commands ``workline organization``: create, list and delete organizations."""

import asyncio
from uuid import UUID

import click

from graphql_app.cli.database import open_database
from graphql_app.cli.migrate import owner_of
from graphql_app.cli.terminal import say
from graphql_app.identity.administration import (
    ORGANIZATIONS,
    NewUser,
    as_administrator,
    create_organization,
    delete_organization,
)
from graphql_app.postgres.addresses import Address
from graphql_app.settings import load_settings


@click.group(short_help="Create, list and delete organizations.")
def organization() -> None:
    """Create, list and delete organizations. Requires the owner's address of the database."""


@organization.command(short_help="Create an organization with its owner.")
@click.argument("name")
@click.option("--owner", required=True, metavar="EMAIL", help="Email address of its owner.")
@click.option("--owner-name", default="Owner", show_default=True, help="Name of its owner.")
@click.option("--currency", default="EUR", show_default=True, help="Currency of its hourly rates (ISO 4217).")
def create(name: str, owner: str, owner_name: str, currency: str) -> None:
    """Create the organization NAME with an owner, who logs in with the printed password.

    The password is printed once. An owner whose address logs in already keeps the password.
    """

    async def work(address: Address) -> tuple[UUID, str | None]:
        async with as_administrator(address) as connection:
            return await create_organization(connection, name, currency, NewUser(owner_name, owner, "OWNER"))

    with open_database(load_settings()) as database:
        id, password = asyncio.run(work(owner_of(database)))
    say(f"Created {name}.")
    click.echo(id)
    if password is not None:
        click.echo(password)


@organization.command("list", short_help="List all organizations.")
def list_all() -> None:
    """Print a line for each organization: its ID, the number of its active users, and its name."""

    async def work(address: Address) -> list[str]:
        async with as_administrator(address) as connection:
            rows = await connection.fetch(ORGANIZATIONS)
        return [f"{row['id']}\t{row['users']}\t{row['name']}" for row in rows]

    with open_database(load_settings()) as database:
        lines = asyncio.run(work(owner_of(database)))
    for line in lines:
        click.echo(line)


@organization.command(short_help="Delete an organization with all its data.")
@click.argument("id", type=click.UUID)
@click.option("--yes", is_flag=True, help="Delete without a question.")
def delete(id: UUID, yes: bool) -> None:
    """Delete the organization with this ID, with all its records. This cannot be undone."""

    async def work(address: Address) -> str:
        async with as_administrator(address) as connection:
            return await delete_organization(connection, id)

    if not yes:
        click.confirm(f"Delete the organization {id} with all its data?", abort=True, err=True)
    with open_database(load_settings()) as database:
        say(f"Deleted {asyncio.run(work(owner_of(database)))}.")
