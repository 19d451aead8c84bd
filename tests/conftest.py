"""Embedded PostgreSQL for each test process, with a migrated database for tests that need one."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from graphql_app.postgres.embedded import EmbeddedPostgres
from graphql_app.postgres.roles import Server
from graphql_app.testing.database_reset import RestoredDatabase, restored
from tests.support.databases import UNSAFE_AND_FAST, TestDatabase, administration, copy_of, make_template
from tests.support.directories import open_directory, remove_leftovers
from tests.support.installed_postgres import BINARIES, installed_postgres

pytest_plugins = ["tests.support.execution_modes", "tests.support.fixtures", "tests.support.commands"]


@pytest.fixture(scope="session", autouse=True)
def hide_environment() -> Iterator[None]:
    """Hide the developer's environment variables of Workline and PostgreSQL from the tests."""
    names = [name for name in os.environ if name.startswith(("WORKLINE_", "DATABASE_", "PG"))]
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.delenv(name)
        yield


LONG = frozenset({"concurrency", "docs", "isolation", "money", "platform"})
"""Folders of the longest tests."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run long tests first, so that no process waits for them at the end. Skip tests that lack their server."""
    items.sort(key=lambda item: LONG.isdisjoint(item.path.parts))
    if BINARIES is not None:
        for item in items:
            if item.get_closest_marker("embedded"):
                item.add_marker(
                    pytest.mark.skip(reason=f"needs the embedded PostgreSQL, and this run is on {BINARIES}")
                )


@pytest.fixture(scope="session")
def postgres(hide_environment: None) -> Iterator[Server]:
    """Provide the server of this run. Tests that stop or break a server start their own."""
    if BINARIES is not None:
        with installed_postgres(Path(BINARIES)) as installed:
            yield installed
        return
    remove_leftovers("tests")
    with open_directory("tests") as directory, EmbeddedPostgres(directory, UNSAFE_AND_FAST) as server:
        yield server


@pytest.fixture(scope="session")
async def template(postgres: Server) -> str:
    """Return the name of the migrated, empty database that is the template of others."""
    return await make_template(postgres)


@pytest.fixture(scope="session")
async def major(postgres: Server) -> int:
    """Return the major version of the server of this run."""
    async with administration(postgres) as connection:
        return connection.get_server_version().major


@pytest.fixture(scope="session")
async def restored_database(postgres: Server, template: str) -> AsyncIterator[RestoredDatabase]:
    """Provide a migrated, empty database, restored after each test that changes it."""
    async with restored(postgres, template) as database:
        yield database


@pytest.fixture
async def database(restored_database: RestoredDatabase) -> AsyncIterator[TestDatabase]:
    """Provide a migrated, empty database for one test."""
    async with restored_database.lent() as database:
        yield database


@pytest.fixture(scope="session")
async def shared_database(postgres: Server, template: str) -> AsyncIterator[TestDatabase]:
    """Provide a migrated database for the whole run, for tests that create their own organization or only read."""
    async with copy_of(postgres, template) as made:
        yield made
