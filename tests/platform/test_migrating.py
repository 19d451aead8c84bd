"""Migrations as the command line runs them."""

import asyncio

import pytest

from graphql_app.postgres import migrations
from graphql_app.postgres.connecting import connect
from graphql_app.postgres.errors import PostgresError
from tests.support.databases import TestDatabase


async def revision_of(database: TestDatabase) -> str | None:
    connection = await connect(database.app)
    try:
        return await migrations.current(connection)
    finally:
        await connection.close()


async def test_a_copy_is_at_the_newest_revision(database: TestDatabase) -> None:
    assert await revision_of(database) == migrations.newest()


async def test_going_down_to_nothing_and_up_again_ends_where_it_began(database: TestDatabase) -> None:
    await asyncio.to_thread(migrations.downgrade, database.owner, "base")
    assert await revision_of(database) is None
    await asyncio.to_thread(migrations.upgrade, database.owner)
    assert await revision_of(database) == migrations.newest()


def test_what_is_pending_is_told_oldest_first() -> None:
    every = migrations.pending(None)
    assert every[-1] == migrations.newest()
    assert migrations.pending(every[0]) == every[1:]
    assert migrations.pending(every[-1]) == []


def test_a_database_of_a_newer_release_needs_nothing_from_this_one() -> None:
    assert migrations.pending("ffffffffffff") == []


def test_a_revision_that_does_not_exist_is_an_error_with_a_sentence(shared_database: TestDatabase) -> None:
    with pytest.raises(PostgresError, match="ffffffffffff"):
        migrations.upgrade(shared_database.owner, "ffffffffffff")


async def test_a_migration_that_waits_too_long_for_a_lock_says_so_and_changes_nothing(database: TestDatabase) -> None:
    await asyncio.to_thread(migrations.downgrade, database.owner, "-1")
    before = await revision_of(database)
    blocker = await connect(database.owner)
    await blocker.execute("BEGIN; LOCK TABLE alembic_version IN SHARE MODE")
    with pytest.raises(PostgresError, match="lock timeout"):
        await asyncio.to_thread(migrations.upgrade, database.owner)
    await blocker.close()
    assert await revision_of(database) == before


def test_the_sql_of_all_migrations_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    migrations.print_sql()
    printed = capsys.readouterr().out
    assert printed.count("CREATE TABLE organizations") == 1
    assert printed.count("UPDATE alembic_version") == len(migrations.pending(None)) - 1
