"""Generated migrations make what the models say, with row-level security: the demo's tables, once more."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from graphql_app.migrations.access import CHANGE, secure
from graphql_app.postgres.catalog import engine_tables, snapshot
from graphql_app.postgres.errors import PostgresError
from graphql_app.postgres.migrations import Migrations
from graphql_app.postgres.roles import OLDEST, Server
from tests.database.catalog import POLICIES, SHAPE, describe
from tests.support.application import load_models
from tests.support.databases import TestDatabase, connected, empty_database

pytestmark = pytest.mark.slow

ENGINE_TABLES = engine_tables(snapshot(OLDEST))


@pytest.fixture
async def empty(postgres: Server, template: str) -> AsyncIterator[TestDatabase]:
    """Create a database that was never migrated."""
    async with empty_database(postgres) as made:
        yield made


async def generated(directory: Path, database: TestDatabase, message: str) -> str:
    """Return the text of a generated migration."""
    migrations = Migrations(directory)
    files = await asyncio.to_thread(migrations.create, message, owner=database.owner, metadata=load_models())
    return "".join(file.read_text() for file in files)


async def test_a_generated_migration_makes_the_tables_of_the_models_and_secures_them(
    tmp_path: Path, empty: TestDatabase, database: TestDatabase
) -> None:
    await asyncio.to_thread(Migrations(tmp_path).upgrade, empty.owner)
    text = await generated(tmp_path, empty, "all tables of the demo")
    tables = load_models().tables.keys() - ENGINE_TABLES
    assert text.count("op.create_table(") == text.count("    run(secure(") == len(tables)
    await asyncio.to_thread(Migrations(tmp_path).upgrade, empty.owner)
    questions = {**SHAPE, "policies": POLICIES}
    async with connected(empty.owner) as made, connected(database.owner) as written:
        found, expected = await describe(made, questions), await describe(written, questions)
    for part in questions:
        assert found[part] == expected[part]


async def test_without_differences_no_migration_is_generated(tmp_path: Path, empty: TestDatabase) -> None:
    await asyncio.to_thread(Migrations(tmp_path).upgrade, empty.owner)
    await generated(tmp_path, empty, "all tables of the demo")
    await asyncio.to_thread(Migrations(tmp_path).upgrade, empty.owner)
    assert await generated(tmp_path, empty, "nothing") == ""


async def test_a_generated_migration_goes_down_again(tmp_path: Path, empty: TestDatabase) -> None:
    await asyncio.to_thread(Migrations(tmp_path).upgrade, empty.owner)
    await generated(tmp_path, empty, "all tables of the demo")
    migrations = Migrations(tmp_path)
    await asyncio.to_thread(migrations.upgrade, empty.owner)
    await asyncio.to_thread(migrations.downgrade, empty.owner, "-1")
    async with connected(empty.owner) as connection:
        left = {row[0] for row in (await describe(connection, SHAPE))["columns"]}
    assert left == ENGINE_TABLES


async def test_a_database_that_is_behind_is_migrated_first(tmp_path: Path, empty: TestDatabase) -> None:
    with pytest.raises(PostgresError, match="not up to date"):
        await generated(tmp_path, empty, "too early")


def test_the_privileges_of_a_new_table_are_those_that_are_named() -> None:
    assert any(statement.startswith(f"GRANT {CHANGE} ON tools") for statement in secure("tools", CHANGE))
