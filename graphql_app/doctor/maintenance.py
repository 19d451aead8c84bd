"""Checks of maintenance: missing statistics, long transactions, invalid indexes and unvalidated constraints."""

from datetime import timedelta

from graphql_app.database.security import OWNER
from graphql_app.doctor.findings import Finding, ok, problem, several, warning
from graphql_app.doctor.subjects import DatabaseCheck, Subject

LARGE = 1024 * 1024
"""Bytes. Statistics of smaller tables do not matter to the planner's choice."""
LONG = timedelta(minutes=5)
UNANALYZED = """
    SELECT quote_ident(relname) AS name FROM pg_stat_user_tables
    WHERE schemaname = 'public' AND last_analyze IS NULL AND last_autoanalyze IS NULL
    AND pg_relation_size(relid) > $1 ORDER BY 1"""
TRANSACTIONS = """
    SELECT pid, usename AS role, state, clock_timestamp() - xact_start AS age,
           xact_start IS NULL AND state IS NULL AS hidden
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL"""
INVALID = """
    SELECT quote_ident(pg_class.relname) AS name, indrelid::regclass::text AS table, indisunique AS unique
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE NOT (indisvalid AND indisready) AND relnamespace = 'public'::regnamespace ORDER BY 1"""
UNVALIDATED = """
    SELECT quote_ident(conname) AS name, conrelid::regclass::text AS table FROM pg_constraint
    WHERE NOT convalidated AND connamespace = 'public'::regnamespace ORDER BY 1"""


async def statistics(database: Subject) -> list[Finding]:
    """Check that every large table has been analysed. Without statistics, the planner guesses."""
    tables = [row["name"] for row in await database.best.fetch(UNANALYZED, LARGE)]
    if not tables:
        return [ok("Every large table has been analysed.")]
    return [warning(f"Never analysed: {', '.join(tables)}.", f"Run as {OWNER}: ANALYZE {', '.join(tables)};")]


async def transactions(database: Subject) -> list[Finding]:
    """Check for long transactions, which keep every dead row of the whole database."""
    seen = {row["pid"]: row for row in await database.app.fetch(TRANSACTIONS)}
    if database.owner is not None:
        seen |= {row["pid"]: row for row in await database.owner.fetch(TRANSACTIONS) if not row["hidden"]}
    found = [
        warning(
            f"A transaction of {row['role']} has been open for {row['age']} (process {row['pid']}, {row['state']}).",
            f"End what holds it, or run as an administrator: SELECT pg_terminate_backend({row['pid']});",
        )
        for row in seen.values()
        if row["age"] is not None and row["age"] >= LONG
    ]
    hidden = sum(row["hidden"] for row in seen.values())
    said = f"; {several(hidden, 'session')} of others cannot be seen (GRANT pg_read_all_stats TO {OWNER})"
    return found or [ok(f"None is open for long{said if hidden else ''}.")]


async def indexes(database: Subject) -> list[Finding]:
    """Check for invalid indexes of a failed CREATE INDEX CONCURRENTLY. They slow down writes and serve no reads."""
    found = [
        (problem if row["unique"] else warning)(
            f"The index {row['name']} of {row['table']} is invalid"
            + (": what it should keep unique may not be." if row["unique"] else "."),
            f"Run as {OWNER}: REINDEX INDEX CONCURRENTLY {row['name']};",
        )
        for row in await database.best.fetch(INVALID)
    ]
    return found or [ok("Every index is whole.")]


async def constraints(database: Subject) -> list[Finding]:
    """Check for NOT VALID constraints, which hold only for new rows until they are validated."""
    found = [
        warning(
            f"Older rows of {row['table']} may break {row['name']}.",
            f"Run as {OWNER}: ALTER TABLE {row['table']} VALIDATE CONSTRAINT {row['name']};",
        )
        for row in await database.best.fetch(UNVALIDATED)
    ]
    return found or [ok("Every constraint holds for every row.")]


CHECKS: dict[str, DatabaseCheck] = {
    "statistics": statistics,
    "transactions": transactions,
    "indexes": indexes,
    "constraints": constraints,
}
