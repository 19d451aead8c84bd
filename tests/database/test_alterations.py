"""Generated migrations of existing tables, compared with the catalog: upgraded, compared again, and reverted."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Column, Index, Integer, MetaData, NullPool, Table, Text
from sqlalchemy import text as sql_text
from sqlalchemy.ext.asyncio import create_async_engine

from graphql_app.migrations.description import security_of
from graphql_app.models.access import KEEP, TableAccess
from graphql_app.postgres.errors import PostgresError
from graphql_app.postgres.migrations import Migrations
from graphql_app.postgres.roles import OWNER, SYSTEM, Server
from tests.database.catalog import COMMENTS, POLICIES, SHAPE, TABLES, TYPES, describe
from tests.database.linting import lint
from tests.database.model_changes import ALTERATIONS, ROW, Alteration, price, tools
from tests.support.databases import TestDatabase, connected, copy_of, empty_database

pytestmark = pytest.mark.slow

QUESTIONS = {**SHAPE, "tables": TABLES, "policies": POLICIES, "comments": COMMENTS, "types": TYPES}
type Catalog = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
async def engine_template(
    postgres: Server, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """Return the name of a database with the tables of the engine, a template without connections."""
    async with empty_database(postgres) as made:
        await asyncio.to_thread(Migrations(tmp_path_factory.mktemp("none")).upgrade, made.owner)
        yield made.name


@pytest.fixture
async def empty(postgres: Server, engine_template: str) -> AsyncIterator[TestDatabase]:
    """Provide a database with the tables of the engine."""
    async with copy_of(postgres, engine_template) as made:
        yield made


async def create(database: TestDatabase, metadata: MetaData, row: str = "") -> None:
    """Create the tables of a model without a migration, secured as it declares, with a row."""
    engine = create_async_engine(database.owner.url, connect_args=database.owner.connect_args, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.exec_driver_sql(f"SET LOCAL ROLE {OWNER}")
        await connection.run_sync(metadata.create_all)
        for table in metadata.sorted_tables:
            for statement in security_of(table):
                await connection.exec_driver_sql(statement)
        if row:
            await connection.exec_driver_sql(f"SET LOCAL ROLE {SYSTEM}")
            await connection.exec_driver_sql(row)


async def generate(migrations: Migrations, database: TestDatabase, metadata: MetaData) -> str:
    """Generate migrations and return their text."""
    files = await asyncio.to_thread(migrations.create, "change", owner=database.owner, metadata=metadata)
    return "".join(file.read_text() for file in files)


async def catalog(database: TestDatabase) -> Catalog:
    """Return the catalog: conditions without casts, which change when one is restored, and privileges in any order."""
    async with connected(database.admin) as connection:
        found = await describe(connection, QUESTIONS)
    conditions = [(*row[:3], re.sub(r"::[a-z ]+(\[\])?|[()]", "", row[3])) for row in found["constraints"]]
    return {**found, "constraints": conditions, "tables": [(*row[:4], sorted(row[4])) for row in found["tables"]]}


def rules_violated_by(migrations: Migrations) -> set[str]:
    """Return the rules that squawk finds violated by revisions of the application."""
    own = [each for each in migrations.scripts().walk_revisions() if Path(each.path).parent == migrations.application]
    return {rule for found in lint(own).values() for rule, _ in found}


def sql_in(text: str) -> str:
    """Return the text of a migration with its lines of SQL joined."""
    return re.sub(r'"\n +"', "", text)


@pytest.mark.parametrize("alteration", ALTERATIONS, ids=str)
async def test_an_alteration_is_generated_applied_and_reverted(
    tmp_path: Path, postgres: Server, engine_template: str, empty: TestDatabase, alteration: Alteration
) -> None:
    await create(empty, alteration.before(), alteration.row)
    before = await catalog(empty)
    text = sql_in(await generate(Migrations(tmp_path), empty, alteration.after()))
    for statement in alteration.statements:
        assert statement in text
    assert await asyncio.to_thread(rules_violated_by, Migrations(tmp_path)) == set(alteration.findings)
    await asyncio.to_thread(Migrations(tmp_path).upgrade, empty.owner)
    async with copy_of(postgres, engine_template) as other:
        await create(other, alteration.after())
        assert await catalog(empty) == await catalog(other)
    assert await generate(Migrations(tmp_path), empty, alteration.after()) == ""
    await asyncio.to_thread(Migrations(tmp_path).downgrade, empty.owner, "app@base")
    assert await catalog(empty) == before


async def test_a_required_column_of_a_filled_table_waits_for_its_values(tmp_path: Path, empty: TestDatabase) -> None:
    """The first revision stays applied, so that the values can be filled before the second one is run again."""
    await create(empty, tools(), ROW)
    migrations = Migrations(tmp_path)
    await generate(migrations, empty, tools(Column("note", Text, nullable=False)))
    with pytest.raises(PostgresError, match="tools_note_required"):
        await asyncio.to_thread(Migrations(tmp_path).upgrade, empty.owner)
    async with empty.as_system() as connection:
        await connection.execute("UPDATE tools SET note = 'filled'")
    await asyncio.to_thread(Migrations(tmp_path).upgrade, empty.owner)
    assert await generate(Migrations(tmp_path), empty, tools(Column("note", Text, nullable=False))) == ""


async def test_a_failed_index_is_created_when_the_revision_is_run_again(tmp_path: Path, empty: TestDatabase) -> None:
    await create(empty, tools(), ROW)
    await generate(Migrations(tmp_path), empty, tools(Index("names", sql_text("(1 / coalesce(weight, 0))"))))
    with pytest.raises(PostgresError, match="division by zero"):
        await asyncio.to_thread(Migrations(tmp_path).upgrade, empty.owner)
    async with empty.as_system() as connection:
        await connection.execute("UPDATE tools SET weight = 1")
    await asyncio.to_thread(Migrations(tmp_path).upgrade, empty.owner)
    async with connected(empty.owner) as connection:
        assert await connection.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = 'names'::regclass")


async def test_tables_of_the_engine_are_not_compared(tmp_path: Path, empty: TestDatabase) -> None:
    await create(empty, tools())
    async with connected(empty.admin) as connection:
        await connection.execute("ALTER TABLE users ADD COLUMN nickname text")
    assert await generate(Migrations(tmp_path), empty, tools()) == ""


async def test_a_constraint_that_is_not_valid_is_validated(tmp_path: Path, empty: TestDatabase) -> None:
    await create(empty, price("weight > 0"))
    async with connected(empty.admin) as connection:
        await connection.execute("ALTER TABLE tools DROP CONSTRAINT ck_tools_weight")
        await connection.execute("ALTER TABLE tools ADD CONSTRAINT ck_tools_weight CHECK (weight > 0) NOT VALID")
    text = await generate(Migrations(tmp_path), empty, price("weight > 0"))
    assert "VALIDATE CONSTRAINT ck_tools_weight" in text
    assert "ADD CONSTRAINT" not in text


async def test_models_that_need_what_the_database_lacks_are_refused(tmp_path: Path, empty: TestDatabase) -> None:
    needing = tools(CheckConstraint("is_heavy(weight)", name="weight"))
    with pytest.raises(PostgresError, match=r"function is_heavy\(integer\) does not exist.* by a separate migration"):
        await generate(Migrations(tmp_path), empty, needing)


async def test_a_serial_column_is_refused_unless_it_exists(tmp_path: Path, empty: TestDatabase) -> None:
    serial = tools()
    Table("counters", serial, Column("id", Integer, primary_key=True))
    with pytest.raises(PostgresError, match=r"counters\.id would be serial.*Add Identity\(\)"):
        await generate(Migrations(tmp_path), empty, serial)
    await create(empty, serial)
    assert await generate(Migrations(tmp_path), empty, serial) == ""


def test_privileges_are_those_that_postgresql_has() -> None:
    with pytest.raises(ValueError, match="TRUNCATE is not one of SELECT"):
        TableAccess("SELECT, TRUNCATE")
    with pytest.raises(ValueError, match="only read"):
        TableAccess(KEEP, tenant=None)
