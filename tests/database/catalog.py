"""Catalogue of a database as plain, comparable values."""

from typing import Any

from graphql_app.postgres.admin_connections import DriverConnection

OUTSIDE_TENANCY = {
    "identities": "an identity may belong to several organizations: the address is unique over all of them",
    "auth_sessions": "a session belongs to an identity, and changes its organization",
    "external_logins": "a person at an issuer may have users in several organizations",
    "api_key_hashes": "a hash has no organization before it is found",
    "refresh_tokens": "a refresh token has no organization before it is found",
    "recovery_codes": "a recovery code belongs to an identity",
    "identity_tokens": "a token that was sent to an address has no organization",
    "login_failures": "an attempt to log in has no organization, and the address may be unknown",
    "job_schedules": "a schedule runs for all organizations",
    "rate_limit_buckets": "a client without a token has no organization",
    "trusted_documents": "clients of all organizations send the same documents",
}
"""Tables of which only workline_system sees rows, and the reasons."""
COLUMNS = """
SELECT relname, attname, format_type(atttypid, atttypmod), attnotnull, attgenerated::text,
       pg_get_expr(adbin, adrelid), col_description(attrelid, attnum)
FROM pg_attribute
JOIN pg_class ON pg_class.oid = attrelid
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    AND attnum > 0 AND NOT attisdropped
"""
# NOT NULL is a constraint since PostgreSQL 18, and a property of the column before
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    AND conrelid NOT IN (SELECT oid FROM pg_class WHERE relispartition)
"""
INDEXES = """
SELECT tablename, indexname, indexdef FROM pg_indexes
WHERE schemaname = 'public' AND NOT (SELECT relispartition FROM pg_class WHERE oid = tablename::regclass)
"""
TABLES = """
SELECT relname, relowner::regrole::text, relrowsecurity, relforcerowsecurity, relacl::text[]
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
"""
POLICIES = """
SELECT tablename, policyname, permissive, roles::text[], cmd, qual, with_check
FROM pg_policies
WHERE schemaname = 'public' AND NOT (SELECT relispartition FROM pg_class WHERE oid = tablename::regclass)
"""
COMMENTS = """
SELECT relname, obj_description(oid, 'pg_class') FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
"""
TYPES = """
SELECT typname, typowner::regrole::text, array_agg(enumlabel::text ORDER BY enumsortorder)
FROM pg_type JOIN pg_enum ON enumtypid = pg_type.oid GROUP BY typname, typowner
"""
FUNCTIONS = """
SELECT oid::regprocedure::text, proowner::regrole::text, prosecdef, proconfig, proacl::text[], prosrc
FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""
DEFAULTS = "SELECT defaclrole::regrole::text, defaclobjtype::text, defaclacl::text[] FROM pg_default_acl"

PRIVILEGES = {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}
SHAPE = {"columns": COLUMNS, "constraints": CONSTRAINTS, "indexes": INDEXES}
SECURITY = {"tables": TABLES, "policies": POLICIES, "functions": FUNCTIONS, "defaults": DEFAULTS}


async def granted(database: DriverConnection, role: str, table: str) -> set[str]:
    """Return the privileges of ``role`` on ``table``."""
    question = "SELECT privilege FROM unnest($1::text[]) privilege WHERE has_table_privilege($2, $3, privilege)"
    return {row["privilege"] for row in await database.fetch(question, sorted(PRIVILEGES), role, table)}


async def describe(connection: DriverConnection, questions: dict[str, str]) -> dict[str, list[tuple[Any, ...]]]:
    """Return the results of ``questions``, sorted, without alembic's own table."""
    answers = {}
    for name, question in questions.items():
        rows = [tuple(row.values()) for row in await connection.fetch(question)]
        answers[name] = sorted((row for row in rows if row[0] != "alembic_version"), key=repr)
    return answers
