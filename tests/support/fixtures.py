"""The real API, and databases that hold the organizations Alpha and Bravo."""

from collections.abc import AsyncIterator

import pytest

from graphql_app.execution.executor import ExecutorOptions
from graphql_app.postgres.roles import Server
from graphql_app.testing.restored import RestoredDatabase, restored
from graphql_app.types.schema import Api
from tests.support.databases import TestDatabase, copy_of
from tests.support.organizations import ALPHA, BRAVO, fill
from tests.support.refusals import Clients, clients_of, everything_in
from tests.support.ruling import Ruling, ruling_over
from tests.support.workline import Workline, domain_api, elsewhere, serving


@pytest.fixture(scope="session")
def workline_api() -> Api:
    """The API of the five domains."""
    return domain_api()


@pytest.fixture(scope="session")
async def organizations_template(postgres: Server, template: str) -> AsyncIterator[str]:
    """The name of a database with both organizations, which others are copies of. Nobody is connected to it."""
    async with copy_of(postgres, template) as made:
        await fill(made, ALPHA, BRAVO)
        yield made.name


@pytest.fixture(scope="session")
async def organizations(postgres: Server, organizations_template: str) -> AsyncIterator[TestDatabase]:
    """Both organizations, for tests that only read."""
    async with copy_of(postgres, organizations_template) as made:
        yield made


@pytest.fixture(scope="session")
async def workline(mode: None, workline_api: Api, organizations: TestDatabase) -> AsyncIterator[Workline]:
    """The API on both organizations, for tests that only read."""
    async with serving(workline_api, organizations) as workline:
        yield workline


@pytest.fixture(scope="session")
async def planned(workline_api: Api, organizations: TestDatabase) -> AsyncIterator[Workline]:
    """The API on organizations that tests only read, answering by plans."""
    async with serving(workline_api, organizations, ExecutorOptions(plan=True)) as workline:
        yield workline


@pytest.fixture(scope="session")
async def resolved(workline_api: Api, organizations: TestDatabase) -> AsyncIterator[Workline]:
    """The same, answering by resolvers."""
    async with serving(workline_api, organizations, ExecutorOptions(plan=False)) as workline:
        yield workline


@pytest.fixture(scope="session")
async def restored_organizations(postgres: Server, organizations_template: str) -> AsyncIterator[RestoredDatabase]:
    """Both organizations, restored after each test that changes them."""
    async with restored(postgres, organizations_template) as database:
        yield database


@pytest.fixture
async def own_organizations(restored_organizations: RestoredDatabase) -> AsyncIterator[TestDatabase]:
    """Both organizations, for one test to change."""
    async with restored_organizations.lent() as database:
        yield database


@pytest.fixture
async def own_workline(workline: Workline, own_organizations: TestDatabase) -> AsyncIterator[Workline]:
    """The API on organizations that the test may change."""
    async with elsewhere(workline, own_organizations) as own:
        yield own


@pytest.fixture
async def ruling(own_organizations: TestDatabase) -> AsyncIterator[Ruling]:
    """Alpha's rules without GraphQL, on organizations that the test may change."""
    async with ruling_over(own_organizations, ALPHA) as ruling:
        yield ruling


@pytest.fixture(scope="session")
async def clients(workline_api: Api, postgres: Server, organizations_template: str) -> AsyncIterator[Clients]:
    """The application on both organizations, for calls that change nothing since they are refused."""
    async with copy_of(postgres, organizations_template) as made, clients_of(workline_api, made) as clients:
        before = await everything_in(made)
        yield clients
        assert await everything_in(made) == before, "a call that was refused has changed something"


@pytest.fixture
async def own_clients(workline_api: Api, own_organizations: TestDatabase) -> AsyncIterator[Clients]:
    """The application on organizations that the test may change."""
    async with clients_of(workline_api, own_organizations) as clients:
        yield clients
