"""Migrations: bringing a database to the newest shape, and telling whether it has it."""

from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

import graphql_app
from graphql_app.postgres.addresses import Address
from graphql_app.postgres.connecting import Connection

DIRECTORY = Path(graphql_app.__file__).resolve().parents[1] / "migrations"


def upgrade(owner: Address, revision: str = "head") -> None:
    """Run the migrations up to ``revision``, each in its own transaction. Blocks, and runs an event loop of its own."""
    command.upgrade(configuration(owner), revision)


def downgrade(owner: Address, revision: str) -> None:
    """Undo the migrations after ``revision`` (``base`` undoes all), and what they hold."""
    command.downgrade(configuration(owner), revision)


def newest() -> str | None:
    """The revision that this release needs."""
    return ScriptDirectory.from_config(configuration()).get_current_head()


async def current(connection: Connection) -> str | None:
    """The revision that a database is at; None before the first migration."""
    try:
        revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    return revision


def configuration(owner: Address | None = None) -> Config:
    """Alembic's configuration, without a file: it works from anywhere."""
    config = Config()
    config.set_main_option("script_location", str(DIRECTORY).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if owner is not None:
        config.attributes.update(url=owner.url, connect_args=owner.connect_args)
    return config
