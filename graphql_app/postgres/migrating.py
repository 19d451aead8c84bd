"""Migrations: bringing a database to the newest shape, and telling whether it has it."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

import graphql_app
from graphql_app.postgres.addresses import Address
from graphql_app.postgres.connecting import Connection
from graphql_app.postgres.errors import PostgresError

DIRECTORY = Path(graphql_app.__file__).resolve().parents[1] / "migrations"


def upgrade(owner: Address, revision: str = "head") -> None:
    """Run the migrations up to ``revision``, each in its own transaction. Blocks, and runs an event loop of its own.

    Raises PostgresError if there is no such revision, and if one fails; those before it stay.
    """
    with explained():
        command.upgrade(configuration(owner), revision)


def downgrade(owner: Address, revision: str) -> None:
    """Undo the migrations after ``revision`` (``base`` undoes all), and lose what only they hold."""
    with explained():
        command.downgrade(configuration(owner), revision)


@contextmanager
def explained() -> Iterator[None]:
    """Alembic's and PostgreSQL's errors as sentences for an operator."""
    try:
        yield
    except CommandError as error:
        raise PostgresError(f"{error}.") from error
    except DBAPIError as error:
        raise PostgresError(f"A migration failed and was undone: {error.orig}\n{error.statement or ''}") from error


def print_sql(revision: str = "head") -> None:
    """Write to standard output what ``upgrade`` of an empty database would run."""
    command.upgrade(configuration(), revision, sql=True)


def script(revision: str = "head") -> str:
    """The SQL that ``upgrade`` of an empty database would run, as text. Runs an event loop of its own."""
    config = configuration()
    config.output_buffer = io.StringIO()
    command.upgrade(config, revision, sql=True)
    return config.output_buffer.getvalue()


def newest() -> str | None:
    """The revision that this release needs."""
    return scripts().get_current_head()


def pending(revision: str | None) -> list[str]:
    """The migrations that a database at ``revision`` still needs, oldest first.

    It needs none if a newer release has migrated it: by the contract of migrations, this release can still use it.
    """
    directory = scripts()
    try:
        ahead = directory.iterate_revisions("head", revision or "base")
        return [script.revision for script in ahead][::-1]
    except RevisionError:
        return []


def known(revision: str) -> bool:
    """Whether a revision is one of this release's."""
    try:
        scripts().get_revision(revision)
    except CommandError:
        return False
    return True


async def current(connection: Connection) -> str | None:
    """The revision that a database is at; None before the first migration, and before we may look."""
    try:
        revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        return None
    return revision


def scripts() -> ScriptDirectory:
    """The migrations of this release."""
    return ScriptDirectory.from_config(configuration())


def configuration(owner: Address | None = None) -> Config:
    """Alembic's configuration, without a file: it works from anywhere."""
    config = Config()
    config.set_main_option("script_location", str(DIRECTORY).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if owner is not None:
        config.attributes.update(url=owner.url, connect_args=owner.connect_args)
    return config
