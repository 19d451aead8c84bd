"""Explanation of a bearer token for an operator: what it allows, or why it is refused. Nothing is changed."""

from dataclasses import dataclass
from datetime import UTC, datetime

from asyncpg import PostgresError, UndefinedFunctionError

from graphql_app.database.viewer_check import Access
from graphql_app.errors import InvalidToken, Unavailable
from graphql_app.identity.api_keys import FIND, FORM, START
from graphql_app.identity.api_keys import credentials_of as credentials_of_key
from graphql_app.identity.authentication import secret_hash
from graphql_app.identity.issuer_keys import IssuerKeys, http_client
from graphql_app.identity.issuers import (
    ENTER,
    ExternalIssuer,
    RefusedToken,
    credentials_of,
    entry_of,
    issuer_of,
)
from graphql_app.identity.services import make_tokens
from graphql_app.identity.tokens import Credentials
from graphql_app.postgres.addresses import Address
from graphql_app.postgres.admin_connections import DriverConnection, connect
from graphql_app.postgres.errors import NotMigrated
from graphql_app.settings import Settings
from graphql_app.settings.issuers import IssuerSettings

NAMES = """
SELECT users.name, users.email, users.role, organizations.name AS organization
FROM users JOIN organizations ON organizations.id = users.organization_id
WHERE users.organization_id = $1 AND users.id = $2"""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Lines for the terminal, and whether the token is accepted."""

    lines: tuple[str, ...]
    is_accepted: bool


async def explain(token: str, settings: Settings, app: Address) -> Explanation:
    """Return the explanation of a token. Raises NotMigrated."""
    connection = await connect(app)
    # the transaction ends with the connection, without COMMIT
    await connection.execute("BEGIN")
    try:
        source, found = await _credentials(token, settings, connection)
        return Explanation((source, *await _described(connection, found)), is_accepted=True)
    except RefusedToken as refused:
        return Explanation(("Refused.", refused.reason), is_accepted=False)
    except Unavailable as unavailable:
        return Explanation(("Not verified.", str(unavailable)), is_accepted=False)
    except UndefinedFunctionError as error:
        raise NotMigrated from error
    finally:
        await connection.close()


async def _credentials(token: str, settings: Settings, connection: DriverConnection) -> tuple[str, Credentials]:
    """Return the source of a token in words, and its credentials. Raises RefusedToken."""
    if token.startswith(START):
        return "API key.", await _of_key(token, connection)
    issuer = issuer_of(token)
    for each in settings.issuers:
        if each.issuer == issuer:
            return f"Token of the issuer {issuer}.", await _of_issuer(token, each, settings, connection)
    try:
        return f"Token of this deployment ({settings.token_issuer}).", make_tokens(settings).verify(token)
    except InvalidToken:
        raise RefusedToken(_reason(issuer, settings)) from None


def _reason(issuer: str | None, settings: Settings) -> str:
    if issuer is None:
        return "It is neither an API key nor a signed token with an issuer (iss)."
    if issuer != settings.token_issuer:
        return f"Its issuer {issuer} is not in WORKLINE_ISSUERS."
    return "It has expired, or was not signed with WORKLINE_SECRET_KEY or a previous key."


async def _of_key(token: str, connection: DriverConnection) -> Credentials:
    row = await connection.fetchrow(FIND, secret_hash(token), [], [], None) if FORM.fullmatch(token) else None
    if row is None or row["key_id"] is None:
        raise RefusedToken("The key is unknown, expired or revoked, or its user is deactivated.")
    return credentials_of_key(row)


async def _of_issuer(
    token: str, issuer: IssuerSettings, settings: Settings, connection: DriverConnection
) -> Credentials:
    async with http_client() as client:
        keys = IssuerKeys(issuer, client, is_production=settings.env == "production")
        person = await ExternalIssuer(issuer, keys, ()).verify(token)
    row = await connection.fetchrow(ENTER, *entry_of(issuer, person))
    assert row is not None
    return credentials_of(row, person)


async def _described(connection: DriverConnection, found: Credentials) -> list[str]:
    """Return the user, the organization, the role and the limits of credentials. Raises RefusedToken."""
    viewer = found.viewer
    await connection.execute(f"SET LOCAL app.org = '{viewer.organization_id}'")
    row = await connection.fetchrow(NAMES, viewer.organization_id, viewer.user_id)
    if row is None:
        raise RefusedToken("Its user or organization does not exist.")
    try:
        await connection.execute(Access(viewer).check())
    except PostgresError as error:
        if error.sqlstate == "WL001":
            raise RefusedToken("Its user is deactivated, or the session or the password has changed.") from None
        if error.sqlstate != "WL002":
            raise
    expiry = "does not expire" if found.expires_at is None else f"expires {_moment(found.expires_at)}"
    lines = [
        f"User: {row['name']} <{row['email']}> ({viewer.user_id})",
        f"Organization: {row['organization']} ({viewer.organization_id})",
        f"Role: {row['role']}",
        f"It {expiry}.",
    ]
    if viewer.scopes is not None:
        lines.insert(3, f"Scopes: {', '.join(sorted(viewer.scopes))}")
    return lines


def _moment(moment: datetime) -> str:
    minutes = max(0, round((moment - datetime.now(UTC)).total_seconds() / 60))
    return f"at {moment:%Y-%m-%d %H:%M} UTC, in {minutes} minutes"
