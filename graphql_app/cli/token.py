"""Command ``workline token``: a bearer token without a password, for scripts."""

import asyncio
from datetime import timedelta

import asyncpg
import click

from graphql_app.cli.database import open_database
from graphql_app.identity.login import normalize_email
from graphql_app.identity.services import make_tokens
from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.postgres.admin_connections import connect
from graphql_app.postgres.errors import NotMigrated
from graphql_app.settings import load_settings
from graphql_app.viewer import Viewer

FIND = "SELECT organization_id, user_id FROM find_login($1)"
ROLE = "SELECT role, credentials_version FROM users WHERE organization_id = $1 AND id = $2"


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
    """Return the viewer with this email address, or None. Raises NotMigrated if the database has no logins.

    The lookup has the application's rights: first the login, then the user inside the organization.
    """
    connection = await connect(app)
    try:
        async with connection.transaction(readonly=True):
            login = await connection.fetchrow(FIND, email)
            if login is None:
                return None
            await connection.execute("SELECT set_config('app.org', $1, true)", str(login["organization_id"]))
            user = await connection.fetchrow(ROLE, login["organization_id"], login["user_id"])
        return None if user is None else Viewer(login["user_id"], login["organization_id"], *user)
    except asyncpg.UndefinedFunctionError as error:
        raise NotMigrated from error
    finally:
        await connection.close()
