"""Fixtures of the search tests: the API on two organizations with random texts."""

from collections.abc import AsyncIterator

import pytest

from graphql_app.execution.options import ExecutorOptions
from graphql_app.postgres.admin_connections import DriverConnection, connect
from graphql_app.postgres.roles import Server
from graphql_app.types.schema import Api
from tests.search.texts import Texts, Writer
from tests.support.api import Workline, serving
from tests.support.databases import TestDatabase, copy_of


@pytest.fixture(scope="session")
async def texts_database(postgres: Server, template: str) -> AsyncIterator[TestDatabase]:
    """Provide their database, which is only read."""
    async with copy_of(postgres, template) as made:
        yield made


@pytest.fixture(scope="session")
async def mine(texts_database: TestDatabase) -> Texts:
    """Return the organization of the viewer."""
    return await Writer(1).write(texts_database)


@pytest.fixture(scope="session")
async def theirs(texts_database: TestDatabase) -> Texts:
    """Return the other organization, with the same words in other texts."""
    return await Writer(2).write(texts_database)


@pytest.fixture(scope="session")
async def search(
    mode: None, workline_api: Api, texts_database: TestDatabase, mine: Texts, theirs: Texts
) -> AsyncIterator[Workline]:
    """Serve the API on both."""
    async with serving(workline_api, texts_database) as workline:
        yield workline


@pytest.fixture(scope="session")
async def searching(
    workline_api: Api, texts_database: TestDatabase, mine: Texts, theirs: Texts
) -> AsyncIterator[Workline]:
    """Serve the same in one mode, for hundreds of examples, because both modes execute the same search."""
    async with serving(workline_api, texts_database, ExecutorOptions(plan=True)) as workline:
        yield workline


@pytest.fixture
async def app(texts_database: TestDatabase, mine: Texts, theirs: Texts) -> AsyncIterator[DriverConnection]:
    """Connect as the application, in a transaction without an organization."""
    connection = await connect(texts_database.app)
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield connection
    finally:
        await transaction.rollback()
        await connection.close()
