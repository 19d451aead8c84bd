"""Commands ``workline user``: invite, list and deactivate users, and reset passwords."""

import asyncio
from uuid import UUID

import click

from graphql_app.cli.database import run_as_system
from graphql_app.cli.terminal import say
from graphql_app.identity.administration import (
    USERS,
    NewUser,
    deactivate,
    invite,
    reset_password,
    reset_totp,
)
from graphql_app.identity.messages import ACCEPT, RESET, Messages
from graphql_app.identity.services import make_identity_terms
from graphql_app.mail.outbox import Mail, send_now
from graphql_app.settings import Settings, find_application, load_settings

PRINT_LINK = click.option("--print-link", is_flag=True, help="Print the link instead of sending it by mail.")
IN = click.option("--organization", type=click.UUID, help="ID of the organization.")


@click.group(short_help="Invite, list and deactivate users, and reset passwords.")
def user() -> None:
    """Invite, list and deactivate users, and reset passwords. Requires the owner's address of the database."""


@user.command("invite", short_help="Invite a user to an organization.")
@click.argument("email")
@click.option("--organization", type=click.UUID, required=True, help="ID of the organization.")
@click.option("--name", required=True, help="Name of the user.")
@click.option("--role", default="MEMBER", show_default=True, help="Role of the user, such as OWNER.")
@PRINT_LINK
def send_invitation(email: str, organization: UUID, name: str, role: str, print_link: bool) -> None:
    """Invite the address EMAIL to an organization, in the name of its first owner.

    The address becomes a user when it accepts. Repeat the command to send the invitation again, with another token.
    """
    settings = load_settings()
    check_role(role, settings)
    check_mail(settings, print_link)

    new, ttl = NewUser(name, email, role), make_identity_terms(settings).invitation
    sent = run_as_system(settings, lambda system: invite(system, organization, new, ttl))
    say(f"Invited {email}.")
    messages = Messages(settings.app_url)
    if print_link:
        click.echo(messages.link(ACCEPT, sent.token))
    else:
        deliver(settings, messages.invitation(sent.email, sent.token, sent.organization, sent.inviter, sent.ttl))


def check_mail(settings: Settings, print_link: bool) -> None:
    """Raise a usage error if a message would be sent by a production server without mail."""
    if not print_link and settings.env == "production" and settings.smtp_host is None:
        raise click.UsageError("Mail is not configured: set WORKLINE_SMTP_HOST, or pass --print-link.")


def deliver(settings: Settings, mail: Mail) -> None:
    """Send a message, or write it to a file without an SMTP server, and print which. Raises ClickException."""
    try:
        asyncio.run(send_now(settings, mail))
    except Exception as error:
        cause = " ".join(f"{type(error).__name__}: {error}".split())
        raise click.ClickException(f"The message was not sent ({cause}). Repeat the command.") from error
    say(f"Sent a message to {mail.to}." if settings.smtp_host else "Wrote the message: run workline mail show.")


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


@user.command("reset-password", short_help="Let a user choose a new password.")
@click.argument("email")
@PRINT_LINK
def reset(email: str, print_link: bool) -> None:
    """Send a link for a new password to the address EMAIL. Its password, sessions and tokens end at once."""
    settings = load_settings()
    check_mail(settings, print_link)

    messages, ttl = Messages(settings.app_url), make_identity_terms(settings).reset
    sent = run_as_system(settings, lambda system: reset_password(system, email, ttl))
    say(f"Removed the password of {sent.email}.")
    if print_link:
        click.echo(messages.link(RESET, sent.token))
    else:
        deliver(settings, messages.password_reset(sent.email, sent.token, ttl))


@user.command("reset-totp", short_help="Remove an authenticator app.")
@click.argument("email")
def without_totp(email: str) -> None:
    """Remove the authenticator app of the address EMAIL, for a user that has lost it and all recovery codes.

    The address then logs in by its password only. Verify the identity of the user first.
    """
    run_as_system(load_settings(), lambda system: reset_totp(system, email))
    say(f"Removed the authenticator app of {email}.")
