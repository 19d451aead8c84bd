"""Writes the snapshots of the engine's tables: ``python -m tests.database.snapshots``, by ``make catalogue``.

The server is the embedded one, or with WORKLINE_TEST_POSTGRES one of the system.
"""

import asyncio
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from graphql_app.postgres.catalog import SNAPSHOTS, Catalog, catalog_of
from graphql_app.postgres.embedded import EmbeddedPostgres
from graphql_app.postgres.migrations import Migrations
from graphql_app.postgres.roles import Server
from tests.support.databases import UNSAFE_AND_FAST, connected, empty_database
from tests.support.directories import open_directory
from tests.support.installed_postgres import BINARIES, installed_postgres


async def engine_catalog(server: Server) -> tuple[int, Catalog]:
    """Return the major version, and the catalog of a database that only the engine has migrated."""
    async with empty_database(server) as made:
        with TemporaryDirectory() as nothing:
            await asyncio.to_thread(Migrations(Path(nothing)).upgrade, made.owner)
        async with connected(made.admin) as connection:
            return connection.get_server_version().major, await catalog_of(connection)


def write(server: Server) -> None:
    major, catalog = asyncio.run(engine_catalog(server))
    text = json.dumps(catalog, indent=1, sort_keys=True)
    (SNAPSHOTS / f"{major}.json").write_text(f"{text}\n")


if __name__ == "__main__":
    if BINARIES is not None:
        with installed_postgres(Path(BINARIES)) as installed:
            write(installed)
    else:
        with open_directory("catalog") as directory, EmbeddedPostgres(directory, UNSAFE_AND_FAST) as embedded:
            write(embedded)
