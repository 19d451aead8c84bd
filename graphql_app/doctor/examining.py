"""Order of all checks, and the conditions under which checks are omitted."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from graphql_app.doctor import (
    addresses,
    capacity,
    configuration,
    leftovers,
    maintenance,
    migrations,
    production,
    roles,
    security,
    server,
)
from graphql_app.doctor.findings import Severity, ok, problem, warning
from graphql_app.doctor.report import Report
from graphql_app.doctor.rows import RowCheck, orphans
from graphql_app.doctor.sight import apart, as_system, proof
from graphql_app.doctor.subjects import FAILURES, Configuration, DatabaseCheck, Subject, looked, unanswered
from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.connecting import Connection, connect
from graphql_app.postgres.databases import DatabaseUrls
from graphql_app.postgres.errors import Unreachable
from graphql_app.postgres.migrating import current
from graphql_app.postgres.pooler import UNPREPARED
from graphql_app.settings import Settings

QUICK = 30.0
"""Time limit of a catalogue query, in seconds."""
CONNECTION = "connection"
"""Name of the connection without which no database check is possible."""
CONFIGURATION = {**configuration.CHECKS, **production.CHECKS}
DATABASE: dict[str, Mapping[str, DatabaseCheck]] = {
    "server": {**addresses.CHECKS, **server.CHECKS},
    "room": {**capacity.CHECKS, **leftovers.CHECKS},
    "roles": roles.CHECKS,
    "shape": migrations.CHECKS,
}
MIGRATED: dict[str, Mapping[str, DatabaseCheck]] = {"security": security.CHECKS, "maintenance": maintenance.CHECKS}
"""Checks that require a migrated database."""


def examine_configuration(report: Report, subject: Configuration) -> None:
    """Run all checks that need no database."""
    for name, check in CONFIGURATION.items():
        report.add("configuration", name, *check(subject))


async def examine_database(
    report: Report, settings: Settings, urls: DatabaseUrls, row_checks: Sequence[RowCheck] | None
) -> None:
    """Run all checks of the database. Without ``row_checks``, checks that read whole tables are omitted."""
    async with opened(report, settings, urls) as database:
        if database is None:
            return
        await examine(report, database, DATABASE)
        if await current(database.app) is not None:
            await examine(report, database, MIGRATED)
            if row_checks is not None:
                await examine_rows(report, database.owner, row_checks)


async def examine(report: Report, database: Subject, groups: Mapping[str, Mapping[str, DatabaseCheck]]) -> None:
    """Run the checks one after the other."""
    for group, checks in groups.items():
        for name, check in checks.items():
            report.add(group, name, *await looked(check(database)))


@asynccontextmanager
async def opened(report: Report, settings: Settings, urls: DatabaseUrls) -> AsyncIterator[Subject | None]:
    """Yield the database over both connections, or None if it does not answer, which the report contains then."""
    app = await reached(report, CONNECTION, urls.app_url)
    if app is None:
        yield None
        return
    owner = await reached(report, "owner's connection", urls.owner_url) if urls.owner_url else None
    try:
        yield Subject(settings, parse_address(urls.app_url), app, owner)
    finally:
        for connection in (app, owner):
            if connection is not None:
                await connection.close()


async def reached(report: Report, name: str, url: str) -> Connection | None:
    """Return a connection, or None if the address is unreachable. Report the outcome."""
    address = parse_address(url)
    try:
        connection = await connect(address, command_timeout=QUICK, **UNPREPARED)
    except Unreachable as error:
        report.add("server", name, problem(error.problem, error.remedy))
        if name == CONNECTION:
            report.ended = error
        return None
    report.add("server", name, ok(f"{address.shown} answers."))
    return connection


async def examine_rows(report: Report, owner: Connection | None, checks: Sequence[RowCheck]) -> None:
    """Check first that every row is visible, then the rows, all in one snapshot."""
    if owner is None:
        said = "Not checked: only the owner can act as the role that sees every row."
        report.add("rows", "sight", warning(said, "Set DATABASE_OWNER_URL, and run workline doctor again."))
        return
    try:
        async with as_system(owner) as system:
            report.add("rows", "sight", *await proof(system))
            if report.results[-1].level is Severity.PROBLEM:
                return
            report.add("rows", "references", *await looked(apart(system, orphans(system))))
            for check in checks:
                report.add("rows", check.name, *await looked(apart(system, check.look(system))))
    except FAILURES as error:
        report.add("rows", "sight", unanswered(error))
