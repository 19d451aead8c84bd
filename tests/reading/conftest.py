"""The API in both of its ways, and a connection that nothing is hidden from."""

from collections.abc import AsyncIterator

import pytest

from graphql_app.execution.executor import ExecutorOptions
from graphql_app.postgres.connecting import Connection
from graphql_app.views.api import Api
from tests.support.databases import TestDatabase
from tests.support.workline import Workline, serving


@pytest.fixture(scope="session")
async def planned(workline_api: Api, organizations: TestDatabase) -> AsyncIterator[Workline]:
    """The API on organizations that tests only read, answering by plans."""
    async with serving(workline_api, organizations, ExecutorOptions(plan=True)) as workline:
        yield workline


@pytest.fixture(scope="session")
async def resolved(workline_api: Api, organizations: TestDatabase) -> AsyncIterator[Workline]:
    """The same, answering by resolvers."""
    async with serving(workline_api, organizations, ExecutorOptions(plan=False)) as workline:
        yield workline


@pytest.fixture(params=["planned", "resolved"])
def either(request: pytest.FixtureRequest) -> Workline:
    """One of the two."""
    workline: Workline = request.getfixturevalue(request.param)
    return workline


@pytest.fixture(scope="session")
async def plain(organizations: TestDatabase) -> AsyncIterator[Connection]:
    """Plain SQL, as whoever sees everything."""
    async with organizations.as_system() as connection:
        yield connection
