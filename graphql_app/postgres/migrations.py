"""Migrations: upgrade, downgrade, and the revision of a database."""

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
    """Run the migrations up to ``revision``, each in its own transaction. Blocks, and runs its own event loop.

    Raises PostgresError if there is no such revision, or if a migration fails. The migrations before it stay applied.
    """
    with explained():
        command.upgrade(configuration(owner), revision)


def downgrade(owner: Address, revision: str) -> None:
    """Revert the migrations after ``revision`` (``base`` reverts all). Data that only they hold is lost."""
    with explained():
        command.downgrade(configuration(owner), revision)


@contextmanager
def explained() -> Iterator[None]:
    """Translate errors of Alembic and PostgreSQL to a PostgresError for the operator."""
    try:
        yield
    except CommandError as error:
        raise PostgresError(f"{error}.") from error
    except DBAPIError as error:
        raise PostgresError(f"A migration failed and was undone: {error.orig}\n{error.statement or ''}") from error


def print_sql(revision: str = "head") -> None:
    """Write the SQL that ``upgrade`` runs in an empty database to standard output."""
    command.upgrade(configuration(), revision, sql=True)


def script(revision: str = "head") -> str:
    """Return the SQL that ``upgrade`` runs in an empty database. Runs its own event loop."""
    config = configuration()
    config.output_buffer = io.StringIO()
    command.upgrade(config, revision, sql=True)
    return config.output_buffer.getvalue()


def newest() -> str | None:
    """Return the revision that this release requires."""
    return scripts().get_current_head()


def pending(revision: str | None) -> list[str]:
    """Return the migrations that a database at ``revision`` lacks, oldest first.

    Returns none if a newer release has migrated the database: by the contract of migrations, this release can still use
    it.
    """
    directory = scripts()
    try:
        ahead = directory.iterate_revisions("head", revision or "base")
        return [script.revision for script in ahead][::-1]
    except RevisionError:
        return []


def known(revision: str) -> bool:
    """Return True if the revision belongs to this release."""
    try:
        scripts().get_revision(revision)
    except CommandError:
        return False
    return True


async def current(connection: Connection) -> str | None:
    """Return the revision of a database, or None before the first migration and without the right to read it."""
    try:
        revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        return None
    return revision


def scripts() -> ScriptDirectory:
    """Return the migrations of this release."""
    return ScriptDirectory.from_config(configuration())


def configuration(owner: Address | None = None) -> Config:
    """Return Alembic's configuration, which is independent of files and of the working directory."""
    config = Config()
    config.set_main_option("script_location", str(DIRECTORY).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if owner is not None:
        config.attributes.update(url=owner.url, connect_args=owner.connect_args)
    return config
