"""Migrations: upgrade, downgrade, and the revision of a database.

Alembic is imported only where a migration is run or missing, because its import takes a tenth of a server's start.
"""

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import asyncpg
from sqlalchemy.exc import DBAPIError

import graphql_app
from graphql_app.postgres.addresses import Address
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.errors import PostgresError

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

DIRECTORY = Path(graphql_app.__file__).resolve().parents[1] / "migrations"
REVISION = re.compile(r"""^(down_)?revision\b[^=\n]*=\s*["'](\w+)["']""", re.MULTILINE)
"""Assignment of a revision, or of the revision before it, in a migration."""


def upgrade(owner: Address, revision: str = "head") -> None:
    """Run the migrations up to ``revision``, each in its own transaction. Blocks, and runs its own event loop.

    Raises PostgresError if there is no such revision, or if a migration fails. The migrations before it stay applied.
    """
    run("upgrade", owner, revision)


def downgrade(owner: Address, revision: str) -> None:
    """Revert the migrations after ``revision`` (``base`` reverts all). Data that only they hold is lost."""
    run("downgrade", owner, revision)


def run(name: Literal["upgrade", "downgrade"], owner: Address, revision: str) -> None:
    """Run a command of Alembic. Raises PostgresError, with a message for the operator."""
    from alembic import command
    from alembic.util import CommandError

    try:
        getattr(command, name)(configuration(owner), revision)
    except CommandError as error:
        raise PostgresError(f"{error}.") from error
    except DBAPIError as error:
        raise PostgresError(f"A migration failed and was undone: {error.orig}\n{error.statement or ''}") from error


def script(revision: str = "head") -> str:
    """Return the SQL that ``upgrade`` runs in an empty database. Runs its own event loop."""
    from alembic import command

    config = configuration()
    config.output_buffer = io.StringIO()
    command.upgrade(config, revision, sql=True)
    return config.output_buffer.getvalue()


def newest() -> str | None:
    """Return the revision that this release requires: the only one that no migration follows."""
    names: dict[str, set[str]] = {"": set(), "down_": set()}
    for file in (DIRECTORY / "versions").glob("*.py"):
        for kind, name in REVISION.findall(file.read_text()):
            names[kind].add(name)
    heads = names[""] - names["down_"]
    return heads.pop() if len(heads) == 1 else scripts().get_current_head()


def pending(revision: str | None) -> list[str]:
    """Return the migrations that a database at ``revision`` lacks, oldest first.

    Returns none if a newer release has migrated the database: by the contract of migrations, this release can still use
    it.
    """
    if revision == newest():
        return []
    from alembic.script.revision import RevisionError

    try:
        ahead = scripts().iterate_revisions("head", revision or "base")
        return [each.revision for each in ahead][::-1]
    except RevisionError:
        return []


def known(revision: str) -> bool:
    """Return True if the revision belongs to this release."""
    from alembic.util import CommandError

    try:
        scripts().get_revision(revision)
    except CommandError:
        return False
    return True


async def current(connection: DriverConnection) -> str | None:
    """Return the revision of a database, or None before the first migration and without the right to read it."""
    try:
        revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        return None
    return revision


def scripts() -> "ScriptDirectory":
    """Return the migrations of this release."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(configuration())


def configuration(owner: Address | None = None) -> "Config":
    """Return Alembic's configuration, which is independent of files and of the working directory."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(DIRECTORY).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if owner is not None:
        config.attributes.update(url=owner.url, connect_args=owner.connect_args)
    return config
