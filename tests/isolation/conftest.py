"""Databases to crawl: Alpha with or without Bravo, under both protections, one of them, or none."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from graphql_app.execution.cost import CostLimits
from graphql_app.execution.options import ExecutorOptions
from graphql_app.execution.request_bounds import UNBOUNDED
from graphql_app.postgres.roles import Server
from graphql_app.types.schema import Api
from tests.isolation.crawl_target import Ground, Probe
from tests.isolation.crawling import Answers, crawl
from tests.isolation.filter_probes import filtering
from tests.isolation.introspected import introspect
from tests.isolation.known_records import known_to
from tests.isolation.nested_probes import inside
from tests.isolation.order_probes import after_foreign_cursors, ordering, their_cursors
from tests.isolation.read_probes import reading
from tests.isolation.selections import Selections
from tests.isolation.without_policies import forget_policies
from tests.support.api import Workline, served_from, serving
from tests.support.application import APPLICATION
from tests.support.databases import TestDatabase, copy_of
from tests.support.organizations import ALPHA, BRAVO, fill
from tests.support.settings import settings_for
from tests.support.tenant_predicates import predicate_forgotten

COSTS = CostLimits(cost=10_000_000, lists=1_000)
"""Limits for documents that select everything."""
BY_PLANS = ExecutorOptions(bounds=replace(UNBOUNDED, tokens=100_000), timeout=100, plan=True, costs=COSTS)
BY_RESOLVERS = replace(BY_PLANS, plan=False)


@pytest.fixture(scope="session")
def workline_api(organizations: TestDatabase) -> Api:
    """Return the API as a subgraph, whose entities are crawled as well."""
    return APPLICATION.build(settings_for(organizations, federation=True))


@pytest.fixture(scope="session")
async def guarded(workline_api: Api, organizations: TestDatabase) -> AsyncIterator[Workline]:
    """Serve both organizations with both protections, as in production."""
    async with serving(workline_api, organizations, BY_PLANS) as workline:
        yield workline


@pytest.fixture(scope="session")
async def unprotected(postgres: Server, organizations_template: str) -> AsyncIterator[TestDatabase]:
    """Provide both organizations without row-level security."""
    async with copy_of(postgres, organizations_template) as made:
        await forget_policies(made)
        yield made


@pytest.fixture
async def by_predicate(guarded: Workline, unprotected: TestDatabase) -> AsyncIterator[Workline]:
    """Serve both organizations, isolated by the engine's statements."""
    async with served_from(guarded, unprotected) as workline:
        yield workline


@pytest.fixture
async def by_resolvers(workline_api: Api, unprotected: TestDatabase) -> AsyncIterator[Workline]:
    """Serve the same without plans."""
    async with serving(workline_api, unprotected, BY_RESOLVERS) as workline:
        yield workline


@pytest.fixture(scope="session")
async def forgetful(workline_api: Api, organizations: TestDatabase) -> AsyncIterator[Workline]:
    """Serve both organizations to tests that remove the engine's predicate."""
    async with serving(workline_api, organizations, BY_PLANS) as workline:
        yield workline


@pytest.fixture
def by_policies(forgetful: Workline) -> Iterator[Workline]:
    """Serve both organizations, isolated by row-level security."""
    with predicate_forgotten():
        yield forgetful


@pytest.fixture
async def by_nothing(forgetful: Workline, unprotected: TestDatabase) -> AsyncIterator[Workline]:
    """Serve both organizations without isolation."""
    with predicate_forgotten():
        async with served_from(forgetful, unprotected) as workline:
            yield workline


@pytest.fixture(scope="session")
async def ground(guarded: Workline) -> Ground:
    """Return the basis of the probes."""
    api = await introspect(guarded)
    alpha, bravo = [await known_to(guarded, api, each.viewer()) for each in (ALPHA, BRAVO)]
    return Ground(api, Selections(api), mine=alpha, theirs=bravo)


@pytest.fixture(scope="session")
async def probes(ground: Ground, guarded: Workline) -> list[Probe]:
    """Return all probes."""
    cursors = await their_cursors(guarded, ground, BRAVO.viewer())
    return [
        *reading(ground),
        *filtering(ground),
        *ordering(ground),
        *after_foreign_cursors(ground, cursors),
        *inside(ground),
    ]


@pytest.fixture(scope="session")
async def truth(postgres: Server, template: str, guarded: Workline, ground: Ground, probes: list[Probe]) -> Answers:
    """Return the expected answers: those of Alpha's owner without another organization."""
    async with copy_of(postgres, template) as database:
        await fill(database, ALPHA)
        async with served_from(guarded, database) as alone:
            return await crawl(alone, ground, probes)


@pytest.fixture(scope="session")
async def answers(guarded: Workline, ground: Ground, probes: list[Probe]) -> Answers:
    """Return the answers of Alpha's owner in production."""
    return await crawl(guarded, ground, probes)
