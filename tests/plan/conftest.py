"""The toy and the real API, each answering with plans and without, and what documents about them are drawn from."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from graphql_app.database.connections import Connections
from graphql_app.execution.executor import Executor, ExecutorOptions
from graphql_app.postgres.addresses import Address
from graphql_app.views.api import Api
from graphql_app.views.limits import Limits
from tests.engine.conftest import api, libraries, toy_template  # noqa: F401 (fixtures)
from tests.engine.libraries import Libraries
from tests.plan.both import Both
from tests.plan.worlds import toy_script

SMALL = Limits(page_default=3, page_most=8)
"""Pages so small that deep documents stay cheap."""


@asynccontextmanager
async def both_on(made: Api, address: Address, services: Any) -> AsyncIterator[Both]:
    """Both ways on one pool."""
    connections = Connections(address.url, address.connect_args)
    options = [ExecutorOptions(limits=SMALL, trace=True, plan=plan) for plan in (True, False)]
    try:
        yield Both(*(Executor(made, connections, each, services) for each in options))
    finally:
        await connections.dispose()


@pytest.fixture(scope="session")
async def both_toys(api: Api, libraries: Libraries) -> AsyncIterator[Both]:  # noqa: F811
    """The toy on its libraries."""
    async with both_on(api, libraries.database.app, toy_script()) as both:
        yield both
