"""Reasons to abort the remaining checks."""

from graphql_app.doctor.findings import problem
from graphql_app.doctor.report import Report
from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.errors import AddressError, EmbeddedError, PostgresError, Unreachable
from graphql_app.settings import Settings, SettingsError


def refuse_unreadable(settings: Settings) -> None:
    """Raise AddressError if an address in the settings is invalid."""
    for address in (settings.database_url, settings.database_owner_url, settings.database_direct_url):
        if address is not None:
            parse_address(address)


def refuse_missing(settings: Settings) -> None:
    """Raise EmbeddedError if opening the database would create it, because an examination leaves nothing behind."""
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
        remedy = "Correct it in the environment or in .env; the file .env.example explains each setting."
        report.add("configuration", "settings", *(problem(f"{each}.", remedy) for each in error.problems))
    elif isinstance(error, AddressError):
        remedy = "Correct DATABASE_URL, DATABASE_OWNER_URL or DATABASE_DIRECT_URL."
        report.add("configuration", "addresses", problem(str(error), remedy))
    elif isinstance(error, Unreachable):
        report.add("server", "connection", problem(error.problem, error.remedy))
    else:
        remedy = "Set DATABASE_URL, or run workline serve to make a database here."
        report.add("server", "connection", problem(str(error), remedy))
