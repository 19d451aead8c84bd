"""Command line ``workline``, with one module per command."""

import sys
from importlib import import_module
from typing import NoReturn

import click

from graphql_app.errors import StartupError
from graphql_app.postgres.errors import (
    AccessDenied,
    AddressError,
    AdministratorNeeded,
    EmbeddedError,
    ExcessivePrivileges,
    PostgresError,
    UndeclaredPooler,
    Unreachable,
)
from graphql_app.settings import SettingsError

FAILED = 1
UNAVAILABLE = 69
CONFIGURATION = 78

STATUSES: dict[type[Exception], int] = {
    SettingsError: CONFIGURATION,
    StartupError: CONFIGURATION,
    AddressError: CONFIGURATION,
    AccessDenied: CONFIGURATION,
    UndeclaredPooler: CONFIGURATION,
    AdministratorNeeded: CONFIGURATION,
    ExcessivePrivileges: CONFIGURATION,
    Unreachable: UNAVAILABLE,
    EmbeddedError: UNAVAILABLE,
    PostgresError: FAILED,
}
"""Exit statuses of errors. The large ones follow sysexits(3)."""
COMMANDS = (
    "serve",
    "migrate",
    "makemigrations",
    "seed",
    "schema",
    "documents",
    "token",
    "organization",
    "user",
    "mail",
    "doctor",
    "jobs",
    "sweep",
    "docs",
)


class Commands(click.Group):
    """Commands by name, each imported on use, so a serving process loads no other command."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help text."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command with this name, or None."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"{__name__}.{cmd_name}"), cmd_name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="workline")
def workline() -> None:
    """A GraphQL API server for service businesses.

    Without DATABASE_URL, commands use the embedded PostgreSQL in .workline, and start it if necessary. Settings are
    read from environment variables and from a file .env; .env.example documents them.

    Exit status: 0 success, 1 failure, 2 usage error, 69 database unavailable, 78 configuration error, 130 interrupted.
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line, and exit with the status of its outcome."""
    try:
        # with standalone_mode=False, click returns the status that a command (or --help) has set
        sys.exit(workline.main(arguments, "workline", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    except Exception as error:
        status = status_of(error)
        if status is None:
            raise
        click.echo(f"Error: {error}", err=True)
        sys.exit(status)


def status_of(error: Exception) -> int | None:
    """Return the exit status of an expected error, or None for a bug, whose traceback is printed."""
    return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), None)
