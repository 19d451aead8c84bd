"""Checks of capacity and maintenance: connections, disks, leftover files, statistics, transactions, indexes."""

import os
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from graphql_app.doctor.configuration import HERE
from graphql_app.doctor.findings import DatabaseCheck, Finding, Subject, ok, problem, several, warning
from graphql_app.postgres.roles import OWNER

GIGABYTE = 1024**3
LOW = 5 * GIGABYTE
"""Bytes. A seeding, a backup or a week of growth may fill the disk."""
EMPTY = GIGABYTE // 2
"""Bytes. PostgreSQL that runs out of space stops, recovers and stops again."""
CONNECTIONS = """
    SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true)::int, 0) AS allowed,
           nullif(rolconnlimit, -1) AS role, nullif(datconnlimit, -1) AS database,
           (SELECT count(*) FROM pg_stat_activity WHERE usename <> current_user) AS others,
           (SELECT count(*) FROM pg_stat_activity
            WHERE usename <> current_user AND datname = current_database()) AS in_database
    FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()"""
SIZE = "SELECT pg_database_size(current_database())"
PLACE = "SELECT setting FROM pg_settings WHERE name = 'data_directory'"  # no row for roles that may not read it
OLD = 3600.0
"""Seconds. Younger files may still be in use."""
PATTERNS = {
    "secret-key.*": "a secret key that is not in use",
    "postgres/data.unfinished": "an incomplete database",
}
"""Patterns inside the data directory, with descriptions of the files."""
LARGE = 1024 * 1024
"""Bytes. Statistics of smaller tables do not affect the planner's choice."""
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


async def connections(database: Subject) -> list[Finding]:
    """Check that the connection limits allow the full pools of all processes, in addition to other sessions."""
    settings = database.settings
    needed = settings.processes * (settings.pool_size + settings.pool_overflow)
    processes = several(settings.processes, "process", "processes")
    said = f"{needed} connections are required ({processes}, {settings.pool_size + settings.pool_overflow} each)"
    if database.address.options.pooled:
        return [ok(f"{said}, from the pooler.")]
    row = await database.app.fetchrow(CONNECTIONS)
    assert row is not None
    limits = [
        (row["allowed"], row["others"], "raise max_connections of the server"),
        (row["database"], row["in_database"], "raise the limit of the database (ALTER DATABASE ... CONNECTION LIMIT)"),
        (row["role"], 0, "raise the limit of the role (ALTER ROLE ... CONNECTION LIMIT)"),
    ]
    known = [each for each in limits if each[0] is not None]
    allowed, _, remedy = min(known, key=lambda each: each[0])
    if needed > allowed:
        remedy = f"Lower WORKLINE_PROCESSES or WORKLINE_POOL_SIZE, or {remedy}."
        return [problem(f"{said}, and {allowed} are allowed.", remedy)]
    for limit, others, remedy in known:
        if needed + others > limit:
            said = f"{said}, {limit} are allowed, and other roles use {others} of them."
            return [warning(said, f"Reduce the connections of other roles, or {remedy}.")]
    return [ok(f"{said}, {allowed} are allowed.")]


async def database_space(database: Subject) -> list[Finding]:
    """Check the free space on the database's disk, if it is a disk of this machine."""
    size = f"The database takes {amount(await database.app.fetchval(SIZE))}"
    place = database.embedded or await directory(database)
    if place is None:
        return [ok(f"{size}. Its disk is not on this machine, or not readable.")]
    return judged(place, f"{size}, and its disk")


async def directory(database: Subject) -> Path | None:
    """Return the directory of the database's files if it is readable and on this machine, else None."""
    if not all(host.startswith("/") or host in HERE for host, _ in database.address.hosts):
        return None
    return existing(await database.best.fetchval(PLACE))


async def data_space(database: Subject) -> list[Finding]:
    """Check the free space on the disk of WORKLINE_DATA_DIR."""
    place = existing(str(database.settings.data_dir))
    return judged(place, f"The disk of {place}") if place else [ok("No data directory.")]


def existing(place: str | None) -> Path | None:
    """Return the directory if this process may enter it, else None."""
    return Path(place) if place and os.access(place, os.X_OK) else None


def judged(place: Path, subject: str) -> list[Finding]:
    """Return a finding about the free space on the disk of ``place``."""
    free = shutil.disk_usage(place).free
    said = f"{subject} has {amount(free)} left."
    if free < EMPTY:
        return [problem(said, f"Free space on the disk of {place} now: PostgreSQL stops when it is full.")]
    if free < LOW:
        return [warning(said, f"Free space on the disk of {place}.")]
    return [ok(said)]


def amount(size: float) -> str:
    """Return a number of bytes in readable units."""
    units = ["bytes", "kB", "MB", "GB", "TB"]
    while size >= 1024 and len(units) > 1:
        size, units = size / 1024, units[1:]
    return f"{size:.0f} {units[0]}"


async def leftovers(database: Subject) -> list[Finding]:
    """Check for files that may be removed."""
    found = [warning(f"{path} is {what}.", f"Run: rm -r '{path}'") for path, what in left(database.settings.data_dir)]
    return found or [ok("No leftover files in the data directory.")]


def left(directory: Path) -> Iterator[tuple[Path, str]]:
    """Yield the path and the description of each leftover."""
    for pattern, what in PATTERNS.items():
        for path in sorted(directory.glob(pattern)):
            if time.time() - path.stat().st_mtime > OLD:
                yield path, what


async def statistics(database: Subject) -> list[Finding]:
    """Check that every large table has been analyzed. Without statistics, the planner guesses."""
    tables = [row["name"] for row in await database.best.fetch(UNANALYZED, LARGE)]
    if not tables:
        return [ok("All large tables have statistics.")]
    return [warning(f"Without statistics: {', '.join(tables)}.", f"Run as {OWNER}: ANALYZE {', '.join(tables)};")]


async def transactions(database: Subject) -> list[Finding]:
    """Check for long transactions, which keep all dead rows of the database."""
    seen = {row["pid"]: row for row in await database.app.fetch(TRANSACTIONS)}
    if database.owner is not None:
        seen |= {row["pid"]: row for row in await database.owner.fetch(TRANSACTIONS) if not row["hidden"]}
    found = [
        warning(
            f"A transaction of {row['role']} has been open for {row['age']} (process {row['pid']}, {row['state']}).",
            f"End its client, or run as an administrator: SELECT pg_terminate_backend({row['pid']});",
        )
        for row in seen.values()
        if row["age"] is not None and row["age"] >= LONG
    ]
    hidden = sum(row["hidden"] for row in seen.values())
    said = f"; {several(hidden, 'session')} of other roles cannot be inspected (GRANT pg_read_all_stats TO {OWNER})"
    return found or [ok(f"No long transactions{said if hidden else ''}.")]


async def indexes(database: Subject) -> list[Finding]:
    """Check for invalid indexes of a failed CREATE INDEX CONCURRENTLY. They slow down writes and serve no reads."""
    found = [
        (problem if row["unique"] else warning)(
            f"The index {row['name']} of {row['table']} is invalid"
            + (", and its uniqueness is not guaranteed." if row["unique"] else "."),
            f"Run as {OWNER}: REINDEX INDEX CONCURRENTLY {row['name']};",
        )
        for row in await database.best.fetch(INVALID)
    ]
    return found or [ok("All indexes are valid.")]


async def constraints(database: Subject) -> list[Finding]:
    """Check for NOT VALID constraints, which apply only to new rows until they are validated."""
    found = [
        warning(
            f"Older rows of {row['table']} may violate {row['name']}.",
            f"Run as {OWNER}: ALTER TABLE {row['table']} VALIDATE CONSTRAINT {row['name']};",
        )
        for row in await database.best.fetch(UNVALIDATED)
    ]
    return found or [ok("All constraints are validated.")]


CAPACITY_CHECKS: dict[str, DatabaseCheck] = {
    "connections": connections,
    "database's disk": database_space,
    "data directory": data_space,
    "leftovers": leftovers,
}
MAINTENANCE_CHECKS: dict[str, DatabaseCheck] = {
    "statistics": statistics,
    "transactions": transactions,
    "indexes": indexes,
    "constraints": constraints,
}
