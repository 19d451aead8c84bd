"""Command line ``workline``, with one module per command."""

import sys
from typing import NoReturn

import click

from graphql_app.cli.doctor import doctor
from graphql_app.cli.exits import status_of
from graphql_app.cli.migrate import migrate
from graphql_app.cli.schema import schema
from graphql_app.cli.seed import seed
from graphql_app.cli.serve import serve
from graphql_app.cli.sweep import sweep
from graphql_app.cli.token import token


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="workline")
def workline() -> None:
    """A GraphQL API for organizations that do work for others.

    Without DATABASE_URL, every command uses the embedded PostgreSQL in .workline, and starts it if no other command
    has. All settings are environment variables, or lines of a file .env; the file .env.example explains each.

    Exit status: 0 done, 1 failed, 2 wrong usage, 69 the database is not available, 78 wrong configuration,
    130 interrupted.
    """


for command in (serve, migrate, seed, schema, token, doctor, sweep):
    workline.add_command(command)


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
