"""Commands ``workline mail``: messages that were written instead of sent, and messages that could not be sent."""

import click

from graphql_app.mail.files import KeptMessage, kept_messages, mail_directory
from graphql_app.settings import read_settings


@click.group(short_help="Show messages that were not sent.")
def mail() -> None:
    """Show mail that was not sent.

    Without WORKLINE_SMTP_HOST, messages are written to the data directory. With it, only failures are noted there,
    without their texts, which contain secrets.
    """


@mail.command("list", short_help="List messages.")
def list_all() -> None:
    """Print a line for each message: ID, state, date, address, subject and, if it failed, the cause."""
    for kept in messages():
        state = "written" if kept.error is None else "failed"
        click.echo("\t".join([kept.id, state, kept.date, kept.to, kept.subject, *filter(None, [kept.error])]))


@mail.command(short_help="Print a message.")
@click.argument("id", required=False)
def show(id: str | None) -> None:
    """Print the message with this ID, by default the last one that was written."""
    found = [kept for kept in messages() if (kept.text is not None if id is None else kept.id == id)]
    if not found:
        raise click.ClickException("There is no message." if id is None else f"There is no message with the ID {id}.")
    kept = found[-1]
    click.echo(f"To: {kept.to}\nDate: {kept.date}\nSubject: {kept.subject}\n")
    click.echo(f"Not sent: {kept.error}" if kept.text is None else kept.text)


def messages() -> list[KeptMessage]:
    """Return the messages and failures in the data directory of the settings."""
    return kept_messages(mail_directory(read_settings()))
