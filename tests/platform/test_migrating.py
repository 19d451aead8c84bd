"""Migrations by the functions that the command line uses."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from graphql_app.postgres import migrations
from graphql_app.postgres.admin_connections import connect
from graphql_app.postgres.errors import PostgresError
from tests.support.databases import TestDatabase

ROOT = Path(__file__).parents[2]


async def revision_of(database: TestDatabase) -> str | None:
    connection = await connect(database.app)
    try:
        return await migrations.current(connection)
    finally:
        await connection.close()


async def test_a_migrated_database_is_at_the_newest_revision(database: TestDatabase) -> None:
    assert await revision_of(database) == migrations.newest()


async def test_a_downgrade_to_base_can_be_upgraded_again(database: TestDatabase) -> None:
    await asyncio.to_thread(migrations.downgrade, database.owner, "base")
    assert await revision_of(database) is None
    await asyncio.to_thread(migrations.upgrade, database.owner)
    assert await revision_of(database) == migrations.newest()


def test_pending_migrations_are_listed_oldest_first() -> None:
    every = migrations.pending(None)
    assert every[-1] == migrations.newest()
    assert migrations.pending(every[0]) == every[1:]
    assert migrations.pending(every[-1]) == []


def test_a_database_of_a_newer_release_has_no_pending_migrations() -> None:
    assert migrations.pending("ffffffffffff") == []


def test_an_unknown_revision_is_an_error_that_names_it(shared_database: TestDatabase) -> None:
    with pytest.raises(PostgresError, match="ffffffffffff"):
        migrations.upgrade(shared_database.owner, "ffffffffffff")


async def test_a_migration_that_exceeds_its_lock_timeout_changes_nothing(database: TestDatabase) -> None:
    await asyncio.to_thread(migrations.downgrade, database.owner, "-1")
    before = await revision_of(database)
    blocker = await connect(database.owner)
    await blocker.execute("BEGIN; LOCK TABLE alembic_version IN SHARE MODE")
    with pytest.raises(PostgresError, match="lock timeout"):
        await asyncio.to_thread(migrations.upgrade, database.owner)
    await blocker.close()
    assert await revision_of(database) == before


def test_the_sql_of_all_migrations_creates_each_table_once() -> None:
    printed = migrations.script()
    assert printed.count("CREATE TABLE organizations") == 1
    assert printed.count("UPDATE alembic_version") == len(migrations.pending(None)) - 1


def test_the_newest_revision_is_that_of_alembic() -> None:
    assert migrations.newest() == migrations.scripts().get_current_head()


def test_the_check_of_a_migrated_database_does_not_import_alembic() -> None:
    checked = (
        "import sys, graphql_app.asgi, graphql_app.cli.serve; from graphql_app.postgres.migrations import *; "
        "assert pending(newest()) == []; print('alembic' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", checked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
