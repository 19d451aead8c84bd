"""Fixtures of the plan tests: the toy and the real API, each with and without plans, and pools of values."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from graphql_app.database.pool import ConnectionPool
from graphql_app.execution.cost import CostLimits
from graphql_app.execution.executor import Executor
from graphql_app.execution.options import ExecutorOptions
from graphql_app.execution.request_bounds import UNBOUNDED
from graphql_app.identity.login_limits import LoginLimits
from graphql_app.identity.passwords import PasswordHasher
from graphql_app.identity.services import IdentityServices
from graphql_app.identity.tokens import Tokens
from graphql_app.limits import Limits
from graphql_app.postgres.addresses import Address
from graphql_app.postgres.roles import Server
from graphql_app.testing.client import Postbox
from graphql_app.types.schema import Api
from schema.seed import Sizes
from tests.engine.conftest import api, built, libraries, toy_template  # noqa: F401 (fixtures)
from tests.engine.examples import SEED
from tests.engine.toy.rows import insert
from tests.plan.demo_values import DemoWorld, look_at
from tests.plan.differential import Both
from tests.plan.toy_values import random_libraries, toy_script
from tests.seed.seeded import fill
from tests.support import organizations
from tests.support.databases import TestDatabase, connected, copy_of
from tests.support.passwords import CHEAP
from tests.support.settings import SECRET

SMALL = Limits(page_default=3, page_most=8)
"""Page sizes that keep deep documents cheap."""


@asynccontextmanager
async def both_on(api: Api, address: Address, services: Any) -> AsyncIterator[Both]:  # noqa: F811
    """Run both executors on one pool."""
    connections = ConnectionPool(address.url, address.connect_args)
    # few objects per pass, so that many documents are large
    options = [
        ExecutorOptions(
            limits=SMALL, costs=CostLimits(lists=100), bounds=UNBOUNDED, trace=True, plan=plan, objects_per_pass=100
        )
        for plan in (True, False)
    ]
    try:
        yield Both(*(Executor(api, connections, each, services) for each in options))
    finally:
        await connections.close()


@pytest.fixture(scope="session")
async def both_toys(postgres: Server, built: Api, toy_template: str) -> AsyncIterator[Both]:  # noqa: F811
    """Run the toy on its libraries, and on random ones."""
    async with copy_of(postgres, toy_template) as made:
        async with connected(made.admin) as connection:
            for library in random_libraries():
                await insert(connection, library.rows)
        async with both_on(built, made.app, toy_script()) as both:
            yield both


@pytest.fixture(scope="session")
async def demo_database(postgres: Server, template: str) -> AsyncIterator[TestDatabase]:
    """Provide a database that holds the demo, Alpha and Bravo."""
    async with copy_of(postgres, template) as made:
        await fill(made, Sizes(seed=SEED))
        await organizations.fill(made, organizations.ALPHA, organizations.BRAVO)
        yield made


@pytest.fixture(scope="session")
async def demo_world(workline_api: Api, demo_database: TestDatabase) -> DemoWorld:
    """Return the values of the database."""
    return await look_at(workline_api, demo_database)


@pytest.fixture(scope="session")
async def both_demos(workline_api: Api, demo_database: TestDatabase) -> AsyncIterator[Both]:
    """Run the real API on it."""
    passwords = PasswordHasher(1, cost=CHEAP)
    tokens = Tokens(SECRET, issuer="workline", ttl=timedelta(hours=1))
    # both modes must fail alike, however many documents are drawn
    limits = LoginLimits(SECRET, account_and_address=10**6, address=10**6, account=10**6)
    services = IdentityServices(tokens, passwords, limits, Postbox().outbox)
    async with both_on(workline_api, demo_database.app, services) as both:
        yield both
    passwords.close()
