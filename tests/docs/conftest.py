"""Database with the demo for a single test: examples of the documentation may change it."""

from collections.abc import AsyncIterator

import pytest

from graphql_app.postgres.roles import Server
from graphql_app.viewer import Viewer
from schema.seed import Sizes
from tests.docs.demo import demo_api, demo_owner
from tests.seed.seeded import fill
from tests.support.api import Workline
from tests.support.databases import TestDatabase, copy_of


@pytest.fixture(scope="session")
async def demo_database(postgres: Server, template: str) -> AsyncIterator[TestDatabase]:
    """Provide a database that holds the demo."""
    async with copy_of(postgres, template) as made:
        await fill(made, Sizes())
        yield made


@pytest.fixture(scope="session")
async def demo(demo_database: TestDatabase) -> AsyncIterator[Workline]:
    """Serve the API on it."""
    async with demo_api(demo_database) as served:
        yield served


@pytest.fixture(scope="session")
async def newcomer(demo_database: TestDatabase) -> Viewer:
    """Return the viewer of the demo's login."""
    return await demo_owner(demo_database)
