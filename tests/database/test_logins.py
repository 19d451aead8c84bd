"""Login addresses: one function finds one address, and the application has no other access to them."""

from uuid import UUID

import asyncpg
import pytest

from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import APP, SYSTEM

HASH = "$argon2$digest"
Two = tuple[UUID, UUID]


def address(organization: UUID) -> str:
    return f"{organization}@example.com"


async def test_the_application_finds_a_login_by_address_without_an_organization(
    app: DriverConnection, two: Two
) -> None:
    found = await app.fetch("SELECT * FROM find_login($1)", address(two[1]))
    assert [(row["organization_id"], row["role"]) for row in found] == [(two[1], "OWNER")]
    assert list(found[0].keys()) == ["organization_id", "user_id", "role", "credentials_version"]


async def test_the_application_never_reads_the_digest_of_a_password(app: DriverConnection, two: Two) -> None:
    assert await app.fetchval("SELECT password_parameters($1)", address(two[0]).upper()) == "$argon2$AAAAAA"
    assert await app.fetchval("SELECT password_parameters('unknown@example.com')") is None


async def test_addresses_are_case_insensitive(app: DriverConnection, two: Two) -> None:
    assert len(await app.fetch("SELECT * FROM find_login($1)", address(two[0]).upper())) == 1


@pytest.mark.parametrize("unknown", ["unknown@example.com", "", "%", "' OR true --", None])
async def test_an_unknown_address_has_no_login(app: DriverConnection, unknown: str | None) -> None:
    assert await app.fetch("SELECT * FROM find_login($1)", unknown) == []


async def test_a_deactivated_user_has_no_login(rows: DriverConnection, two: Two) -> None:
    await rows.execute(f"SET LOCAL ROLE {SYSTEM}")
    await rows.execute("UPDATE users SET deactivated_at = now() WHERE organization_id = $1", two[0])
    await rows.execute(f"SET LOCAL ROLE {APP}")
    assert await rows.fetch("SELECT * FROM find_login($1)", address(two[0])) == []
    assert len(await rows.fetch("SELECT * FROM find_login($1)", address(two[1]))) == 1


@pytest.mark.parametrize("privilege", ["SELECT", "INSERT", "UPDATE", "DELETE"])
@pytest.mark.parametrize("table", ["identities", "auth_sessions", "refresh_tokens"])
async def test_the_application_has_no_other_access_to_identities_and_sessions(
    app: DriverConnection, table: str, privilege: str
) -> None:
    assert not await app.fetchval("SELECT has_table_privilege($1, $2)", table, privilege)
    visible = await app.fetchval("SELECT has_any_column_privilege($1, 'SELECT')", table)
    assert visible is (table == "auth_sessions")


async def test_the_application_sees_only_whether_sessions_of_its_organization_are_open(
    rows: DriverConnection, two: Two
) -> None:
    await become_app(rows, two[0])
    seen = await rows.fetch("SELECT id, organization_id, user_id, expires_at, revoked_at FROM auth_sessions")
    assert {row["organization_id"] for row in seen} == {two[0]}
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await rows.fetch("SELECT identity_id FROM auth_sessions")


async def become_app(rows: DriverConnection, organization: UUID) -> UUID:
    """Assume the role of the application for an organization. Return the id of its user."""
    await rows.execute(f"SET LOCAL ROLE {APP}; SET LOCAL app.org = '{organization}'")
    user: UUID = await rows.fetchval("SELECT id FROM users WHERE organization_id = $1", organization)
    return user


async def hashes(rows: DriverConnection) -> dict[str, str]:
    """Return the password hashes by address."""
    await rows.execute(f"SET LOCAL ROLE {SYSTEM}")
    return {
        row["email"]: row["password_hash"] for row in await rows.fetch("SELECT email, password_hash FROM identities")
    }


KEEP = "SELECT keep_login($1, $2, $3)"


async def test_an_organization_changes_the_addresses_of_its_own_users(rows: DriverConnection, two: Two) -> None:
    user = await become_app(rows, two[0])
    assert await rows.fetchval(KEEP, user, "New@Example.com", None)
    assert await hashes(rows) == {"new@example.com": HASH, address(two[1]): HASH}
    await become_app(rows, two[0])
    assert await rows.fetchval(KEEP, user, "new@example.com", "other")
    assert await hashes(rows) == {"new@example.com": "other", address(two[1]): HASH}
    await become_app(rows, two[0])
    await rows.execute("SELECT drop_login($1)", user)
    assert await hashes(rows) == {address(two[1]): HASH}
    await become_app(rows, two[0])
    assert await rows.fetchval(KEEP, user, "again@example.com", None)
    assert await hashes(rows) == {address(two[1]): HASH}, "a user without a password has no login"


async def test_a_taken_address_keeps_its_owner(rows: DriverConnection, two: Two) -> None:
    user = await become_app(rows, two[0])
    assert not await rows.fetchval(KEEP, user, address(two[1]).upper(), "other")
    assert await hashes(rows) == {address(two[0]): HASH, address(two[1]): HASH}


async def test_users_of_another_organization_are_out_of_reach(rows: DriverConnection, two: Two) -> None:
    theirs = await become_app(rows, two[1])
    await become_app(rows, two[0])
    await rows.execute("SELECT drop_login($1)", theirs)
    assert await rows.fetchval(KEEP, theirs, "stolen@example.com", None)
    assert await hashes(rows) == {address(two[0]): HASH, address(two[1]): HASH}
    await become_app(rows, two[0])
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await rows.fetchval(KEEP, theirs, "stolen@example.com", "other")


async def test_no_address_is_changed_without_an_organization(rows: DriverConnection, two: Two) -> None:
    user = await become_app(rows, two[0])
    await rows.execute("SET LOCAL app.org = ''")
    await rows.execute("SELECT drop_login($1)", user)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await rows.fetchval(KEEP, user, "stolen@example.com", "other")


async def test_the_function_ignores_other_schemas_in_the_search_path(app: DriverConnection, two: Two) -> None:
    await app.execute("CREATE TEMPORARY TABLE identities (id uuid, email text, password_hash text)")
    assert len(await app.fetch("SELECT * FROM find_login($1)", address(two[0]))) == 1


async def test_an_address_belongs_to_one_identity_only(rows: DriverConnection, two: Two) -> None:
    await rows.execute(f"SET LOCAL ROLE {SYSTEM}")
    with pytest.raises(asyncpg.UniqueViolationError):
        await rows.execute("UPDATE identities SET email = $1", address(two[0]))


async def test_the_users_and_sessions_of_a_deleted_organization_leave_their_identities(
    rows: DriverConnection, two: Two
) -> None:
    await rows.execute(f"SET LOCAL ROLE {SYSTEM}")
    await rows.execute("DELETE FROM organizations WHERE id = $1", two[0])
    assert await rows.fetchval("SELECT count(*) FROM auth_sessions WHERE organization_id = $1", two[0]) == 0
    assert await rows.fetchval("SELECT count(*) FROM identities") == 2


async def test_an_identity_of_two_organizations_is_changed_by_neither(rows: DriverConnection, two: Two) -> None:
    await rows.execute(f"SET LOCAL ROLE {SYSTEM}")
    shared = await rows.fetchval("SELECT id FROM identities WHERE email = $1", address(two[0]))
    await rows.execute("UPDATE users SET identity_id = $1", shared)
    before = await hashes(rows)
    user = await become_app(rows, two[0])
    assert not await rows.fetchval(KEEP, user, "stolen@example.com", "other")
    assert await hashes(rows) == before
    await become_app(rows, two[0])
    await rows.execute("SELECT drop_login($1)", user)
    assert address(two[0]) in await hashes(rows)
