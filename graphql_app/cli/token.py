"""Command ``workline token``: a bearer token without a password, for scripts, or an explanation of a token."""

import asyncio
from datetime import timedelta

import asyncpg
import click

from graphql_app.cli.database import open_database
from graphql_app.identity.authentication import normalize_email
from graphql_app.identity.explanation import explain
from graphql_app.identity.services import make_tokens
from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.postgres.admin_connections import connect
from graphql_app.postgres.errors import NotMigrated
from graphql_app.settings import load_settings
from graphql_app.viewer import Viewer

FIND = "SELECT user_id, organization_id, role, credentials_version FROM find_login($1)"


@click.command(short_help="Print a bearer token for a user, or explain a token.")
@click.argument("email", required=False)
@click.option(
    "--hours",
    type=click.FloatRange(min=0, min_open=True),
    help="Hours until the token expires.  [default: WORKLINE_TOKEN_TTL]",
)
@click.option("--explain", "pasted", metavar="TOKEN", help="State what a token or an API key allows, or why not.")
def token(email: str | None, hours: float | None, pasted: str | None) -> None:
    """Print a bearer token for the user with the address EMAIL.

    The token is signed with the secret key of the settings, and accepted by all servers that have the same key. With
    --explain, prints the issuer, the user, the organization, the role and the expiry of a token, or the reason for
    which it is refused; nothing is changed. Exits with 1 for a refused token.
    """
    if (email is None) == (pasted is None):
        raise click.UsageError("Give either EMAIL or --explain TOKEN.")
    settings = load_settings()
    with open_database(settings) as database:
        app = parse_address(database.app_url)
        if pasted is not None:
            explained = asyncio.run(explain(pasted.strip(), settings, app))
            click.echo("\n".join(explained.lines))
            raise SystemExit(0 if explained.is_accepted else 1)
        viewer = asyncio.run(find_viewer(app, normalize_email(email or "")))
    if viewer is None:
        raise click.ClickException(f"No active user has the email address {email}.")
    issued = make_tokens(settings).issue(viewer, ttl=None if hours is None else timedelta(hours=hours))
    click.echo(issued.text)


async def find_viewer(app: Address, email: str) -> Viewer | None:
    """Return the viewer with this email address, in its first organization, or None.

    Raises NotMigrated if the database has no function that finds it.
    """
    connection = await connect(app)
    try:
        user = await connection.fetchrow(FIND, email)
        return None if user is None else Viewer(*user)
    except asyncpg.UndefinedFunctionError as error:
        raise NotMigrated from error
    finally:
        await connection.close()
