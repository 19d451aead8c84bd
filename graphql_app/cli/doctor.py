"""Command ``workline doctor``: faults of an installation, with their remedies."""

import asyncio
import os

import click

from graphql_app.cli import FAILED, status_of
from graphql_app.cli.database import open_database
from graphql_app.doctor.configuration import variables_in
from graphql_app.doctor.examination import (
    Report,
    examine_configuration,
    examine_database,
    refuse_missing,
    refuse_unreadable,
    stop,
)
from graphql_app.doctor.findings import Configuration
from graphql_app.doctor.rows import RowCheck
from graphql_app.postgres.errors import PostgresError
from graphql_app.settings import Settings, SettingsError, read_settings


@click.command(short_help="Check an installation, and suggest remedies.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--strict", is_flag=True, help="Exit with status 1 for warnings too.")
@click.option("--quick", is_flag=True, help="Skip checks that read whole tables, which take long in large databases.")
@click.pass_context
def doctor(context: click.Context, as_json: bool, strict: bool, quick: bool) -> None:
    """Check the configuration, the database, its roles and row-level security, and the rows of all organizations.

    Read-only, and safe beside a running server; use the server's settings. Rows are checked if DATABASE_OWNER_URL is
    set. Exit status: 0 no problem, 1 problems found, 69 database unavailable, 78 configuration error.
    """
    report = Report()
    try:
        examine(report, quick=quick)
    except (SettingsError, PostgresError) as error:
        stop(report, error)
    click.echo(report.as_json() if as_json else report.as_text())
    if report.ended is not None:
        context.exit(status_of(report.ended) or FAILED)
    context.exit(0 if report.passes(strict=strict) else FAILED)


def examine(report: Report, *, quick: bool) -> None:
    """Fill the report, from the settings to the rows. Raises the error that makes further checks impossible."""
    settings = read_settings()
    refuse_unreadable(settings)
    examine_configuration(report, Configuration(settings, variables_in(os.environ)))
    refuse_missing(settings)
    with open_database(settings) as database:
        asyncio.run(examine_database(report, settings, database, None if quick else row_checks(settings)))


def row_checks(settings: Settings) -> list[RowCheck]:
    """Return the domain's checks of its rows. The domain is imported only when this command is used."""
    from schema.checks import row_checks

    return row_checks(production=settings.env == "production")
