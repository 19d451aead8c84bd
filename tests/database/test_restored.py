"""Restored test databases: each test finds the rows and the definitions of the template."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from graphql_app.postgres.admin_connections import connect
from graphql_app.postgres.roles import Server
from graphql_app.testing.database_reset import RestoredDatabase, restored
from tests.support.databases import TestDatabase, connected

FOUND = "INSERT INTO organizations (id, name) VALUES (gen_random_uuid(), 'A shop')"
COUNT = "SELECT count(*) FROM organizations"


@pytest.fixture
async def lending(postgres: Server, template: str) -> AsyncIterator[RestoredDatabase]:
    async with restored(postgres, template) as lending:
        yield lending


async def reuse(lending: RestoredDatabase, *statements: str) -> tuple[TestDatabase, TestDatabase, int]:
    """Run statements in a database. Return it, the next one, and the organizations of the next one."""
    async with lending.lent() as first, connected(first.admin) as connection:
        for statement in statements:
            await connection.execute(statement)
    async with lending.lent() as second, connected(second.admin) as connection:
        return first, second, await connection.fetchval(COUNT)


async def test_rows_are_restored_in_the_same_database(lending: RestoredDatabase) -> None:
    for statements in [(FOUND,), (FOUND, "UPDATE organizations SET name = 'Another'"), (FOUND, FOUND)]:
        first, second, count = await reuse(lending, *statements)
        assert (second.name, count) == (first.name, 0)


async def test_rows_of_an_open_session_are_restored(lending: RestoredDatabase) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(3):
            async with lending.lent() as database:
                connection = await connect(database.admin)
                stack.callback(connection.terminate)
                assert await connection.fetchval(COUNT) == 0
                await connection.execute(FOUND)


async def test_a_deleted_row_of_the_template_is_restored(lending: RestoredDatabase) -> None:
    async with lending.lent() as first, connected(first.admin) as connection:
        kept = await connection.fetchval("SELECT version_num FROM alembic_version")
        await connection.execute("DELETE FROM alembic_version")
    async with lending.lent() as second, connected(second.admin) as connection:
        assert await connection.fetchval("SELECT version_num FROM alembic_version") == kept


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE organizations CASCADE",
        "CREATE TABLE kept (id int)",
        "DROP TABLE idempotency_keys",
        "ALTER TABLE organizations DISABLE ROW LEVEL SECURITY",
        "COMMENT ON COLUMN organizations.name IS 'Another comment.'",
        "REVOKE SELECT ON organizations FROM workline_app",
        "CREATE FUNCTION one() RETURNS int RETURN 1",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 65', current_database()); END $$",
    ],
)
async def test_a_database_with_changed_definitions_is_not_used_again(lending: RestoredDatabase, statement: str) -> None:
    first, second, count = await reuse(lending, FOUND, statement)
    assert second.name != first.name
    assert count == 0


async def test_a_database_with_definitions_that_were_removed_again_is_reused(lending: RestoredDatabase) -> None:
    first, second, _ = await reuse(lending, "CREATE TABLE made (id int)", "DROP TABLE made")
    assert second.name == first.name
