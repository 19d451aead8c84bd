"""Organizations and users as an operator manages them, in all organizations, with the rights of ``workline_system``.

Every function takes a connection inside a transaction of :func:`graphql_app.postgres.roles.as_system`.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from asyncpg import Record

from graphql_app.database.access_cache import CHANNEL
from graphql_app.identity.authentication import new_secret, normalize_email, secret_hash
from graphql_app.identity.password_changes import SentToken
from graphql_app.identity.passwords import hash_password
from graphql_app.identity.rules.invitations import SentInvitation
from graphql_app.identity.rules.users import LAST_OWNER
from graphql_app.models.base import new_id
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.errors import PostgresError

ORGANIZATIONS = """
SELECT organizations.id, organizations.name, organizations.created_at,
    (SELECT count(*) FROM users WHERE organization_id = organizations.id AND deactivated_at IS NULL) AS users
FROM organizations ORDER BY organizations.name, organizations.id"""
USERS = """
SELECT users.organization_id, users.id, users.name, users.email, users.role, users.deactivated_at
FROM users WHERE $1::uuid IS NULL OR organization_id = $1 ORDER BY organization_id, name, id"""
FIND_USERS = """
SELECT users.* FROM users LEFT JOIN identities ON identities.id = users.identity_id
WHERE (identities.email = $1 OR lower(users.email) = $1) AND ($2::uuid IS NULL OR organization_id = $2)"""
DEACTIVATE = """
UPDATE users SET deactivated_at = now(), updated_at = now(), version = version + 1,
    credentials_version = credentials_version + 1
WHERE organization_id = $1 AND id = $2"""
OTHER_OWNERS = """
SELECT count(*) FROM users
WHERE organization_id = $1 AND id <> $2 AND role = 'OWNER' AND deactivated_at IS NULL"""
RESET = "SELECT id FROM identities WHERE email = $1 FOR NO KEY UPDATE"
FIRST_OWNER = """
SELECT id, name FROM users
WHERE organization_id = $1 AND role = 'OWNER' AND deactivated_at IS NULL ORDER BY created_at, id LIMIT 1"""
INVITE = """
INSERT INTO invitations (organization_id, id, name, email, role, expires_at, token_hash, invited_by_id)
VALUES ($1, $2, $3, $4, $5, now() + $6::interval, $7, $8)
ON CONFLICT (organization_id, lower(email)) DO UPDATE SET name = excluded.name, role = excluded.role,
    expires_at = excluded.expires_at, token_hash = excluded.token_hash, invited_by_id = excluded.invited_by_id,
    updated_at = now(), version = invitations.version + 1"""
RESET_TOTP = """
UPDATE identities SET totp_secret = NULL, totp_enabled_at = NULL, totp_step = NULL, updated_at = now()
WHERE email = $1 AND totp_secret IS NOT NULL RETURNING id"""
ANNOUNCE = f"SELECT pg_notify('{CHANNEL}', $1)"


class Impossible(PostgresError):
    """Change that the stored data does not allow. The message states the reason."""


@dataclass(frozen=True, slots=True)
class NewUser:
    """User to create. An address without an identity gets one, with a random password."""

    name: str
    email: str
    role: str


async def create_organization(connection: DriverConnection, name: str, owner: NewUser) -> tuple[UUID, str | None]:
    """Create an organization with its owner. Return its ID, and the password of a new identity, which is shown once."""
    id = new_id()
    await connection.execute("INSERT INTO organizations (id, name) VALUES ($1, $2)", id, name)
    return id, await add_user(connection, id, owner)


async def delete_organization(connection: DriverConnection, id: UUID) -> str:
    """Delete an organization with all its rows, and identities that belong to no other. Return its name."""
    name = await connection.fetchval("SELECT name FROM organizations WHERE id = $1 FOR UPDATE", id)
    if name is None:
        raise Impossible(f"There is no organization with the ID {id}.")
    left = await connection.fetch("SELECT identity_id FROM users WHERE organization_id = $1", id)
    await connection.execute("DELETE FROM organizations WHERE id = $1", id)
    await connection.execute(
        "DELETE FROM identities WHERE id = ANY($1) "
        "AND NOT EXISTS (SELECT FROM users WHERE users.identity_id = identities.id)",
        [row["identity_id"] for row in left],
    )
    return str(name)


async def add_user(connection: DriverConnection, organization_id: UUID, user: NewUser) -> str | None:
    """Create a user. Return the password of its new identity, or None if the address has one already."""
    email = normalize_email(user.email)
    if await connection.fetchval("SELECT id FROM organizations WHERE id = $1", organization_id) is None:
        raise Impossible(f"There is no organization with the ID {organization_id}.")
    if await connection.fetch(FIND_USERS, email, organization_id):
        raise Impossible(f"The organization has a user with the address {email} already.")
    identity, password = await connection.fetchval("SELECT id FROM identities WHERE email = $1", email), None
    if identity is None:
        identity, password = new_id(), new_password()
        await connection.execute(
            "INSERT INTO identities (id, email, password_hash, verified_at) VALUES ($1, $2, $3, now())",
            *(identity, email, hash_password(password)),
        )
    await connection.execute(
        "INSERT INTO users (organization_id, id, name, email, role, identity_id) VALUES ($1, $2, $3, $4, $5, $6)",
        *(organization_id, new_id(), user.name, user.email.strip(), user.role, identity),
    )
    return password


async def deactivate(connection: DriverConnection, email: str, organization_id: UUID | None) -> None:
    """Deactivate the only user with this address, in one organization or in all. Never the last owner."""
    user = await _one_user(connection, email, organization_id)
    if user["deactivated_at"] is not None:
        raise Impossible("The user is already deactivated.")
    place = (user["organization_id"], user["id"])
    await connection.execute("SELECT FROM organizations WHERE id = $1 FOR NO KEY UPDATE", place[0])
    if user["role"] == "OWNER" and not await connection.fetchval(OTHER_OWNERS, *place):
        raise Impossible(LAST_OWNER)
    await connection.execute(DEACTIVATE, *place)
    await connection.execute(ANNOUNCE, str(user["id"]))


async def invite(connection: DriverConnection, organization_id: UUID, user: NewUser, ttl: timedelta) -> SentInvitation:
    """Invite an address in the name of the organization's first owner. An earlier invitation becomes invalid.

    Return the content of its message.
    """
    email, token = normalize_email(user.email), new_secret()
    organization = await connection.fetchval("SELECT name FROM organizations WHERE id = $1", organization_id)
    if organization is None:
        raise Impossible(f"There is no organization with the ID {organization_id}.")
    if any(row["deactivated_at"] is None for row in await connection.fetch(FIND_USERS, email, organization_id)):
        raise Impossible(f"The organization has a user with the address {email} already.")
    inviter = await connection.fetchrow(FIRST_OWNER, organization_id)
    if inviter is None:
        raise Impossible("The organization has no active owner, in whose name users are invited.")
    invited = (organization_id, new_id(), user.name, user.email.strip(), user.role, ttl, secret_hash(token))
    await connection.execute(INVITE, *invited, inviter["id"])
    return SentInvitation(email, organization, inviter["name"], ttl, token)


async def reset_password(connection: DriverConnection, email: str, ttl: timedelta) -> SentToken:
    """Remove the password of an address, and end all its sessions and tokens. Return a token for a new password."""
    email, token = normalize_email(email), new_secret()
    identity = await connection.fetchval(RESET, email)
    if identity is None:
        raise Impossible(f"No identity has the address {email}.")
    await connection.execute("SELECT set_password($1, NULL, NULL)", identity)
    await connection.execute("SELECT keep_identity_token($1, 'RESET', $2, $3)", identity, secret_hash(token), ttl)
    return SentToken(email, token)


async def reset_totp(connection: DriverConnection, email: str) -> None:
    """Remove the authenticator app and the recovery codes of an address, which then logs in by its password only."""
    identity = await connection.fetchval(RESET_TOTP, normalize_email(email))
    if identity is None:
        raise Impossible(f"The address {email} has no authenticator app.")
    await connection.execute("DELETE FROM recovery_codes WHERE identity_id = $1", identity)


def new_password() -> str:
    """Return a random password, to be handed over and changed."""
    return secrets.token_urlsafe(15)


async def _one_user(connection: DriverConnection, email: str, organization_id: UUID | None) -> Record:
    found = await connection.fetch(FIND_USERS, normalize_email(email), organization_id)
    if not found:
        raise Impossible(f"No user has the address {email}.")
    if len(found) > 1:
        raise Impossible(f"Several organizations have a user with the address {email}. Name one with --organization.")
    return found[0]
