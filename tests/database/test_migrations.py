"""Migrations: equal to the models, reversible, and within their contract."""

import ast
import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic import command
from alembic.script import Script
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from graphql_app.migrations.migration_lock import TURN
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.errors import PostgresError
from graphql_app.postgres.migrations import ENGINE, current
from graphql_app.postgres.roles import OWNER, Server
from tests.database.catalog import SECURITY, SHAPE, TABLES, describe
from tests.support.application import CONFIG, MIGRATIONS, load_models
from tests.support.databases import TestDatabase, connected, empty_database

SCRIPTS = list(MIGRATIONS.scripts().walk_revisions())
NOTHING: dict[str, list[tuple[object, ...]]] = {part: [] for part in (*SHAPE, *SECURITY)}


@pytest.fixture
async def empty(postgres: Server, template: str) -> AsyncIterator[TestDatabase]:
    """Provide a database without migrations. The roles exist: the template of the tests has created them."""
    async with empty_database(postgres) as made:
        yield made


async def test_alembic_finds_no_difference_at_head(database: TestDatabase) -> None:
    configuration = MIGRATIONS.configuration(database.owner)
    configuration.attributes["metadata"] = load_models()
    await asyncio.to_thread(command.check, configuration)


async def test_migrations_create_exactly_what_the_models_define(database: TestDatabase, empty: TestDatabase) -> None:
    """Alembic compares neither CHECK constraints nor the ON DELETE actions of foreign keys: the catalogue has them."""
    engine = create_async_engine(empty.owner.url, connect_args=empty.owner.connect_args, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(load_models().create_all)
    async with connected(database.owner) as migrated, connected(empty.owner) as modelled:
        found, expected = await describe(migrated, SHAPE), await describe(modelled, SHAPE)
    for part in SHAPE:
        assert found[part] == expected[part]


async def test_downgrading_to_base_leaves_nothing_and_upgrading_recreates_everything(database: TestDatabase) -> None:
    async with connected(database.owner) as connection:
        before = await describe(connection, {**SHAPE, **SECURITY})
        await asyncio.to_thread(MIGRATIONS.downgrade, database.owner, "base")
        assert not await current(connection)
        assert await describe(connection, {**SHAPE, **SECURITY}) == NOTHING
        await asyncio.to_thread(MIGRATIONS.upgrade, database.owner)
        assert await current(connection) == MIGRATIONS.heads
        assert await describe(connection, {**SHAPE, **SECURITY}) == before


async def test_an_administrator_may_migrate_for_the_owner(empty: TestDatabase, database: TestDatabase) -> None:
    await asyncio.to_thread(MIGRATIONS.upgrade, empty.admin)
    async with connected(empty.admin) as theirs, connected(database.owner) as usual:
        found, expected = await describe(theirs, SECURITY), await describe(usual, SECURITY)
    assert {row[1] for row in found["tables"]} == {OWNER}
    assert found == expected


async def test_the_application_cannot_migrate(empty: TestDatabase) -> None:
    with pytest.raises(PostgresError, match='permission denied to set role "workline_owner"'):
        await asyncio.to_thread(MIGRATIONS.upgrade, empty.app)
    async with connected(empty.admin) as connection:
        assert await describe(connection, {"tables": TABLES}) == {"tables": []}


async def test_two_processes_migrate_one_after_the_other(empty: TestDatabase) -> None:
    async with connected(empty.owner) as first:
        await first.execute(f"SELECT pg_advisory_lock({TURN})")
        second = asyncio.create_task(asyncio.to_thread(MIGRATIONS.upgrade, empty.owner))
        await wait_for_a_waiting_lock(first)
        assert not await current(first)
        await first.execute(f"SELECT pg_advisory_unlock({TURN})")
        await second
        assert await current(first) == MIGRATIONS.heads
        assert await first.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


async def wait_for_a_waiting_lock(connection: DriverConnection) -> None:
    """Return when another connection waits for the advisory lock."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    while not await connection.fetchval(waiting):
        await connection.execute("SELECT pg_sleep(0.01)")


async def test_a_failed_migration_releases_its_lock(database: TestDatabase) -> None:
    await asyncio.to_thread(MIGRATIONS.downgrade, database.owner, "base")
    async with connected(database.owner) as connection:
        await connection.execute("CREATE TABLE workers (in_the_way int)")
        with pytest.raises(PostgresError, match='relation "workers" already exists'):
            await asyncio.to_thread(MIGRATIONS.upgrade, database.owner)
        await connection.execute("DROP TABLE workers")
    await asyncio.to_thread(MIGRATIONS.upgrade, database.owner)


@pytest.mark.parametrize("branch", [ENGINE, CONFIG.migrations])
def test_each_branch_of_migrations_has_a_single_head(branch: Path) -> None:
    line = [script for script in SCRIPTS if Path(script.path).parent == branch]
    assert line
    assert len(line) == len({script.down_revision for script in line})


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: Path(script.path).stem)
def test_a_migration_complies_with_its_contract(script: Script) -> None:
    source = Path(script.path).read_text()
    assert re.fullmatch(r"\d{4}_\d\d_\d\d_\d{4}_[a-z_]+\.py", Path(script.path).name)
    assert (script.doc or "").endswith((".", "?"))
    for timeout in ("lock_timeout", "statement_timeout"):
        assert source.count(f"SET LOCAL {timeout} = ") == 2, "one function for each direction"
    assert imported(source) <= {
        "sqlalchemy",
        "alembic",
        "graphql_app.migrations.tables",
        "graphql_app.migrations.access",
    }


def imported(source: str) -> set[str]:
    """Return the modules that a file imports: a migration must keep its meaning when the models change."""
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
