"""Engine's branch of migrations: creates the engine's tables, or adopts those of an older application."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.migrations import Migrations, current
from graphql_app.postgres.roles import Server
from tests.database.catalog import SECURITY, SHAPE, describe
from tests.support.application import MIGRATIONS
from tests.support.databases import TestDatabase, connected, empty_database

pytestmark = pytest.mark.slow

RELEASED = "7d41e90c5ab2"
"""Last revision of the release of 2026-11-21."""
BEFORE_SETTINGS = "d1f70a3c9e58"
"""Last revision of the demo in which the table of organizations has a currency."""
TABLES = (
    *("organizations", "users", "identities", "auth_sessions", "refresh_tokens"),
    *("identity_tokens", "invitations", "recovery_codes", "api_keys", "api_key_hashes", "external_logins"),
    *("login_failures", "idempotency_keys", "trusted_documents", "rate_limit_buckets"),
    *("jobs", "job_schedules", "events"),
)
FUNCTIONS = (
    *("check_viewer", "find_login", "keep_login", "drop_login", "count_login_attempt", "discount_login_attempt"),
    *("password_parameters", "open_session", "refresh_session", "end_sessions", "sessions_of", "memberships_of"),
    *("switch_session", "stored_roles", "ended_viewers", "find_trusted_document"),
    "charge_rate_limits",
    *("email_of", "keep_identity_token", "find_identity_token", "request_password_reset", "reset_password"),
    *("change_password", "set_password", "find_invitation", "accept_invitation", "sign_up"),
    *("request_verification", "verify_email", "set_up_totp", "totp_of", "enable_totp", "disable_totp"),
    *("pass_second_step", "remove_unverified_sign_ups"),
    *("claim_jobs", "job_queue", "set_job_schedules", "claim_job_schedule", "renew_job_schedule", "end_job_schedule"),
    *("organizations_without_job", "enqueue_scheduled_jobs", "delete_expired_rows"),
)
ORDER = """
SELECT relname, array_agg(attname::text ORDER BY attnum)
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped GROUP BY relname
"""
COMMENTS = """
SELECT oid::regprocedure::text, obj_description(oid, 'pg_proc') FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""
EVERYTHING = {**SHAPE, **SECURITY, "order": ORDER, "comments": COMMENTS}
Catalogue = dict[str, list[tuple[Any, ...]]]
CURRENCY = ("organizations", "currency")
USER = """
INSERT INTO organizations (id, name, currency) VALUES (gen_random_uuid(), 'North', 'EUR');
INSERT INTO users (organization_id, id, name, email, role)
SELECT id, gen_random_uuid(), 'Mia', 'mia@north.example', 'OWNER' FROM organizations;
INSERT INTO logins (organization_id, user_id, email, password_hash)
SELECT organization_id, id, email, 'hash' FROM users
"""


@pytest.fixture
async def empty(postgres: Server, template: str) -> AsyncIterator[TestDatabase]:
    """Provide a database without migrations."""
    async with empty_database(postgres) as made:
        yield made


@pytest.fixture
def new_application(tmp_path: Path) -> Migrations:
    """Return the migrations of an application that has none."""
    return Migrations(tmp_path)


def of_the_engine(catalogue: Catalogue) -> Catalogue:
    """Return the part of a catalog about tables and functions of the engine."""
    names = (*TABLES, *FUNCTIONS)
    return {part: [row for row in rows if str(row[0]).partition("(")[0] in names] for part, rows in catalogue.items()}


async def catalogue_of(database: TestDatabase) -> Catalogue:
    async with connected(database.admin) as connection:
        return await describe(connection, EVERYTHING)


async def test_a_new_application_has_the_tables_of_the_demo(
    new_application: Migrations, empty: TestDatabase, database: TestDatabase
) -> None:
    await asyncio.to_thread(new_application.upgrade, empty.owner)
    made, demo = await catalogue_of(empty), await catalogue_of(database)
    expected = of_the_engine(demo)
    assert all(expected[part] for part in EVERYTHING if part != "defaults")
    assert of_the_engine(made) == expected
    assert made["defaults"] == demo["defaults"]
    assert {row[0] for row in made["tables"]} == set(TABLES)


async def test_downgrading_a_new_application_leaves_nothing(new_application: Migrations, empty: TestDatabase) -> None:
    await asyncio.to_thread(new_application.upgrade, empty.owner)
    await asyncio.to_thread(new_application.downgrade, empty.owner, "base")
    assert await catalogue_of(empty) == {part: [] for part in EVERYTHING}


async def test_a_migrated_database_of_the_last_release_equals_a_new_one(
    empty: TestDatabase, database: TestDatabase
) -> None:
    await asyncio.to_thread(MIGRATIONS.upgrade, empty.owner, RELEASED)
    async with empty.as_system() as connection:
        await connection.execute(USER)
    await asyncio.to_thread(MIGRATIONS.upgrade, empty.owner)
    assert await catalogue_of(empty) == await catalogue_of(database)
    async with connected(empty.owner) as connection:
        assert await current(connection) == MIGRATIONS.heads
    async with empty.as_system() as connection:
        assert await found(connection) == [("mia@north.example", 1)]


async def test_an_application_that_is_a_copy_of_the_last_release_is_completed(
    tmp_path: Path, empty: TestDatabase, database: TestDatabase
) -> None:
    """It lacks the additions of later releases to the tables of logins: columns, comments, functions."""
    released = Migrations(tmp_path)
    for file in sorted(MIGRATIONS.application.glob("2026_11_21_*.py")):
        shutil.copy(file, tmp_path)
    await asyncio.to_thread(released.upgrade, empty.owner)
    made, demo = await catalogue_of(empty), await catalogue_of(database)
    assert of_the_engine(without_currency(made)) == of_the_engine(demo)
    async with connected(empty.owner) as connection:
        assert await current(connection) == released.heads
    async with empty.as_system() as connection:
        added = "INSERT INTO organizations (id, name) VALUES (gen_random_uuid(), 'North') RETURNING currency"
        assert await connection.fetchval(added) == "EUR"


def without_currency(catalogue: Catalogue) -> Catalogue:
    """Return a catalog without the currency of organizations, a column that the application has to move itself."""
    order = "order"
    kept = {
        part: [row for row in rows if row[0] != "organizations" or part == order or "currency" not in str(row)]
        for part, rows in catalogue.items()
    }
    return {
        **kept,
        order: [(table, [each for each in names if (table, each) != CURRENCY]) for table, names in kept[order]],
    }


async def test_an_upgrade_moves_the_currencies_of_organizations_and_a_downgrade_moves_them_back(
    empty: TestDatabase,
) -> None:
    await asyncio.to_thread(MIGRATIONS.upgrade, empty.owner, RELEASED)
    async with empty.as_system() as connection:
        await connection.execute(USER.replace("'EUR'", "'CHF'"))
    await asyncio.to_thread(MIGRATIONS.upgrade, empty.owner)
    moved = "SELECT organization_id = id, id = (SELECT id FROM organizations), currency FROM organization_settings"
    async with empty.as_system() as connection:
        assert [tuple(row) for row in await connection.fetch(moved)] == [(True, True, "CHF")]
        await connection.execute("INSERT INTO organizations (id, name) VALUES (gen_random_uuid(), 'South')")
    await asyncio.to_thread(MIGRATIONS.downgrade, empty.owner, BEFORE_SETTINGS)
    async with empty.as_system() as connection:
        rows = await connection.fetch("SELECT name, currency FROM organizations ORDER BY name")
        assert [tuple(row) for row in rows] == [("North", "CHF"), ("South", "EUR")]


async def found(connection: DriverConnection) -> list[tuple[object, ...]]:
    """Return the users with the version of their credentials."""
    return [tuple(row) for row in await connection.fetch("SELECT email, credentials_version FROM users")]
