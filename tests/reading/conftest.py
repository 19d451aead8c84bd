"""A connection that nothing is hidden from."""

from collections.abc import AsyncIterator

import pytest

from graphql_app.postgres.admin_connections import DriverConnection
from tests.support.databases import TestDatabase


@pytest.fixture(scope="session")
async def plain(organizations: TestDatabase) -> AsyncIterator[DriverConnection]:
    """Plain SQL, as whoever sees everything."""
    async with organizations.as_system() as connection:
        yield connection
