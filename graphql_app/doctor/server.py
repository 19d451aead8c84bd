"""Checks of the PostgreSQL server: addresses, version, clock, settings that risk data or speed, and migrations."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from graphql_app.database.pool_settings import session_settings
from graphql_app.doctor.findings import DatabaseCheck, Finding, Subject, ok, problem, several, warning
from graphql_app.postgres.addresses import Address, parse_address
from graphql_app.postgres.admin_connections import DriverConnection, connect
from graphql_app.postgres.catalog import Difference, drift
from graphql_app.postgres.errors import UndeclaredPooler, Unreachable
from graphql_app.postgres.migrations import current
from graphql_app.postgres.roles import OLDEST
from graphql_app.postgres.startup_checks import is_pooled, keeps_sessions

type ServerIdentity = tuple[str, datetime]
"""Identity of a database, even through a pooler: its name, and the start time of its server."""
NEWEST = 18
"""Newest major version that the tests run on."""
NOTICEABLE = timedelta(seconds=1)
HARMFUL = timedelta(seconds=30)
RISKS = {
    "fsync": "A crash of the machine may destroy the database.",
    "full_page_writes": "A crash of the machine may destroy the database.",
    "autovacuum": "Tables grow and become slow, and the database stops eventually.",
    "track_counts": "Autovacuum cannot find tables to process.",
}
"""Settings that must be on, with the consequence if they are off."""
LIMITS = {"statement_timeout": "10s", "lock_timeout": "3s", "idle_in_transaction_session_timeout": "15s"}
"""Session limits that the role must have behind a pooler."""
SECURED = ("policy", "privileges")
"""Kinds of objects that are compared with the migrations: see :mod:`graphql_app.doctor.security`."""
ENCODING = "SELECT current_setting('server_encoding')"
COLLATION = """
    SELECT datcollversion AS made_with, pg_database_collation_actual_version(oid) AS now
    FROM pg_database WHERE datname = current_database()"""


async def addresses(database: Subject) -> list[Finding]:
    """Check that all addresses lead to the same database."""
    ours = await place(database.app)
    others: dict[str, ServerIdentity | None] = {}
    if database.owner is not None:
        others["DATABASE_OWNER_URL"] = await place(database.owner)
    if database.settings.database_direct_url:
        others["DATABASE_DIRECT_URL"] = await place_at(parse_address(database.settings.database_direct_url))
    found = [
        problem(
            f"{name} leads to {'another database than DATABASE_URL' if theirs else 'no database'}.", f"Correct {name}."
        )
        for name, theirs in others.items()
        if theirs != ours
    ]
    return found or [ok("All addresses lead to the same database.")]


async def place(connection: DriverConnection) -> ServerIdentity:
    """Return the identity of a connection's database."""
    row = await connection.fetchrow("SELECT current_database(), pg_postmaster_start_time()")
    assert row is not None
    return row[0], row[1]


async def place_at(address: Address) -> ServerIdentity | None:
    """Connect, and return the identity of the database, or None if it does not answer."""
    try:
        connection = await connect(address)
    except Unreachable:
        return None
    try:
        return await place(connection)
    finally:
        await connection.close()


async def version(database: Subject) -> list[Finding]:
    """Check that the version of PostgreSQL is supported."""
    major = database.app.get_server_version().major
    name = f"PostgreSQL {await database.app.fetchval("SELECT split_part(current_setting('server_version'), ' ', 1)")}"
    supported = f"{OLDEST} to {NEWEST}"
    if major < OLDEST:
        return [problem(f"{name} is too old.", f"Upgrade PostgreSQL to {supported}.")]
    if major > NEWEST:
        return [warning(f"{name} is newer than this release.", f"Use PostgreSQL {supported}, or a newer Workline.")]
    return [ok(name)]


async def clock(database: Subject) -> list[Finding]:
    """Check the difference of the clocks, because tokens and timestamps compare times of all machines."""
    before = now()
    theirs: datetime = await database.app.fetchval("SELECT clock_timestamp()")
    after = now()
    # a difference within the time of the round trip cannot be measured
    difference = max(timedelta(), before - theirs, theirs - after)
    said = f"The clocks of this machine and of the database differ by {difference.total_seconds():.1f} seconds"
    if difference <= NOTICEABLE:
        return [ok(f"{said}.")]
    found = problem if difference > HARMFUL else warning
    return [
        found(
            f"{said}, so timestamps and tokens are wrong.",
            "Synchronize both clocks by NTP (timedatectl).",
        )
    ]


def now() -> datetime:
    """Return the time of this machine."""
    return datetime.now(UTC)


async def switches(database: Subject) -> list[Finding]:
    """Check that all required settings are on."""
    off = "SELECT name FROM pg_settings WHERE name = ANY($1) AND setting = 'off'"
    found = [
        problem(f"{row['name']} is off. {RISKS[row['name']]}", f"Set {row['name']} = on in postgresql.conf and reload.")
        for row in await database.app.fetch(off, list(RISKS))
    ]
    return found or [ok("No required setting is off.")]


async def limits(database: Subject) -> list[Finding]:
    """Check that the role has time limits behind a pooler, where the server cannot set them per session."""
    if not database.address.options.pooled:
        return [ok("Set by Workline for each session.")]
    endless = "SELECT name FROM pg_settings WHERE name = ANY($1) AND setting = '0' ORDER BY 1"
    names = [row["name"] for row in await database.app.fetch(endless, list(LIMITS))]
    if not names:
        return [ok("Set for the role, because of the pooler.")]
    remedy = " ".join(f"ALTER ROLE {{role}} SET {name} = '{LIMITS[name]}';" for name in names)
    role = await database.app.fetchval("SELECT quote_ident(current_user)")
    said = f"These limits are not set behind the pooler: {', '.join(names)}."
    return [warning(said, f"Run as an administrator: {remedy.format(role=role)}")]


async def texts(database: Subject) -> list[Finding]:
    """Check that the encoding supports every text, and that the collation matches the existing indexes."""
    encoding = await database.app.fetchval(ENCODING)
    if encoding != "UTF8":
        said = f"The encoding of the database is {encoding}, which cannot store all characters."
        return [problem(said, "Dump the database, and restore it into one with ENCODING 'UTF8'.")]
    row = await database.app.fetchrow(COLLATION)
    assert row is not None
    if row["made_with"] != row["now"]:
        said = "The collation of the system has changed, so indexes on text may miss rows."
        name = await database.app.fetchval("SELECT quote_ident(current_database())")
        return [problem(said, f"Run: REINDEX DATABASE {name}; ALTER DATABASE {name} REFRESH COLLATION VERSION;")]
    return [ok(f"{encoding}, with an unchanged collation.")]


async def pooler(database: Subject) -> list[Finding]:
    """Check that a pooler in transaction mode is declared, and that only serving connections go through it."""
    found = [
        warning(f"{name} goes through a pooler.", f"Set {name} to the address of PostgreSQL itself.")
        for name, connection in (("DATABASE_OWNER_URL", database.owner),)
        if connection is not None and await is_pooled(connection)
    ]
    if not await is_pooled(database.app):
        said = "No pooler"
        return found or [ok(f"{said}, although DATABASE_URL declares one." if declared(database) else f"{said}.")]
    session = session_settings(database.settings)
    if not declared(database) and not await keeps_sessions(database.app, database.address, session):
        found.append(problem(UndeclaredPooler.problem, UndeclaredPooler.remedy))
    return found or [
        ok("DATABASE_URL goes through a pooler, as declared." if declared(database) else "Pooler in session mode.")
    ]


def declared(database: Subject) -> bool:
    """Return True if DATABASE_URL declares a pooler."""
    return database.address.options.pooled


CHECKS: dict[str, DatabaseCheck] = {
    "addresses": addresses,
    "version": version,
    "pooler": pooler,
    "clock": clock,
    "server settings": switches,
    "session limits": limits,
    "texts": texts,
}


async def migrations(database: Subject) -> list[Finding]:
    """Check that all migrations have been run, or that a newer release has run its own."""
    revisions = await current(database.app)
    if not revisions:
        said = "The database has not been migrated, or the role cannot read its revision."
        return [problem(said, "Run: workline migrate")]
    missing = database.migrations.pending(revisions)
    if missing:
        return [
            problem(f"{several(len(missing), 'migration')} pending, from {missing[0]} on.", "Run: workline migrate")
        ]
    if unknown := database.migrations.unknown(revisions):
        said = f"A newer release has migrated the database to {', '.join(unknown)}. This release can still serve it."
        return [warning(said, "Upgrade all servers to the newer release.")]
    return [ok(f"At {', '.join(sorted(revisions))}, as this release requires.")]


async def catalog(database: Subject) -> list[Finding]:
    """Compare the engine's tables with this release: columns, constraints and indexes."""
    revisions = await current(database.app)
    if not revisions or database.migrations.pending(revisions) or database.migrations.unknown(revisions):
        return [ok("Not compared, because the database is not at the revisions of this release.")]
    return reported(
        [each for each in await drift(database.best) if each.kind not in SECURED], "The engine's tables are complete."
    )


def reported(found: Sequence[Difference], fine: str) -> list[Finding]:
    """Return a problem per difference, or the finding that there are none."""
    return [problem(f"{each.sentence}.", each.remedy) for each in found] or [ok(fine)]


MIGRATION_CHECKS: dict[str, DatabaseCheck] = {"migrations": migrations, "catalog": catalog}
