"""Connection without row-level security."""

from collections.abc import AsyncIterator

import pytest

from graphql_app.postgres.admin_connections import DriverConnection
from tests.support.databases import TestDatabase


@pytest.fixture(scope="session")
async def plain(organizations: TestDatabase) -> AsyncIterator[DriverConnection]:
    """Connect as a role that sees all rows, for plain SQL."""
    async with organizations.as_system() as connection:
        yield connection
