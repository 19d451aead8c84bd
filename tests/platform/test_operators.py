"""Commands for operators: organizations and users, without SQL."""

import asyncio
import re
import socket

import pytest

from graphql_app.identity.authentication import secret_hash
from graphql_app.identity.passwords import derive
from tests.support.commands import Run, addresses
from tests.support.databases import TestDatabase

EMAIL = "Ada@North.example"
MISSING = "01890000-0000-7000-8000-000000000001"
SECRET = "k8sQ2vXz71mNcTrWpLfYhBdJgAeUoIiR9sDq0wEx"


async def one(database: TestDatabase, question: str) -> object:
    async with database.as_system() as connection:
        return await connection.fetchval(question)


def stored_hash(database: TestDatabase) -> str:
    return str(asyncio.run(one(database, "SELECT password_hash FROM identities WHERE email = 'ada@north.example'")))


def token_in(text: str) -> str:
    """Return the token of the link in a text."""
    found = re.search("#token=([^ \n]+)", text)
    assert found
    return found[1]


async def accepted(database: TestDatabase, token: str, password_hash: str) -> bool:
    """Return True if an invitation is accepted with this hash of a password."""
    async with database.as_system() as connection:
        statement = "SELECT * FROM accept_invitation($1, $2, NULL, NULL, NULL, NULL, '{}', '{}')"
        row = await connection.fetchrow(statement, secret_hash(token), password_hash)
    return row is not None and not row["is_refused"]


async def reset(database: TestDatabase, token: str) -> object:
    """Set a hash of a password by a token. Return the address of the identity."""
    async with database.as_system() as connection:
        return await connection.fetchval("SELECT reset_password($1, 'new hash')", secret_hash(token))


@pytest.fixture
def unused_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@pytest.fixture
def north(run: Run, database: TestDatabase) -> tuple[str, str]:
    """Create an organization by the command. Return its ID and the password of its owner."""
    left = run("organization", "create", "North", "--owner", EMAIL, **addresses(database))
    assert left.status == 0, left.err
    id, password = left.out.split()
    return id, password


def test_the_first_organization_has_an_owner_with_the_printed_password(
    north: tuple[str, str], database: TestDatabase
) -> None:
    stored = stored_hash(database)
    assert derive(stored, north[1]) == stored
    owner = "SELECT count(*) FROM users JOIN identities ON identities.id = identity_id WHERE verified_at IS NOT NULL"
    assert asyncio.run(one(database, f"{owner} AND role = 'OWNER' AND deactivated_at IS NULL")) == 1


def test_organizations_and_users_are_listed(run: Run, north: tuple[str, str]) -> None:
    assert run("organization", "list").out == f"{north[0]}\t1\tNorth\n"
    organization, _, role, state, email, name = run("user", "list").out.strip().split("\t")
    assert (organization, role, state, email, name) == (north[0], "OWNER", "active", EMAIL, "Owner")
    assert run("user", "list", "--organization", "01890000-0000-7000-8000-000000000001").out == ""


def test_an_address_is_invited_to_a_second_organization_by_a_message(
    run: Run, north: tuple[str, str], database: TestDatabase
) -> None:
    south = run("organization", "create", "South", "--owner", "eve@south.example").out.split()[0]
    invite = ("user", "invite", EMAIL, "--organization", south, "--name", "Ada")
    invited = run(*invite, "--role", "MANAGER", WORKLINE_APP_URL="https://app.example")
    assert (invited.status, invited.out) == (0, "")
    assert "run workline mail show" in invited.err
    message = run("mail", "show").out
    assert "To: ada@north.example" in message
    assert "Owner invites you to South." in message
    first = token_in(message)
    assert asyncio.run(accepted(database, first, stored_hash(database))), "by the password that the address has"
    assert run(*invite).status == 1
    assert run("user", "deactivate", EMAIL).status == 1, "two organizations have such a user"
    assert run("user", "deactivate", EMAIL, "--organization", south).status == 0
    back = run(*invite, "--print-link")
    assert asyncio.run(accepted(database, token_in(back.out), stored_hash(database))), "a deactivated user returns"


def test_an_invitation_that_is_sent_again_replaces_the_earlier_one(
    run: Run, north: tuple[str, str], database: TestDatabase
) -> None:
    invite = ("user", "invite", "new@north.example", "--organization", north[0], "--name", "Nia", "--print-link")
    first, second = run(*invite).out.strip(), run(*invite).out.strip()
    assert not asyncio.run(accepted(database, first, "hash"))
    assert asyncio.run(accepted(database, second, "hash"))
    missing = run("user", "invite", "new@north.example", "--organization", MISSING, "--name", "Nia")
    assert (missing.status, "no organization" in missing.err) == (1, True)


@pytest.mark.parametrize(
    "command", [("reset-password", EMAIL), ("invite", EMAIL, *("--organization", MISSING, "--name", "A"))]
)
def test_a_production_server_without_mail_requires_print_link(
    run: Run, database: TestDatabase, command: tuple[str, ...]
) -> None:
    production = {"WORKLINE_ENV": "production", "WORKLINE_SECRET_KEY": SECRET}
    left = run("user", *command, **addresses(database), **production)
    assert left.status == 2
    assert "--print-link" in left.err


def test_a_message_that_is_not_sent_is_reported(run: Run, north: tuple[str, str], unused_port: int) -> None:
    left = run("user", "reset-password", EMAIL, WORKLINE_SMTP_HOST="127.0.0.1", WORKLINE_SMTP_PORT=str(unused_port))
    assert left.status == 1
    assert "The message was not sent" in left.err


def test_an_undeclared_role_is_refused(run: Run, north: tuple[str, str]) -> None:
    left = run("user", "invite", "new@north.example", "--organization", north[0], "--name", "Nia", "--role", "WIZARD")
    assert left.status == 2
    assert "WIZARD" in left.err


def test_the_last_owner_is_not_deactivated(run: Run, north: tuple[str, str]) -> None:
    left = run("user", "deactivate", EMAIL)
    assert left.status == 1
    assert "must have an owner" in left.err
    assert run("user", "deactivate", "unknown@north.example").status == 1


def test_a_reset_ends_password_sessions_and_tokens_and_sends_a_link(
    run: Run, north: tuple[str, str], database: TestDatabase
) -> None:
    left = run("user", "reset-password", EMAIL, WORKLINE_APP_URL="https://app.example")
    assert (left.status, left.out) == (0, "")
    assert asyncio.run(one(database, "SELECT password_hash FROM identities")) is None
    assert asyncio.run(one(database, "SELECT credentials_version FROM users")) == 2
    token = token_in(run("mail", "show").out)
    assert asyncio.run(reset(database, token)) == "ada@north.example"
    assert stored_hash(database) == "new hash"
    printed = run("user", "reset-password", EMAIL, "--print-link").out
    assert printed.startswith("https://app.example/reset-password#token=")
    assert asyncio.run(reset(database, token_in(printed))) == "ada@north.example"
    assert run("user", "reset-password", "unknown@north.example").status == 1


def test_a_deleted_organization_leaves_nothing(run: Run, north: tuple[str, str], database: TestDatabase) -> None:
    assert run("organization", "delete", north[0], "--yes").status == 0
    for table in ("organizations", "users", "identities"):
        assert asyncio.run(one(database, f"SELECT count(*) FROM {table}")) == 0
    again = run("organization", "delete", north[0], "--yes")
    assert again.status == 1
    assert "no organization" in again.err


def test_a_lost_authenticator_app_is_removed(run: Run, north: tuple[str, str], database: TestDatabase) -> None:
    refused = run("user", "reset-totp", EMAIL)
    assert (refused.status, "has no authenticator app" in refused.err) == (1, True)
    enabled = "UPDATE identities SET totp_secret = 'A', totp_enabled_at = now(), totp_step = 1 RETURNING id"
    identity = asyncio.run(one(database, enabled))
    code = f"INSERT INTO recovery_codes (identity_id, hash) VALUES ('{identity}', 'x') RETURNING true"
    assert asyncio.run(one(database, code))
    assert run("user", "reset-totp", EMAIL.upper()).status == 0
    left = "SELECT count(*) + (SELECT count(*) FROM recovery_codes) FROM identities WHERE totp_enabled_at IS NOT NULL"
    assert asyncio.run(one(database, left)) == 0
