"""Fixtures of the dashboard tests: the API on two businesses."""

from collections.abc import AsyncIterator

import pytest

from graphql_app.postgres.embedded import EmbeddedPostgres
from graphql_app.types.schema import Api
from tests.dashboard.business import Business
from tests.support.api import Workline, serving
from tests.support.databases import TestDatabase, copy_of


@pytest.fixture(scope="session")
async def business_template(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[tuple[str, Business, Business]]:
    """Return the name of a database with two businesses, and both of them."""
    async with copy_of(postgres, template) as made:
        mine, theirs = Business(1), Business(2)
        for business in (mine, theirs):
            await business.write(made)
        yield made.name, mine, theirs


@pytest.fixture(scope="session")
def mine(business_template: tuple[str, Business, Business]) -> Business:
    """Return the business of the viewer."""
    return business_template[1]


@pytest.fixture(scope="session")
def theirs(business_template: tuple[str, Business, Business]) -> Business:
    """Return the other business."""
    return business_template[2]


@pytest.fixture(scope="session")
async def businesses(
    postgres: EmbeddedPostgres, business_template: tuple[str, Business, Business]
) -> AsyncIterator[TestDatabase]:
    """Provide a database with both, for tests that only read."""
    async with copy_of(postgres, business_template[0]) as made:
        yield made


@pytest.fixture(scope="session")
async def dashboard(mode: None, workline_api: Api, businesses: TestDatabase) -> AsyncIterator[Workline]:
    """Serve the API on both, for tests that only read."""
    async with serving(workline_api, businesses) as workline:
        yield workline


@pytest.fixture
async def own_dashboard(
    mode: None, workline_api: Api, postgres: EmbeddedPostgres, business_template: tuple[str, Business, Business]
) -> AsyncIterator[Workline]:
    """Serve the API on both for one test that may change the rows."""
    async with copy_of(postgres, business_template[0]) as made, serving(workline_api, made) as workline:
        yield workline
