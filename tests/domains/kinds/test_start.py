"""Before it serves, the server compares the columns of models and database, and names each difference."""

import pytest
from sqlalchemy import INTEGER, Column, MetaData, String, Table

from graphql_app.database.column_types import check_columns
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.errors import ColumnMismatch
from tests.domains.kinds.models import METADATA
from tests.support.application import load_models
from tests.support.databases import TestDatabase, connected


async def test_the_columns_of_every_kind_are_those_of_the_models(kinds_database: TestDatabase) -> None:
    async with connected(kinds_database.app) as connection:
        await check_columns(connection, METADATA.tables.values())


async def test_the_columns_of_the_domain_are_those_of_its_models(shared_database: TestDatabase) -> None:
    async with connected(shared_database.app) as connection:
        await check_columns(connection, load_models().tables.values())


ALTERED = {
    "amount": ("numeric(9,3)", "the model declares numeric(8,2), and the column is numeric(9,3)"),
    "code": ("varchar(4)", "the model declares character varying(3), and the column is character varying(4)"),
    "local": (
        "timestamptz",
        "the model declares timestamp without time zone, and the column is timestamp with time zone",
    ),
    "big": ("integer", "the model declares bigint, and the column is integer"),
    "single": ("double precision", "the model declares real, and the column is double precision"),
    "smalls": ("integer[]", "the model declares smallint[], and the column is integer[]"),
    "doc": ("json", "the model declares jsonb, and the column is json"),
    "grade": ("text", "the model declares grade, and the column is text"),
}


async def test_each_difference_is_named_at_once(kinds_database: TestDatabase) -> None:
    async with connected(kinds_database.admin) as admin:
        await alter(admin)
        declared = [*METADATA.tables.values(), Table("nowhere", MetaData(), Column("id", INTEGER))]
        with pytest.raises(ColumnMismatch) as refused:
            await check_columns(admin, declared)
    lines = str(refused.value).splitlines()
    assert lines[0] == "The models and the tables of the database disagree:"
    assert set(lines[1:-1]) == {
        "  nowhere: the database has no such table",
        "  samples.words: the table has no such column",
        "  organizations.name: the model does not allow null, and the column does",
        *(f"  samples.{name}: {problem}" for name, (_, problem) in ALTERED.items()),
    }


async def alter(admin: DriverConnection) -> None:
    """Change columns of all kinds."""
    for name, (kind, _) in ALTERED.items():
        await admin.execute(f"ALTER TABLE samples ALTER {name} TYPE {kind} USING {name}::text::{kind}")
    await admin.execute("ALTER TABLE samples DROP words; ALTER TABLE organizations ALTER name DROP NOT NULL")


async def test_a_domain_of_postgresql_is_its_type(kinds_database: TestDatabase) -> None:
    table = Table("codes", MetaData(), Column("code", String(3)))
    async with connected(kinds_database.admin) as admin:
        await admin.execute("CREATE DOMAIN code AS varchar(3); CREATE TABLE codes (code code)")
        await check_columns(admin, [table])
