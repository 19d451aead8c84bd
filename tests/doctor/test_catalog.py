"""Tables that differ from those of this release, from the snapshot and from another database."""

import json

import pytest

from graphql_app.database.pool_settings import session_settings
from graphql_app.doctor import server
from graphql_app.doctor.findings import Severity, Subject
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.catalog import snapshot
from graphql_app.postgres.roles import Server
from graphql_app.postgres.startup_checks import check_servable
from tests.database.snapshots import engine_catalog
from tests.doctor.subjects import messages_of
from tests.support.application import MIGRATIONS
from tests.support.commands import Run, addresses
from tests.support.databases import TestDatabase
from tests.support.settings import settings_for

DAMAGE = {
    "a dropped check": (
        "ALTER TABLE users DROP CONSTRAINT ck_users_email_length",
        "ck_users_email_length of users is missing",
    ),
    "a dropped key": ("ALTER TABLE users DROP CONSTRAINT fk_users_identity_id", "fk_users_identity_id"),
    "a dropped index": ("DROP INDEX ix_users_organization_id_name_id", "index ix_users_organization_id_name_id"),
    "a dropped NOT NULL": ("ALTER TABLE users ALTER COLUMN name DROP NOT NULL", "column name of users is text instead"),
}
OTHER = {
    "another default": ("ALTER TABLE users ALTER COLUMN version SET DEFAULT 7", "DEFAULT 7 instead of"),
    "an additional check": ("ALTER TABLE users ADD CONSTRAINT short CHECK (name <> 'x')", "and unexpected"),
}


async def test_the_snapshot_is_that_of_a_new_database(postgres: Server, template: str) -> None:
    """Otherwise: make catalogue."""
    major, catalog = await engine_catalog(postgres)
    assert snapshot(major) == catalog


async def test_a_migrated_database_is_complete(subject: Subject) -> None:
    messages_of(await server.catalog(subject), Severity.OK)


@pytest.mark.parametrize(("statement", "words"), DAMAGE.values(), ids=DAMAGE)
async def test_damage_is_a_problem_and_the_remedy_mends_it(
    subject: Subject, admin: DriverConnection, statement: str, words: str
) -> None:
    await admin.execute(statement)
    (finding,) = await server.catalog(subject)
    assert words in messages_of([finding], Severity.PROBLEM)
    await admin.execute((finding.remedy or "").removeprefix("Run as the owner: "))
    messages_of(await server.catalog(subject), Severity.OK)


@pytest.mark.parametrize(("statement", "words"), OTHER.values(), ids=OTHER)
async def test_another_definition_is_a_problem(
    subject: Subject, admin: DriverConnection, statement: str, words: str
) -> None:
    await admin.execute(statement)
    assert words in messages_of(await server.catalog(subject), Severity.PROBLEM)


async def test_additional_columns_and_indexes_are_left_alone(subject: Subject, admin: DriverConnection) -> None:
    await admin.execute("ALTER TABLE users ADD COLUMN nickname text; CREATE INDEX mine ON users (nickname)")
    messages_of(await server.catalog(subject), Severity.OK)


async def test_a_database_that_is_behind_is_not_compared(subject: Subject, admin: DriverConnection) -> None:
    await admin.execute("DELETE FROM alembic_version; ALTER TABLE users DROP CONSTRAINT ck_users_email_length")
    assert "Not compared" in messages_of(await server.catalog(subject), Severity.OK)


async def test_a_server_that_starts_reports_the_differences(database: TestDatabase, admin: DriverConnection) -> None:
    settings = session_settings(settings_for(database))
    assert await check_servable(database.app, settings, MIGRATIONS) == []
    await admin.execute("ALTER TABLE users DROP CONSTRAINT ck_users_email_length")
    (difference,) = await check_servable(database.app, settings, MIGRATIONS)
    assert difference.name == "users.ck_users_email_length"


def test_tables_of_the_application_are_compared_with_another_database(
    run: Run, database: TestDatabase, shared_database: TestDatabase
) -> None:
    database_of = addresses(database)
    left = run("doctor", "--quick", "--json", "--against", shared_database.app_url, **database_of)
    assert "All tables equal those of the other database." in left.out
    report = json.loads(run("doctor", "--quick", "--json", "--against", "postgres://u@127.0.0.1:1/d").out)
    assert "other database" in {check["name"] for check in report["checks"] if check["status"] == "problem"}
