"""Commands ``workline user``: invite, list and deactivate users, and reset passwords."""

from uuid import UUID

import click

from graphql_app.cli.database import run_as_system
from graphql_app.cli.terminal import say
from graphql_app.identity.administration import (
    USERS,
    NewUser,
    add_user,
    deactivate,
    reset_password,
    reset_totp,
)
from graphql_app.settings import Settings, find_application, load_settings

IN = click.option("--organization", type=click.UUID, help="ID of the organization.")


@click.group(short_help="Invite, list and deactivate users, and reset passwords.")
def user() -> None:
    """Invite, list and deactivate users, and reset passwords. Requires the owner's address of the database."""


@user.command(short_help="Add a user to an organization.")
@click.argument("email")
@click.option("--organization", type=click.UUID, required=True, help="ID of the organization.")
@click.option("--name", required=True, help="Name of the user.")
@click.option("--role", default="MEMBER", show_default=True, help="Role of the user, such as OWNER.")
def invite(email: str, organization: UUID, name: str, role: str) -> None:
    """Add a user with the address EMAIL to an organization.

    Prints the password of an address that does not log in yet, once, for you to hand over. Others keep their password.
    """
    settings = load_settings()
    check_role(role, settings)

    new = NewUser(name, email, role)
    password = run_as_system(settings, lambda system: add_user(system, organization, new))
    say(f"Added {email}.")
    if password is not None:
        click.echo(password)


def check_role(role: str, settings: Settings) -> None:
    """Raise a usage error for a role that the application does not declare."""
    from graphql_app.application import load_application

    roles = [each.name for each in load_application(find_application(settings)).roles]
    if role not in roles:
        raise click.BadParameter(f"{role} is not a role of the application: {', '.join(roles)}.", param_hint="--role")


@user.command("list", short_help="List users.")
@IN
def list_all(organization: UUID | None) -> None:
    """Print a line for each user: organization, ID, role, state, address and name."""
    for row in run_as_system(load_settings(), lambda system: system.fetch(USERS, organization)):
        place = (str(row[name]) for name in ("organization_id", "id", "role"))
        state = "active" if row["deactivated_at"] is None else "deactivated"
        click.echo("\t".join([*place, state, row["email"], row["name"]]))


@user.command("deactivate", short_help="Deactivate a user.")
@click.argument("email")
@IN
def end(email: str, organization: UUID | None) -> None:
    """Deactivate the user with the address EMAIL, whose tokens become invalid. Never the last owner."""
    run_as_system(load_settings(), lambda system: deactivate(system, email, organization))
    say(f"Deactivated {email}.")


@user.command("reset-password", short_help="Set a new password.")
@click.argument("email")
def reset(email: str) -> None:
    """Set and print a new password for the address EMAIL. All its sessions and tokens end."""
    click.echo(run_as_system(load_settings(), lambda system: reset_password(system, email)))


@user.command("reset-totp", short_help="Remove an authenticator app.")
@click.argument("email")
def without_totp(email: str) -> None:
    """Remove the authenticator app of the address EMAIL, for a user that has lost it and all recovery codes.

    The address then logs in by its password only. Verify the identity of the user first.
    """
    run_as_system(load_settings(), lambda system: reset_totp(system, email))
    say(f"Removed the authenticator app of {email}.")
