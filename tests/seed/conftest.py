"""Demo database, created once for all tests that only read it."""

from collections.abc import AsyncIterator

import pytest

from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import Server
from schema.seed import Sizes
from tests.seed.seeded import fill
from tests.support.databases import TestDatabase, copy_of


@pytest.fixture(scope="session")
async def demo(postgres: Server, template: str) -> AsyncIterator[TestDatabase]:
    """Provide a database that holds the demo."""
    async with copy_of(postgres, template) as made:
        await fill(made, Sizes())
        yield made


@pytest.fixture
async def rows(demo: TestDatabase) -> AsyncIterator[DriverConnection]:
    """Connect as a role that sees all rows of the demo."""
    async with demo.as_system() as connection:
        yield connection
