"""Command ``workline token``: a bearer token without a password, for scripts."""

import asyncio
from datetime import timedelta

import asyncpg
import click

from graphql_app.cli.database import open_database
from graphql_app.identity.authentication import normalize_email
from graphql_app.identity.services import make_tokens
from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.postgres.admin_connections import connect
from graphql_app.postgres.errors import NotMigrated
from graphql_app.settings import load_settings
from graphql_app.viewer import Viewer

FIND = "SELECT user_id, organization_id, role, credentials_version FROM find_login($1)"


@click.command(short_help="Print a bearer token for a user.")
@click.argument("email")
@click.option(
    "--hours",
    type=click.FloatRange(min=0, min_open=True),
    help="Hours until the token expires.  [default: WORKLINE_TOKEN_TTL]",
)
def token(email: str, hours: float | None) -> None:
    """Print a bearer token for the user with the address EMAIL.

    The token is signed with the secret key of the settings, and accepted by all servers that have the same key.
    """
    settings = load_settings()
    with open_database(settings) as database:
        viewer = asyncio.run(find_viewer(parse_address(database.app_url), normalize_email(email)))
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
