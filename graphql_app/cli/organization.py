"""Commands ``workline organization``: create, list and delete organizations."""

from uuid import UUID

import click

from graphql_app.cli.database import run_as_system
from graphql_app.cli.terminal import say
from graphql_app.identity.administration import (
    ORGANIZATIONS,
    NewUser,
    create_organization,
    delete_organization,
)
from graphql_app.settings import load_settings


@click.group(short_help="Create, list and delete organizations.")
def organization() -> None:
    """Create, list and delete organizations. Requires the owner's address of the database."""


@organization.command(short_help="Create an organization with its owner.")
@click.argument("name")
@click.option("--owner", required=True, metavar="EMAIL", help="Email address of its owner.")
@click.option("--owner-name", default="Owner", show_default=True, help="Name of its owner.")
def create(name: str, owner: str, owner_name: str) -> None:
    """Create the organization NAME with an owner, who logs in with the printed password.

    The password is printed once. An owner whose address logs in already keeps the password.
    """
    first = NewUser(owner_name, owner, "OWNER")
    id, password = run_as_system(load_settings(), lambda system: create_organization(system, name, first))
    say(f"Created {name}.")
    click.echo(id)
    if password is not None:
        click.echo(password)


@organization.command("list", short_help="List all organizations.")
def list_all() -> None:
    """Print a line for each organization: its ID, the number of its active users, and its name."""
    for row in run_as_system(load_settings(), lambda system: system.fetch(ORGANIZATIONS)):
        click.echo(f"{row['id']}\t{row['users']}\t{row['name']}")


@organization.command(short_help="Delete an organization with all its data.")
@click.argument("id", type=click.UUID)
@click.option("--yes", is_flag=True, help="Delete without a question.")
def delete(id: UUID, yes: bool) -> None:
    """Delete the organization with this ID, with all its records. This cannot be undone."""
    if not yes:
        click.confirm(f"Delete the organization {id} with all its data?", abort=True, err=True)
    name = run_as_system(load_settings(), lambda system: delete_organization(system, id))
    say(f"Deleted {name}.")
