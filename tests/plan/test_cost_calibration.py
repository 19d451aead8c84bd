"""Calibration of the weights: correlation of the cost of random documents with the CPU time that they take.

Prints the correlation (``make test-slow ARGS='-s -k calibration'``). It asserts no time: the machine may be busy.
"""

import sys
import time
from collections.abc import AsyncIterator
from statistics import correlation

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from graphql_app.database.pool import ConnectionPool
from graphql_app.execution.executor import Executor
from graphql_app.execution.options import ExecutorOptions
from graphql_app.execution.request import GraphQLRequest
from graphql_app.execution.request_bounds import UNBOUNDED
from graphql_app.types.schema import Api
from tests.engine.examples import SEED
from tests.plan.demo_values import DemoWorld
from tests.plan.documents.selections import documents
from tests.plan.documents.tree import Document
from tests.support.databases import TestDatabase

pytestmark = pytest.mark.slow

DOCUMENTS, ROUNDS = 120, 5


@pytest.fixture(scope="module")
async def executor(workline_api: Api, demo_database: TestDatabase) -> AsyncIterator[Executor]:
    """Run the real API on the demo, and report costs."""
    connections = ConnectionPool(demo_database.app.url, demo_database.app.connect_args)
    yield Executor(workline_api, connections, ExecutorOptions(bounds=UNBOUNDED, report_cost=True))
    await connections.close()


def random_documents(api: Api, world: DemoWorld) -> list[Document]:
    """Return different plain documents."""
    found: dict[str, Document] = {}

    @seed(SEED)
    @settings(
        max_examples=DOCUMENTS,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(document=documents(api.graphql_schema, world.pools, plain=True))
    def draw(document: Document) -> None:
        found.setdefault(document.text, document)

    draw()
    return list(found.values())


async def test_the_cost_of_random_documents_correlates_with_their_cpu_time(
    executor: Executor, workline_api: Api, demo_world: DemoWorld
) -> None:
    costs, times = list[int](), list[float]()
    for document in random_documents(workline_api, demo_world):
        request = GraphQLRequest(document.text, document.values)
        body = (await executor.execute(request, viewer=demo_world.viewers[0])).body
        if "errors" in body:
            continue
        costs.append(body["extensions"]["cost"]["actualQueryCost"])
        rounds = []
        for _ in range(ROUNDS):
            started = time.process_time()
            await executor.execute(request, viewer=demo_world.viewers[0])
            rounds.append(time.process_time() - started)
        times.append(min(rounds))
    ranked, linear = correlation(costs, times, method="ranked"), correlation(costs, times)
    sys.stdout.write(f"\n{len(costs)} documents: rank correlation {ranked:.2f}, linear correlation {linear:.2f}\n")
    assert len(costs) > DOCUMENTS // 2
    assert ranked > 0, "an operation with a higher cost takes more time"
