"""Tenant isolation in the database for every table and any statement, with two organizations."""

from uuid import UUID

import asyncpg
import pytest

from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import APP, SYSTEM
from tests.database.catalog import OUTSIDE_TENANCY
from tests.support.application import load_models

TENANT_TABLES = sorted(set(load_models().tables) - {"organizations", *OUTSIDE_TENANCY})
FOREIGN_KEYS = sorted(
    (table, key.column_keys[1], str(key.name))
    for table in TENANT_TABLES
    for key in load_models().tables[table].foreign_key_constraints
    if len(key.column_keys) == 2
)
Two = tuple[UUID, UUID]


async def become(connection: DriverConnection, role: str, organization: UUID | None = None) -> None:
    """Assume ``role`` for ``organization`` until the end of the transaction."""
    await connection.execute(f"SET LOCAL ROLE {role}")
    if organization is not None:
        await connection.execute(f"SET LOCAL app.org = '{organization}'")


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_no_row_is_visible_without_an_organization(rows: DriverConnection, table: str) -> None:
    await become(rows, APP)
    assert await rows.fetchval(f"SELECT count(*) FROM {table}") == 0


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_the_organization_is_reset_at_the_end_of_its_transaction(
    app: DriverConnection, two: Two, table: str
) -> None:
    async with app.transaction():
        await app.execute(f"SET LOCAL app.org = '{two[0]}'")
        assert await app.fetchval(f"SELECT count(*) FROM {table}") > 0
    assert await app.fetchval("SELECT current_setting('app.org', true)") == "", "otherwise the policy is not tested"
    assert await app.fetchval(f"SELECT count(*) FROM {table}") == 0


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_only_rows_of_the_organization_are_visible(rows: DriverConnection, two: Two, table: str) -> None:
    await become(rows, SYSTEM)
    everything = await rows.fetchval(f"SELECT count(*) FROM {table}")
    await become(rows, APP, two[0])
    seen = await rows.fetch(f"SELECT organization_id, count(*) FROM {table} GROUP BY organization_id")
    assert [row["organization_id"] for row in seen] == [two[0]]
    assert 0 < seen[0]["count"] < everything


async def test_only_the_organization_itself_is_visible(rows: DriverConnection, two: Two) -> None:
    await become(rows, APP, two[0])
    assert [row["id"] for row in await rows.fetch("SELECT id FROM organizations")] == [two[0]]
    assert await rows.execute("UPDATE organizations SET name = 'Mine' WHERE id = $1", two[1]) == "UPDATE 0"


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_a_row_cannot_be_inserted_into_another_organization(rows: DriverConnection, two: Two, table: str) -> None:
    written = ", ".join(column.name for column in load_models().tables[table].columns if column.computed is None)
    await become(rows, APP, two[0])
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await rows.execute(
            f"INSERT INTO {table} ({written}) SELECT {written} FROM (SELECT (jsonb_populate_record({table}, "
            f"jsonb_build_object('organization_id', $1::uuid))).* FROM {table} LIMIT 1) AS mine",
            two[1],
        )


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_a_row_cannot_be_moved_into_another_organization(rows: DriverConnection, two: Two, table: str) -> None:
    await become(rows, APP, two[0])
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match=f"row-level security|denied for table {table}"):
        await rows.execute(f"UPDATE {table} SET organization_id = $1", two[1])


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_rows_of_another_organization_are_neither_changed_nor_deleted(
    rows: DriverConnection, two: Two, table: str
) -> None:
    await become(rows, SYSTEM)
    may_update, may_delete = [
        await rows.fetchval("SELECT has_table_privilege($1, $2, $3)", APP, table, privilege)
        for privilege in ("UPDATE", "DELETE")
    ]
    await become(rows, APP, two[0])
    if may_update:
        updated = await rows.execute(f"UPDATE {table} SET updated_at = now() WHERE organization_id = $1", two[1])
        assert updated == "UPDATE 0"
    if may_delete:
        assert await rows.execute(f"DELETE FROM {table} WHERE organization_id = $1", two[1]) == "DELETE 0"
    await become(rows, SYSTEM)
    left = await rows.fetchval(f"SELECT count(*) FROM {table} WHERE organization_id = $1", two[1])
    assert left > 0


@pytest.mark.parametrize(("table", "column", "name"), FOREIGN_KEYS)
async def test_a_row_cannot_refer_to_another_organization(
    rows: DriverConnection, two: Two, table: str, column: str, name: str
) -> None:
    """PostgreSQL checks foreign keys without row-level security, so the composite key rejects the reference."""
    await become(rows, SYSTEM)
    mine, foreign = [
        await rows.fetchval(f"SELECT {column} FROM {table} WHERE organization_id = $1 AND {column} IS NOT NULL", one)
        for one in two
    ]
    with pytest.raises(asyncpg.ForeignKeyViolationError) as refusal:
        await rows.execute(
            f"UPDATE {table} SET {column} = $1 WHERE organization_id = $2 AND {column} = $3", foreign, two[0], mine
        )
    assert getattr(refusal.value, "constraint_name") in {name, f"{name}_currency"}  # noqa: B009 (untyped)


async def test_the_owner_sees_no_rows(owner: DriverConnection) -> None:
    for table in ("organizations", *OUTSIDE_TENANCY, *TENANT_TABLES):
        assert await owner.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_the_owner_sees_every_row_in_the_system_role(owner: DriverConnection) -> None:
    async with owner.transaction():
        await become(owner, SYSTEM)
        assert await owner.fetchval("SELECT count(*) FROM organizations") == 2


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "ALTER TABLE workers ADD COLUMN mine int",
        "DROP TABLE workers",
        "TRUNCATE workers",
        "CREATE INDEX ON workers (name)",
        "ALTER TABLE workers DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON workers",
        "CREATE POLICY mine ON workers USING (true)",
        "SET ROLE workline_system",
        "SET ROLE workline_owner",
        "SELECT * FROM identities",
    ],
)
async def test_the_application_cannot_change_the_policies(app: DriverConnection, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute(statement)
