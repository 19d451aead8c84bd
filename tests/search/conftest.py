"""The API on two organizations full of random texts."""

from collections.abc import AsyncIterator

import pytest

from graphql_app.execution.executor import ExecutorOptions
from graphql_app.postgres.admin_connections import DriverConnection, connect
from graphql_app.postgres.roles import Server
from graphql_app.types.schema import Api
from tests.search.texts import Texts, Writer
from tests.support.databases import TestDatabase, copy_of
from tests.support.workline import Workline, serving


@pytest.fixture(scope="session")
async def texts_database(postgres: Server, template: str) -> AsyncIterator[TestDatabase]:
    """Where they are. Nobody changes it."""
    async with copy_of(postgres, template) as made:
        yield made


@pytest.fixture(scope="session")
async def mine(texts_database: TestDatabase) -> Texts:
    """The organization that searches."""
    return await Writer(1).write(texts_database)


@pytest.fixture(scope="session")
async def theirs(texts_database: TestDatabase) -> Texts:
    """Another one, with the same words in other texts."""
    return await Writer(2).write(texts_database)


@pytest.fixture(scope="session")
async def search(
    mode: None, workline_api: Api, texts_database: TestDatabase, mine: Texts, theirs: Texts
) -> AsyncIterator[Workline]:
    """The API on both."""
    async with serving(workline_api, texts_database) as workline:
        yield workline


@pytest.fixture(scope="session")
async def searching(
    workline_api: Api, texts_database: TestDatabase, mine: Texts, theirs: Texts
) -> AsyncIterator[Workline]:
    """The same in one mode, for hundreds of examples of words, which are read and found the same way in both."""
    async with serving(workline_api, texts_database, ExecutorOptions(plan=True)) as workline:
        yield workline


@pytest.fixture
async def app(texts_database: TestDatabase, mine: Texts, theirs: Texts) -> AsyncIterator[DriverConnection]:
    """Logged in as the application, in a transaction of no organization yet."""
    connection = await connect(texts_database.app)
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield connection
    finally:
        await transaction.rollback()
        await connection.close()
