"""Examination: the order of all checks, the conditions that omit some, and the report."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby

import click

from graphql_app.doctor import configuration, jobs, maintenance, roles, security, server
from graphql_app.doctor.findings import (
    FAILURES,
    Configuration,
    DatabaseCheck,
    Finding,
    Result,
    Severity,
    Subject,
    ok,
    problem,
    run_check,
    several,
    unanswered,
    warning,
    worst,
)
from graphql_app.doctor.rows import RowCheck, apart, as_system, orphans, proof
from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.admin_connections import DriverConnection, connect
from graphql_app.postgres.catalog import catalog_of, differences
from graphql_app.postgres.errors import AddressError, EmbeddedError, PostgresError, Unreachable
from graphql_app.postgres.migrations import Migrations, current
from graphql_app.postgres.roles import DatabaseUrls
from graphql_app.postgres.startup_checks import UNPREPARED
from graphql_app.settings import ApplicationConfig, Settings, SettingsError

COLORS = {Severity.OK: "green", Severity.WARNING: "yellow", Severity.PROBLEM: "red"}
WIDTH = max(map(len, Severity)) + 2
QUICK = 30.0
"""Time limit of a catalog query, in seconds."""
CONNECTION = "connection"
"""Name of the connection without which no database check is possible."""
DATABASE: dict[str, Mapping[str, DatabaseCheck]] = {
    "server": server.CHECKS,
    "room": maintenance.CAPACITY_CHECKS,
    "roles": roles.CHECKS,
    "shape": server.MIGRATION_CHECKS,
}
MIGRATED: dict[str, Mapping[str, DatabaseCheck]] = {
    "security": security.CHECKS,
    "maintenance": {**maintenance.MAINTENANCE_CHECKS, **jobs.JOB_CHECKS},
}
"""Checks that require a migrated database."""


@dataclass(slots=True)
class Report:
    """Results of an examination. ``ended`` is the error that ended it early, if any."""

    results: list[Result] = field(default_factory=list)
    ended: Exception | None = None

    def add(self, group: str, name: str, *findings: Finding) -> None:
        """Add a result."""
        self.results.append(Result(group, name, findings))

    @property
    def level(self) -> Severity:
        """Level of the worst result."""
        return worst(result.level for result in self.results)

    def passes(self, *, strict: bool) -> bool:
        """Return True if there is no problem and, with ``strict``, no warning."""
        return self.level is Severity.OK or (self.level is Severity.WARNING and not strict)

    def counts(self) -> dict[str, int]:
        """Return the number of results per level."""
        counted = Counter(result.level for result in self.results)
        return {level.value: counted[level] for level in Severity}

    def as_json(self) -> str:
        """Return the report as JSON. Names of groups and checks are stable, messages are not."""
        report = {"status": self.level.value, "counts": self.counts(), "checks": [plain(each) for each in self.results]}
        return json.dumps(report, indent=2)

    def as_text(self) -> str:
        """Return a line per finding below the name of its group, with remedies indented, and a summary at the end."""
        lines: list[str] = []
        for group, results in groupby(self.results, key=lambda result: result.group):
            lines += ["", click.style(group.capitalize(), bold=True)]
            lines += [line for result in results for line in shown(result)]
        return "\n".join([*lines, "", self.summary()])

    def summary(self) -> str:
        """Return the number of checks, and of warnings and problems."""
        counts = self.counts()
        counted = [several(counts[level], level) for level in (Severity.WARNING, Severity.PROBLEM) if counts[level]]
        return f"{several(len(self.results), 'check')}: {' and '.join(counted) or 'no problems'}."


def plain(result: Result) -> dict[str, object]:
    """Return a result as a dict for JSON."""
    findings = [
        {"status": each.level.value, "message": each.message, "remedy": each.remedy} for each in result.findings
    ]
    return {"group": result.group, "name": result.name, "status": result.level.value, "findings": findings}


def shown(result: Result) -> Iterator[str]:
    """Yield the lines of a result. The first line contains its name."""
    name = result.name
    for finding in result.findings:
        level = click.style(f"{finding.level:<{WIDTH}}", fg=COLORS[finding.level])
        yield f"  {level}{name:<22}{finding.message}".rstrip()
        name = ""
        if finding.remedy is not None:
            yield f"  {'':<{WIDTH + 22}}-> {finding.remedy}"


def refuse_unreadable(settings: Settings) -> None:
    """Raise AddressError if an address in the settings is invalid."""
    for address in (settings.database_url, settings.database_owner_url, settings.database_direct_url):
        if address is not None:
            parse_address(address)


def refuse_missing(settings: Settings) -> None:
    """Raise EmbeddedError if opening the database would create it, because the examination is read-only."""
    if settings.database_url is not None:
        return
    try:
        (settings.data_dir / "postgres" / "data" / "PG_VERSION").stat()
    except OSError as error:
        said = f"There is no database in {settings.data_dir} ({error.strerror}), and DATABASE_URL is not set."
        raise EmbeddedError(said) from error


def stop(report: Report, error: SettingsError | PostgresError) -> None:
    """Add the error that ended the examination to the report."""
    report.ended = error
    if isinstance(error, SettingsError):
        remedy = "Correct the environment or the file .env. The file .env.example documents all settings."
        report.add("configuration", "settings", *(problem(f"{each}.", remedy) for each in error.problems))
    elif isinstance(error, AddressError):
        remedy = "Correct DATABASE_URL, DATABASE_OWNER_URL or DATABASE_DIRECT_URL."
        report.add("configuration", "addresses", problem(str(error), remedy))
    elif isinstance(error, Unreachable):
        report.add("server", "connection", problem(error.problem, error.remedy))
    else:
        remedy = "Set DATABASE_URL, or run workline serve to create a database here."
        report.add("server", "connection", problem(str(error), remedy))


def examine_configuration(report: Report, subject: Configuration) -> None:
    """Run all checks that require no database."""
    for name, check in configuration.CHECKS.items():
        report.add("configuration", name, *check(subject))


def report_application(report: Report, config: ApplicationConfig) -> None:
    """Add the application that is examined."""
    named = f"{config.package} in {config.root}, migrations in {config.migrations}"
    report.add("configuration", "application", ok(f"{named}, named by {config.origin}."))


async def examine_database(
    report: Report,
    settings: Settings,
    urls: DatabaseUrls,
    migrations: Migrations,
    row_checks: Sequence[RowCheck] | None,
) -> None:
    """Run all checks of the database. Without ``row_checks``, checks that read whole tables are omitted."""
    async with opened(report, settings, urls, migrations) as database:
        if database is None:
            return
        await examine(report, database, DATABASE)
        if await current(database.app):
            await examine(report, database, MIGRATED)
            if row_checks is not None:
                await examine_rows(report, database.owner, row_checks)


async def compare(report: Report, url: str, against: str) -> None:
    """Compare the tables of a database with another database, such as a new one with the same migrations."""
    here, there = await reached(report, CONNECTION, url), await reached(report, "other database", against)
    try:
        if here is not None and there is not None:
            found = list(differences(await catalog_of(there), await catalog_of(here)))
            report.add(
                "shape", "other database", *server.reported(found, "All tables equal those of the other database.")
            )
    finally:
        for connection in (here, there):
            if connection is not None:
                await connection.close()


async def examine(report: Report, database: Subject, groups: Mapping[str, Mapping[str, DatabaseCheck]]) -> None:
    """Run the checks in order."""
    for group, checks in groups.items():
        for name, check in checks.items():
            report.add(group, name, *await run_check(check(database)))


@asynccontextmanager
async def opened(
    report: Report, settings: Settings, urls: DatabaseUrls, migrations: Migrations
) -> AsyncIterator[Subject | None]:
    """Yield the database over both connections, or None if it does not answer, which is added to the report."""
    app = await reached(report, CONNECTION, urls.app_url)
    if app is None:
        yield None
        return
    owner = await reached(report, "owner's connection", urls.owner_url) if urls.owner_url else None
    try:
        yield Subject(settings, parse_address(urls.app_url), migrations, app, owner)
    finally:
        for connection in (app, owner):
            if connection is not None:
                await connection.close()


async def reached(report: Report, name: str, url: str) -> DriverConnection | None:
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


async def examine_rows(report: Report, owner: DriverConnection | None, checks: Sequence[RowCheck]) -> None:
    """Check first that every row is visible, then the rows, all in one snapshot."""
    if owner is None:
        said = "Not checked, because only the owner can assume the role that reads all rows."
        report.add("rows", "sight", warning(said, "Set DATABASE_OWNER_URL, and run workline doctor again."))
        return
    try:
        async with as_system(owner) as system:
            report.add("rows", "sight", *await proof(system))
            if report.results[-1].level is Severity.PROBLEM:
                return
            report.add("rows", "references", *await run_check(apart(system, orphans(system))))
            for check in checks:
                report.add("rows", check.name, *await run_check(apart(system, check.look(system))))
    except FAILURES as error:
        report.add("rows", "sight", unanswered(error))
