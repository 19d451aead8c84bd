"""Metrics for Prometheus, read by the library's own parser."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from graphql_app.app import create_app
from graphql_app.database.pool import ConnectionPool, PoolOptions
from graphql_app.database.session import OperationSession
from graphql_app.errors import StartupError
from graphql_app.execution.executor import Executor
from graphql_app.execution.request import GraphQLRequest
from graphql_app.http.services import api_services
from graphql_app.identity.services import make_tokens
from graphql_app.telemetry.metrics import MOST_LABELS, OTHER, SAMPLED, Metrics, Sample, exposition, listening
from graphql_app.types.costs import ROOT_LIST, TOTAL
from graphql_app.viewer import Viewer
from tests.support.api import domain_api
from tests.support.application import MIGRATIONS
from tests.support.audited_organization import FOUND, JOIN
from tests.support.databases import TestDatabase
from tests.support.processes import PLAIN
from tests.support.settings import settings_for

TOKEN = "Zt8pWq3nKx5vLr7mYd2sHf9gJb4cRe6a"
UPDATE = """mutation Rename {
  updateTask(input: { id: "0197b3d2-0000-7000-8000-000000000000", title: "Paint" }) { errors { code } }
}"""


class Scrape:
    """Metrics of one scrape."""

    def __init__(self, text: str) -> None:
        self._samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    def value(self, name: str, **labels: str) -> float | None:
        """Return the value of a time series, or None if there is none."""
        found = [each.value for each in self._samples if each.name == f"workline_{name}" and each.labels == labels]
        return found[0] if found else None

    def labels(self, name: str, label: str) -> set[str]:
        """Return the values of a label."""
        return {each.labels[label] for each in self._samples if each.name == f"workline_{name}"}


def scrape_of(metrics: Metrics) -> Scrape:
    return Scrape(exposition(metrics.registry, "")[0].decode())


@pytest.fixture
async def owner(shared_database: TestDatabase) -> Viewer:
    """Found an organization, and return its owner."""
    viewer = Viewer(uuid4(), uuid4(), "OWNER")
    async with shared_database.as_system() as connection:
        await connection.execute(FOUND, viewer.organization_id)
        await connection.execute(JOIN, viewer.organization_id, viewer.user_id, viewer.role)
    return viewer


@asynccontextmanager
async def server(database: TestDatabase, viewer: Viewer, **changes: object) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the demo's API, and yield a client with the viewer's token."""
    settings = settings_for(database, pool_size=2, **changes)
    app = create_app(settings, api_services(domain_api(), MIGRATIONS))
    headers = {"authorization": f"Bearer {make_tokens(settings).issue(viewer).text}"}
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://server", headers=headers) as client,
    ):
        yield client


async def test_operations_are_counted_by_name_and_outcome(shared_database: TestDatabase, owner: Viewer) -> None:
    async with server(shared_database, owner) as client:
        for document in ("query Board { tasks { nodes { id } } }", "query Board { tasks(first: -1) { nodes { id } } }"):
            await client.post("/graphql", json={"query": document})
        await client.post("/graphql", json={"query": UPDATE})
        scrape = Scrape((await client.get("/metrics")).text)
    counted = "operation_duration_seconds_count"
    assert scrape.value(counted, operation="Board", outcome="ok") == 1
    assert scrape.value(counted, operation="Board", outcome="error") == 1
    assert scrape.value(counted, operation="Rename", outcome="user_error") == 1
    assert scrape.value("errors_total", code="BAD_USER_INPUT") == 1
    assert scrape.value("user_errors_total", code="NOT_FOUND") == 1
    assert scrape.value("documents_read_total") == 3
    assert scrape.value("pool_size") == 2


async def test_names_without_a_token_are_not_counted(shared_database: TestDatabase, owner: Viewer) -> None:
    async with server(shared_database, owner) as client:
        await client.post("/graphql", json={"query": "query Invented { __typename }"}, headers={"authorization": ""})
        scrape = Scrape((await client.get("/metrics")).text)
    assert scrape.labels("operation_duration_seconds_count", "operation") == {""}


async def test_log_ins_are_counted_by_their_outcome(shared_database: TestDatabase, owner: Viewer) -> None:
    document = 'mutation { logIn(input: { email: "a@b.example", password: "guessed-in-vain" }) { token } }'
    async with server(shared_database, owner, login_failures_max=1) as client:
        for _ in range(2):
            await client.post("/graphql", json={"query": document}, headers={"authorization": ""})
        scrape = Scrape((await client.get("/metrics")).text)
    assert scrape.value("logins_total", outcome="refused") == 1
    assert scrape.value("logins_total", outcome="limited") == 1


def test_the_number_of_counted_names_and_codes_is_bounded() -> None:
    metrics = Metrics()
    for number in range(MOST_LABELS + 10):
        metrics.answered(f"Name{number}", [f"CODE_{number}"], (), 0.1)
    metrics.answered("Name0", (), (), 0.1)
    scrape = scrape_of(metrics)
    assert len(scrape.labels("operation_duration_seconds_count", "operation")) == MOST_LABELS + 1
    assert scrape.value("operation_duration_seconds_count", operation=OTHER, outcome="error") == 10
    assert scrape.value("operation_duration_seconds_count", operation="Name0", outcome="ok") == 1
    assert scrape.value("errors_total", code=OTHER) == 10


async def test_statements_and_the_keys_of_batches_are_counted(shared_database: TestDatabase, owner: Viewer) -> None:
    pool = ConnectionPool(shared_database.app.url, shared_database.app.connect_args)
    executor = Executor(domain_api(), pool)
    request = GraphQLRequest("{ tasks { totalCount } workers { totalCount } }")
    assert (await executor.execute(request, viewer=owner)).codes == []
    session = OperationSession(pool, owner.organization_id)
    await session.fetch("SELECT 1", [], keys=7)
    await session.close()
    await pool.close()
    assert session.statements == 1
    metrics = pool.metrics
    assert (metrics.statements, metrics.batches, metrics.batch_keys) == (2, 1, 7)
    assert metrics.cost == 2 * (ROOT_LIST + TOTAL)


@pytest.mark.parametrize(("env", "token", "sent", "status"), [
    ("development", "", None, 200),
    ("development", TOKEN, None, 401),
    ("development", TOKEN, "wrong", 401),
    ("production", TOKEN, TOKEN, 200),
    ("production", "", None, 404),
])  # fmt: skip
async def test_metrics_require_the_token_and_are_off_in_production_without_one(
    shared_database: TestDatabase, owner: Viewer, env: str, token: str, sent: str | None, status: int
) -> None:
    async with server(shared_database, owner, env=env, metrics_token=token) as client:
        headers = {"authorization": "" if sent is None else f"Bearer {sent}"}
        assert (await client.get("/metrics", headers=headers)).status_code == status


async def test_the_pool_is_shown_by_its_endpoint(shared_database: TestDatabase, owner: Viewer) -> None:
    async with server(shared_database, owner, jobs="separate") as client:
        await client.post("/graphql", json={"query": "{ tasks { totalCount } }"})
        assert (await client.get("/health/pool")).json() == {"size": 2, "borrowed": 0, "idle": 1, "waiting": 0}


async def test_waits_for_a_connection_and_discarded_connections_are_counted(shared_database: TestDatabase) -> None:
    address = shared_database.app
    pool = ConnectionPool(address.url, address.connect_args, PoolOptions(size=1))
    first = await pool.acquire()
    waiting = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0)
    assert pool.status()["waiting"] == 1
    await pool.release(first)
    second = await waiting
    second.lost = True
    await pool.release(second)
    assert scrape_of(pool.metrics).value("pool_wait_seconds_count") == 1
    assert (pool.status()["waiting"], pool.discarded) == (0, 1)
    await pool.close()


async def test_totals_grow_by_the_difference_and_levels_are_replaced() -> None:
    metrics = Metrics()
    for level, total in ((3, 5), (1, 8)):
        metrics.record(Sample({"pool_idle": level}, {"plans_made": total}))
    scrape = scrape_of(metrics)
    assert (scrape.value("pool_idle"), scrape.value("plans_made_total")) == (1, 8)


async def test_a_running_server_samples_its_event_loop_and_its_garbage_collector() -> None:
    metrics = Metrics()
    async with metrics.sampled(lambda: Sample({}, {})):
        await asyncio.sleep(0)
        gc.collect(0)
        metrics.exposed()
    gc.collect(0)  # not during the block
    metrics.exposed()
    scrape = scrape_of(metrics)
    assert scrape.value("gc_pause_seconds_count", generation="0") == 1
    assert (scrape.value("cpu_seconds_total") or 0) > 0
    assert scrape.value("statements_total") == 0


async def test_metrics_have_a_port_of_their_own_on_request() -> None:
    metrics = Metrics()
    metrics.disconnects.inc()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with listening("127.0.0.1", port, metrics.registry):
        async with httpx.AsyncClient(verify=PLAIN) as client:
            answer = await client.get(f"http://127.0.0.1:{port}/metrics")
        assert Scrape(answer.text).value("disconnects_total") == 1
        with pytest.raises(StartupError, match="WORKLINE_METRICS_PORT"), listening("127.0.0.1", port, metrics.registry):
            pass


def test_every_sampled_value_has_a_description() -> None:
    assert all(text.endswith(".") for text in SAMPLED.values())
