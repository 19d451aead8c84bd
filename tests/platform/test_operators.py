"""Commands for operators: organizations and users, without SQL."""

import asyncio

import pytest

from graphql_app.identity.passwords import derive
from tests.support.commands import Run, addresses
from tests.support.databases import TestDatabase

EMAIL = "Ada@North.example"


async def one(database: TestDatabase, question: str) -> object:
    async with database.as_system() as connection:
        return await connection.fetchval(question)


def stored_hash(database: TestDatabase) -> str:
    return str(asyncio.run(one(database, "SELECT password_hash FROM identities WHERE email = 'ada@north.example'")))


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


def test_an_address_is_invited_to_a_second_organization_and_keeps_its_password(
    run: Run, north: tuple[str, str], database: TestDatabase
) -> None:
    before = stored_hash(database)
    left = run("organization", "create", "South", "--owner", "eve@south.example")
    south = left.out.split()[0]
    invited = run("user", "invite", EMAIL.upper(), "--organization", south, "--name", "Ada", "--role", "MANAGER")
    assert (invited.status, invited.out) == (0, "")
    assert stored_hash(database) == before
    again = run("user", "invite", EMAIL, "--organization", south, "--name", "Ada")
    assert again.status == 1
    assert "already" in again.err
    new = run("user", "invite", "new@south.example", "--organization", south, "--name", "Nia")
    assert (new.status, len(new.out.split())) == (0, 1)
    assert run("user", "deactivate", EMAIL).status == 1, "two organizations have such a user"
    assert run("user", "deactivate", EMAIL, "--organization", south).status == 0


def test_an_undeclared_role_is_refused(run: Run, north: tuple[str, str]) -> None:
    left = run("user", "invite", "new@north.example", "--organization", north[0], "--name", "Nia", "--role", "WIZARD")
    assert left.status == 2
    assert "WIZARD" in left.err


def test_the_last_owner_is_not_deactivated(run: Run, north: tuple[str, str]) -> None:
    left = run("user", "deactivate", EMAIL)
    assert left.status == 1
    assert "must have an owner" in left.err
    assert run("user", "deactivate", "unknown@north.example").status == 1


def test_a_reset_password_ends_sessions_and_tokens(run: Run, north: tuple[str, str], database: TestDatabase) -> None:
    left = run("user", "reset-password", EMAIL)
    stored = stored_hash(database)
    assert derive(stored, left.out.strip()) == stored
    assert derive(stored, north[1]) != stored
    assert asyncio.run(one(database, "SELECT credentials_version FROM users")) == 2
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
