"""API as a subgraph, on both organizations."""

from collections.abc import AsyncIterator

import pytest

from graphql_app.types.schema import Api
from tests.support.api import Workline, serving
from tests.support.application import APPLICATION
from tests.support.databases import TestDatabase
from tests.support.settings import settings_for


@pytest.fixture(scope="session")
def subgraph_api(organizations: TestDatabase) -> Api:
    """Return the API as a subgraph."""
    return APPLICATION.build(settings_for(organizations, federation=True))


@pytest.fixture(scope="session")
async def subgraph(mode: None, subgraph_api: Api, organizations: TestDatabase) -> AsyncIterator[Workline]:
    """Serve it for tests that only read."""
    async with serving(subgraph_api, organizations) as workline:
        yield workline
