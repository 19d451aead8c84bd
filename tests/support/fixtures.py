"""Fixtures of the real API, and of databases with the organizations Alpha and Bravo."""

from collections.abc import AsyncIterator

import pytest

from graphql_app.execution.options import ExecutorOptions
from graphql_app.postgres.roles import Server
from graphql_app.testing.database_reset import RestoredDatabase, restored
from graphql_app.types.schema import Api
from tests.support.api import Workline, domain_api, served_from, serving
from tests.support.databases import TestDatabase, copy_of
from tests.support.error_cases import Clients, clients_of, everything_in
from tests.support.organizations import ALPHA, BRAVO, fill
from tests.support.rule_runner import Ruling, ruling_over


@pytest.fixture(scope="session")
def workline_api() -> Api:
    """Return the API of the five domains."""
    return domain_api()


@pytest.fixture(scope="session")
async def organizations_template(postgres: Server, template: str) -> AsyncIterator[str]:
    """Return the name of a database with both organizations, a template without connections."""
    async with copy_of(postgres, template) as made:
        await fill(made, ALPHA, BRAVO)
        yield made.name


@pytest.fixture(scope="session")
async def organizations(postgres: Server, organizations_template: str) -> AsyncIterator[TestDatabase]:
    """Provide both organizations for tests that only read."""
    async with copy_of(postgres, organizations_template) as made:
        yield made


@pytest.fixture(scope="session")
async def workline(mode: None, workline_api: Api, organizations: TestDatabase) -> AsyncIterator[Workline]:
    """Serve the API on both organizations for tests that only read."""
    async with serving(workline_api, organizations) as workline:
        yield workline


@pytest.fixture(scope="session")
async def planned(workline_api: Api, organizations: TestDatabase) -> AsyncIterator[Workline]:
    """Serve the API with plans for tests that only read."""
    async with serving(workline_api, organizations, ExecutorOptions(plan=True)) as workline:
        yield workline


@pytest.fixture(scope="session")
async def resolved(workline_api: Api, organizations: TestDatabase) -> AsyncIterator[Workline]:
    """Serve the same with resolvers."""
    async with serving(workline_api, organizations, ExecutorOptions(plan=False)) as workline:
        yield workline


@pytest.fixture(scope="session")
async def restored_organizations(postgres: Server, organizations_template: str) -> AsyncIterator[RestoredDatabase]:
    """Provide both organizations, restored after each test that changes them."""
    async with restored(postgres, organizations_template) as database:
        yield database


@pytest.fixture
async def own_organizations(restored_organizations: RestoredDatabase) -> AsyncIterator[TestDatabase]:
    """Provide both organizations for one test to change."""
    async with restored_organizations.lent() as database:
        yield database


@pytest.fixture
async def own_workline(workline: Workline, own_organizations: TestDatabase) -> AsyncIterator[Workline]:
    """Serve the API on organizations that the test may change."""
    async with served_from(workline, own_organizations) as own:
        yield own


@pytest.fixture
async def ruling(own_organizations: TestDatabase) -> AsyncIterator[Ruling]:
    """Run Alpha's rules without GraphQL, on organizations that the test may change."""
    async with ruling_over(own_organizations, ALPHA) as ruling:
        yield ruling


@pytest.fixture(scope="session")
async def clients(workline_api: Api, postgres: Server, organizations_template: str) -> AsyncIterator[Clients]:
    """Serve the application on both organizations, for refused calls, which change nothing."""
    async with copy_of(postgres, organizations_template) as made, clients_of(workline_api, made) as clients:
        before = await everything_in(made)
        yield clients
        after = await everything_in(made)
        # a failed login or refresh is counted
        after["login_failures"] = before["login_failures"]
        assert after == before, "a refused call has changed something"


@pytest.fixture
async def own_clients(workline_api: Api, own_organizations: TestDatabase) -> AsyncIterator[Clients]:
    """Serve the application on organizations that the test may change."""
    async with clients_of(workline_api, own_organizations) as clients:
        yield clients
