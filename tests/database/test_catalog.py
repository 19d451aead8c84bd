"""Rules for every table, read from PostgreSQL's catalogue, so that they apply to tables that are added later."""

import re

import pytest
from sqlalchemy import Column, Enum

from graphql_app.migrations.access import CURRENT
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import APP, OWNER, SYSTEM
from tests.database.catalog import OUTSIDE_TENANCY, granted
from tests.support.application import load_models

ROOT = "organizations"
OPERATION = {"alembic_version"}
WORDS = "search_vector"
"""Index of the search words. A GIN index has no first column: the organization is one of the words."""
TABLES = sorted(load_models().tables)
TENANT_TABLES = [table for table in TABLES if table != ROOT and table not in OUTSIDE_TENANCY]
CHOICES = [
    column
    for table in load_models().tables.values()
    for column in table.columns
    if isinstance(column.type, Enum) and column.type.create_constraint
]


async def columns(database: DriverConnection, question: str, table: str) -> dict[str, list[str]]:
    """Return the columns of each key or index of ``table``, in their order."""
    return {row["name"]: row["columns"] for row in await database.fetch(question, table)}


KEYS = """
SELECT conname AS name, array_agg(attname::text ORDER BY place) AS columns
FROM pg_constraint, unnest(conkey) WITH ORDINALITY AS key(number, place), pg_attribute
WHERE conrelid = $1::text::regclass AND contype IN ('p', 'u', 'f') AND attrelid = conrelid AND attnum = key.number
GROUP BY conname
"""
REFERRED = """
SELECT conname AS name, array_agg(attname::text ORDER BY place) AS columns
FROM pg_constraint, unnest(confkey) WITH ORDINALITY AS key(number, place), pg_attribute
WHERE conrelid = $1::text::regclass AND contype = 'f' AND attrelid = confrelid AND attnum = key.number
GROUP BY conname
"""
INDEXED = """
SELECT indexrelid::regclass::text AS name, array_agg(pg_get_indexdef(indexrelid, place::int, true) ORDER BY place)
       AS columns
FROM pg_index, generate_series(1, indnkeyatts) AS place
WHERE indrelid = $1::text::regclass GROUP BY indexrelid
"""


async def test_the_tables_are_those_of_the_models(admin: DriverConnection) -> None:
    found = await admin.fetch(
        "SELECT relname AS tablename FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
    )
    assert {row["tablename"] for row in found} - OPERATION == set(TABLES)


async def test_every_table_with_an_organization_is_under_tenancy_or_listed(admin: DriverConnection) -> None:
    found = await admin.fetch(
        "SELECT relname AS table_name FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid "
        "WHERE relnamespace = 'public'::regnamespace AND attname = 'organization_id' AND NOT relispartition "
        "AND relkind IN ('r', 'p')"
    )
    assert {row["table_name"] for row in found} == {*TENANT_TABLES, "api_key_hashes", "auth_sessions"}


ACROSS_ORGANIZATIONS = {
    *("fk_users_identity_id", "ix_users_identity_id", "ix_invitations_token_hash"),
    *("ix_jobs_queue", "ix_jobs_finished_at"),
}
"""Keys and indexes that lead to identities, which belong to no organization, find one before it is known, or serve the
processes of all."""
FUNCTIONS = {
    "write_events(uuid,uuid,text)",
    "make_event_partitions(integer)",
    "drop_event_partitions(timestamp with time zone)",
    "first_event_id(timestamp with time zone)",
    "check_viewer(uuid,uuid,text,integer,uuid,uuid)",
    "keep_api_key(uuid,bytea)",
    "enter_by_issuer(text,text,uuid,text,boolean,text,text,text,uuid)",
    "find_api_key(bytea,bytea[],interval[],interval)",
    "find_login(text)",
    "email_of(uuid)",
    "pass_second_step(uuid,bigint,bytea)",
    "set_up_totp(text,text,text,bytea[],interval[],interval)",
    "totp_of(uuid)",
    "enable_totp(uuid,text,bigint,bytea[])",
    "disable_totp(text,text,bytea[],interval[],interval,bigint,bytea)",
    "find_invitation(bytea,bytea[],interval[],interval)",
    "accept_invitation(bytea,text,uuid,uuid,integer,uuid,bytea[],interval[])",
    "sign_up(text,text,text,uuid,uuid,uuid,text,bytea,interval,bytea[],interval[],interval)",
    "request_verification(text,bytea,interval,bytea[],interval[],interval)",
    "verify_email(bytea,bytea[],interval[],interval)",
    "keep_identity_token(uuid,text,bytea,interval)",
    "find_identity_token(bytea,text,bytea[],interval[],interval)",
    "request_password_reset(text,bytea,interval,bytea[],interval[],interval)",
    "reset_password(bytea,text)",
    "change_password(text,text,text,uuid,uuid,uuid,bytea[],interval[],interval)",
    "change_password(text,text,text,uuid,uuid,uuid,bytea[],interval[],interval,bigint,bytea)",
    "remove_unverified_sign_ups(interval,integer)",
    "set_password(uuid,text,uuid)",
    "charge_rate_limits(bytea[],double precision[])",
    "find_trusted_document(text)",
    "keep_login(uuid,text,text)",
    "drop_login(uuid)",
    "password_parameters(text)",
    "open_session(text,text,uuid,uuid,bytea,interval,text,text,bytea[],interval[],interval)",
    "open_session(text,text,uuid,uuid,bytea,interval,text,text,bytea[],interval[],interval,bigint,bytea)",
    "refresh_session(bytea,bytea,interval,interval,text,bytea[],interval[],interval)",
    "end_sessions(uuid,uuid)",
    "sessions_of(uuid)",
    "memberships_of(uuid)",
    "switch_session(uuid,uuid,uuid)",
    "stored_roles()",
    "ended_viewers(uuid[],uuid[],integer[],uuid[])",
    "ended_viewers(uuid[],uuid[],integer[],uuid[],uuid[])",
    "count_login_attempt(bytea[],interval[],interval)",
    "discount_login_attempt(bytea[],interval[],interval)",
    "claim_jobs(text[],integer,interval)",
    "job_queue()",
    "set_job_schedules(text[],text[],timestamp with time zone[])",
    "claim_job_schedule(text[],interval)",
    "renew_job_schedule(text,integer,interval)",
    "end_job_schedule(text,integer,timestamp with time zone,text)",
    "organizations_without_job(text,uuid,integer)",
    "enqueue_scheduled_jobs(text,uuid[],uuid[],text,integer,text)",
    "delete_expired_rows(integer,interval)",
    "find_texts(tsquery,text[],integer,real,uuid,text)",
    "find_unfinished_payments(timestamp with time zone,integer)",
}


@pytest.mark.parametrize("table", TABLES)
async def test_row_level_security_applies_to_the_owner_too(admin: DriverConnection, table: str) -> None:
    row = await admin.fetchrow(
        "SELECT relrowsecurity, relforcerowsecurity, relowner::regrole::text AS owner "
        "FROM pg_class WHERE oid = $1::text::regclass",
        table,
    )
    assert row is not None
    assert row["relrowsecurity"]
    assert row["relforcerowsecurity"]
    assert row["owner"] == OWNER


@pytest.mark.parametrize("table", [ROOT, *TENANT_TABLES])
async def test_the_application_accesses_only_rows_of_its_organization(admin: DriverConnection, table: str) -> None:
    tenant = "id" if table == ROOT else "organization_id"
    policies = await admin.fetch("SELECT * FROM pg_policies WHERE tablename = $1 AND $2 = ANY (roles)", table, APP)
    commands = {policy["cmd"] for policy in policies}
    assert commands in ({"ALL"}, {"SELECT", "INSERT", "UPDATE", "DELETE"})
    for policy in policies:
        shown = {plain(policy["qual"]), plain(policy["with_check"])} - {None}
        assert shown == {plain(f"{tenant} = {CURRENT}")}


def plain(expression: str | None) -> str | None:
    """Return an expression without the casts, parentheses and capitals that PostgreSQL adds to it."""
    return None if expression is None else re.sub(r"::text|[()\s]", "", expression).lower()


@pytest.mark.parametrize("table", TABLES)
async def test_no_policy_applies_to_other_roles(admin: DriverConnection, table: str) -> None:
    policies = await admin.fetch("SELECT roles::text[], qual, with_check FROM pg_policies WHERE tablename = $1", table)
    is_hidden = table in OUTSIDE_TENANCY and table != "auth_sessions"  # of which some columns are visible
    expected = {SYSTEM} if is_hidden else {APP, SYSTEM}
    assert {role for policy in policies for role in policy["roles"]} == expected
    open_to = [policy["roles"] for policy in policies if "true" in (policy["qual"], policy["with_check"])]
    assert open_to == [[SYSTEM]]


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_every_key_and_index_starts_with_the_organization(admin: DriverConnection, table: str) -> None:
    keys = {**await columns(admin, KEYS, table), **await columns(admin, INDEXED, table)}
    for each in (f"ix_{table}_{WORDS}", *ACROSS_ORGANIZATIONS):
        keys.pop(each, None)
    assert {name: key for name, key in keys.items() if key[0] != "organization_id"} == {}


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_foreign_keys_refer_to_rows_of_the_same_organization(admin: DriverConnection, table: str) -> None:
    referred = await columns(admin, REFERRED, table)
    first = {name: key[0] for name, key in referred.items() if name not in ACROSS_ORGANIZATIONS}
    assert first.pop(f"fk_{table}_organization_id") == "id"
    assert set(first.values()) <= {"organization_id"}


@pytest.mark.parametrize("table", TABLES)
async def test_both_roles_have_exactly_the_privileges_that_they_need(admin: DriverConnection, table: str) -> None:
    assert await granted(admin, SYSTEM, table) == {"SELECT", "INSERT", "UPDATE", "DELETE"}
    application = await granted(admin, APP, table)
    assert application <= {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert ("SELECT" in application) == (table not in OUTSIDE_TENANCY)


@pytest.mark.parametrize("column", CHOICES, ids=str)
async def test_a_choice_is_constrained_to_the_values_of_its_enum(admin: DriverConnection, column: Column[str]) -> None:
    name = f"ck_{column.table.name}_{column.name}"
    check = await admin.fetchval("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1", name)
    assert isinstance(column.type, Enum)
    assert re.findall(r"'(\w+)'", check) == column.type.enums


async def test_the_application_role_has_no_special_attributes(admin: DriverConnection) -> None:
    role = await admin.fetchrow("SELECT * FROM pg_roles WHERE rolname = $1", APP)
    assert role is not None
    attributes = ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication")
    assert [power for power in attributes if role[power]] == []
    owned = "SELECT count(*) FROM pg_shdepend WHERE refobjid = $1::text::regrole AND deptype = 'o'"
    assert await admin.fetchval(owned, APP) == 0
    assert not await admin.fetchval("SELECT pg_has_role($1, $2, 'MEMBER')", APP, SYSTEM)
    assert not await admin.fetchval("SELECT pg_has_role($1, $2, 'MEMBER')", APP, OWNER)
    assert not await admin.fetchval("SELECT has_schema_privilege($1, 'public', 'CREATE')", APP)


async def test_the_system_role_cannot_log_in_or_be_inherited(admin: DriverConnection) -> None:
    role = await admin.fetchrow("SELECT rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = $1", SYSTEM)
    assert role is not None
    assert tuple(role.values()) == (False, False, False)
    assert not await admin.fetchval("SELECT has_schema_privilege($1, 'public', 'CREATE')", SYSTEM)
    assert not await admin.fetchval("SELECT pg_has_role($1, $2, 'USAGE')", OWNER, SYSTEM), "the owner would see rows"


async def test_functions_are_not_executable_by_public(admin: DriverConnection) -> None:
    functions = await admin.fetch(
        "SELECT oid::regprocedure::text AS name, prosecdef, proconfig, "
        "       has_function_privilege('public', oid, 'EXECUTE') AS open "
        "FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    )
    assert {row["name"] for row in functions} <= FUNCTIONS
    assert [row["name"] for row in functions if row["open"]] == []
    for row in functions:
        assert not row["prosecdef"] or row["proconfig"] == ["search_path=pg_catalog, pg_temp"], row["name"]
