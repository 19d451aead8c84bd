"""Log-in addresses: one function answers for one address, and nothing else is to be learned."""

from uuid import UUID

import asyncpg
import pytest

from graphql_app.database.security import APP, SYSTEM
from graphql_app.postgres.connecting import Connection

Two = tuple[UUID, UUID]


def address(organization: UUID) -> str:
    return f"{organization}@example.com"


async def test_the_application_asks_whose_an_address_is_before_it_has_an_organization(
    app: Connection, two: Two
) -> None:
    found = await app.fetch("SELECT * FROM find_login($1)", address(two[1]))
    assert [(row["organization_id"], row["password_hash"]) for row in found] == [(two[1], "argon2")]
    assert list(found[0].keys()) == ["organization_id", "user_id", "password_hash"]


async def test_an_address_is_the_same_in_capitals(app: Connection, two: Two) -> None:
    assert len(await app.fetch("SELECT * FROM find_login($1)", address(two[0]).upper())) == 1


@pytest.mark.parametrize("unknown", ["nobody@example.com", "", "%", "' OR true --", None])
async def test_an_unknown_address_has_no_log_in(app: Connection, unknown: str | None) -> None:
    assert await app.fetch("SELECT * FROM find_login($1)", unknown) == []


async def test_a_deactivated_user_has_no_log_in(rows: Connection, two: Two) -> None:
    await rows.execute(f"SET LOCAL ROLE {SYSTEM}")
    await rows.execute("UPDATE users SET deactivated_at = now() WHERE organization_id = $1", two[0])
    await rows.execute(f"SET LOCAL ROLE {APP}")
    assert await rows.fetch("SELECT * FROM find_login($1)", address(two[0])) == []
    assert len(await rows.fetch("SELECT * FROM find_login($1)", address(two[1]))) == 1


@pytest.mark.parametrize("privilege", ["SELECT", "INSERT", "UPDATE", "DELETE"])
async def test_the_application_has_no_other_way_to_the_addresses(app: Connection, privilege: str) -> None:
    assert not await app.fetchval("SELECT has_any_column_privilege('logins', 'SELECT')")
    assert not await app.fetchval("SELECT has_table_privilege('logins', $1)", privilege)


async def test_nobody_can_put_a_table_of_their_own_before_the_function(app: Connection, two: Two) -> None:
    await app.execute("CREATE TEMPORARY TABLE logins (email text, organization_id uuid, user_id uuid)")
    assert len(await app.fetch("SELECT * FROM find_login($1)", address(two[0]))) == 1


async def test_an_address_belongs_to_one_organization_only(rows: Connection, two: Two) -> None:
    await rows.execute(f"SET LOCAL ROLE {SYSTEM}")
    with pytest.raises(asyncpg.UniqueViolationError):
        await rows.execute("UPDATE logins SET email = $1 WHERE organization_id = $2", address(two[0]), two[1])


async def test_an_address_goes_with_its_user(rows: Connection, two: Two) -> None:
    await rows.execute(f"SET LOCAL ROLE {SYSTEM}")
    await rows.execute("DELETE FROM organizations WHERE id = $1", two[0])
    assert await rows.fetchval("SELECT count(*) FROM logins WHERE organization_id = $1", two[0]) == 0
