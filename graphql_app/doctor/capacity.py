"""Checks of capacity: connections for every pool, and space on the disks."""

import os
import shutil
from pathlib import Path

from graphql_app.doctor.findings import Finding, ok, problem, several, warning
from graphql_app.doctor.production import HERE
from graphql_app.doctor.subjects import DatabaseCheck, Subject

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


async def connections(database: Subject) -> list[Finding]:
    """Check that the full pools of all processes fit into the allowed connections, beside other sessions."""
    settings = database.settings
    needed = settings.processes * (settings.pool_size + settings.pool_overflow)
    processes = several(settings.processes, "process", "processes")
    said = f"{needed} are needed ({processes}, {settings.pool_size + settings.pool_overflow} each)"
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
            said = f"{said}, {limit} are allowed, and other roles hold {others} of them."
            return [warning(said, f"Have the other roles use fewer, or {remedy}.")]
    return [ok(f"{said}, {allowed} are allowed.")]


async def database_space(database: Subject) -> list[Finding]:
    """Check the free space on the database's disk, if it is a disk of this machine."""
    size = f"The database has {amount(await database.app.fetchval(SIZE))}"
    place = database.embedded or await directory(database)
    if place is None:
        return [ok(f"{size}; its disk cannot be seen from here.")]
    return judged(place, f"{size}, and its disk")


async def directory(database: Subject) -> Path | None:
    """Return the directory of the database's files if it is readable and on this machine, else None."""
    if not all(host.startswith("/") or host in HERE for host, _ in database.address.hosts):
        return None
    return existing(await database.best.fetchval(PLACE))


async def data_space(database: Subject) -> list[Finding]:
    """Check the free space on the disk of WORKLINE_DATA_DIR."""
    place = existing(str(database.settings.data_dir))
    return judged(place, f"The disk of {place}") if place else [ok("There is none.")]


def existing(place: str | None) -> Path | None:
    """Return the directory if this process may enter it, else None."""
    return Path(place) if place and os.access(place, os.X_OK) else None


def judged(place: Path, subject: str) -> list[Finding]:
    """Return a finding about the free space on the disk of ``place``."""
    free = shutil.disk_usage(place).free
    said = f"{subject} has {amount(free)} left."
    if free < EMPTY:
        return [problem(said, f"Make room on the disk of {place} now: PostgreSQL stops when it is full.")]
    if free < LOW:
        return [warning(said, f"Make room on the disk of {place}.")]
    return [ok(said)]


def amount(size: float) -> str:
    """Return a number of bytes in readable units."""
    units = ["bytes", "kB", "MB", "GB", "TB"]
    while size >= 1024 and len(units) > 1:
        size, units = size / 1024, units[1:]
    return f"{size:.0f} {units[0]}"


CHECKS: dict[str, DatabaseCheck] = {
    "connections": connections,
    "database's disk": database_space,
    "data directory": data_space,
}
