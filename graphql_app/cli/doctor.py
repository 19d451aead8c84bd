"""Command ``workline doctor``: faults of an installation, with their remedies."""

import asyncio
import os

import click

from graphql_app.cli import FAILED, status_of
from graphql_app.cli.database import open_database
from graphql_app.doctor.configuration import variables_in
from graphql_app.doctor.examination import (
    Report,
    compare,
    examine_configuration,
    examine_database,
    refuse_missing,
    refuse_unreadable,
    report_application,
    stop,
)
from graphql_app.doctor.findings import Configuration
from graphql_app.doctor.issuers import issuers
from graphql_app.doctor.rows import RowCheck
from graphql_app.postgres.errors import PostgresError
from graphql_app.postgres.migrations import Migrations
from graphql_app.settings import ApplicationConfig, Settings, SettingsError, find_application, read_settings


@click.command(short_help="Check an installation, and suggest remedies.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--strict", is_flag=True, help="Exit with status 1 for warnings too.")
@click.option("--quick", is_flag=True, help="Skip checks that read whole tables, which are slow on large databases.")
@click.option("--against", metavar="URL", help="Also compare all tables with another database.")
@click.pass_context
def doctor(context: click.Context, as_json: bool, strict: bool, quick: bool, against: str | None) -> None:
    """Check the configuration, the database, its roles and row-level security, and the rows of all organizations.

    Read-only, and safe while a server is running; use the server's settings. Rows are checked if DATABASE_OWNER_URL is
    set. Exit status: 0 no problem, 1 problems found, 69 database unavailable, 78 configuration error.
    """
    report = Report()
    try:
        examine(report, quick=quick, against=against)
    except (SettingsError, PostgresError) as error:
        stop(report, error)
    click.echo(report.as_json() if as_json else report.as_text())
    if report.ended is not None:
        context.exit(status_of(report.ended) or FAILED)
    context.exit(0 if report.passes(strict=strict) else FAILED)


def examine(report: Report, *, quick: bool, against: str | None = None) -> None:
    """Fill the report, from the settings to the rows. Raises the error that makes further checks impossible."""
    settings = read_settings()
    refuse_unreadable(settings)
    config = find_application(settings)
    report_application(report, config)
    examine_configuration(report, Configuration(settings, variables_in(os.environ)))
    report.add("configuration", "issuers", *asyncio.run(issuers(settings)))
    refuse_missing(settings)
    checks = None if quick else row_checks(config, settings)
    with open_database(settings) as database:
        asyncio.run(examine_database(report, settings, database, Migrations(config.migrations), checks))
        if against is not None:
            asyncio.run(compare(report, database.app_url, against))


def row_checks(config: ApplicationConfig, settings: Settings) -> list[RowCheck]:
    """Return the checks of rows of engine and application, which is imported only when this command is used."""
    from graphql_app.application import load_application

    return load_application(config).row_checks(production=settings.env == "production")
