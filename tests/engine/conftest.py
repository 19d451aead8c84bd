"""Fixtures of the engine tests: the toy API, and databases with libraries."""

from collections.abc import AsyncIterator

import pytest

from graphql_app.execution.cost import CostLimits
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import Server
from graphql_app.testing.database_reset import RestoredDatabase, restored
from graphql_app.types.schema import Api
from tests.engine.datasets import Libraries, make_libraries
from tests.engine.toy.database import make_tables
from tests.engine.toy.root import build
from tests.engine.toy_api import Toy, toy_on, wide
from tests.support.databases import TestDatabase, connected, copy_of, empty_database


@pytest.fixture(scope="session")
def built() -> Api:
    """Return the toy's API, for tests that choose the mode themselves or execute nothing."""
    return build()


@pytest.fixture(scope="session")
def api(mode: None, built: Api) -> Api:
    """Return the toy's API, in both modes."""
    return built


@pytest.fixture(scope="session")
async def toy_template(postgres: Server) -> AsyncIterator[str]:
    """Return the name of a database with the toy's tables and libraries, the template of all others."""
    async with empty_database(postgres) as made:
        await make_tables(made)
        await make_libraries(made)
        yield made.name


@pytest.fixture(scope="session")
async def libraries(postgres: Server, toy_template: str) -> AsyncIterator[Libraries]:
    """Provide libraries that tests only read, with the expected rows."""
    async with copy_of(postgres, toy_template) as made, connected(made.admin) as admin:
        yield Libraries(made, admin)


@pytest.fixture(scope="session")
async def toy(api: Api, libraries: Libraries) -> AsyncIterator[Toy]:
    """Serve the toy API on libraries that tests only read."""
    async with toy_on(api, libraries.database.app) as toy:
        yield toy


@pytest.fixture(scope="session")
async def planned_toy(built: Api, libraries: Libraries) -> AsyncIterator[Toy]:
    """Serve the same API only with plans, for property tests of many examples.

    `tests/plan` compares plans with resolvers on random documents, and fixed cases beside each property run in both.
    """
    costs = CostLimits(cost=1_000_000_000, lists=1_000)
    async with toy_on(built, libraries.database.app, options=wide(plan=True, costs=costs)) as toy:
        yield toy


@pytest.fixture(scope="session")
async def restored_libraries(postgres: Server, toy_template: str) -> AsyncIterator[RestoredDatabase]:
    """Provide the same libraries, restored after each test that changes them."""
    async with restored(postgres, toy_template) as database:
        yield database


@pytest.fixture
async def own_database(restored_libraries: RestoredDatabase) -> AsyncIterator[TestDatabase]:
    """Provide a database with the same libraries for one test to change."""
    async with restored_libraries.lent() as database:
        yield database


@pytest.fixture
async def own_toy(api: Api, own_database: TestDatabase) -> AsyncIterator[Toy]:
    """Serve the toy API on libraries that the test may change."""
    async with toy_on(api, own_database.app) as toy:
        yield toy


@pytest.fixture
async def admin(own_database: TestDatabase) -> AsyncIterator[DriverConnection]:
    """Connect as the administrator of the test's own database."""
    async with connected(own_database.admin) as connection:
        yield connection
