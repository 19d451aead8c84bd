"""Metrics of a server process for Prometheus, by its client library.

Each application has a separate registry. If several processes serve one address, a scrape reaches any of them:
``DIRECTORY`` then names a directory in which the library keeps the values of all processes, and the endpoint returns
their sums. See https://prometheus.github.io/client_python/multiprocess/ and, for the names of metrics,
https://prometheus.io/docs/practices/naming/.
"""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Literal

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from graphql_app.errors import StartupError

log = structlog.get_logger("workline.server")

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable of the directory. The library reads it when it is imported, so only child processes use it."""

DURATIONS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
"""Upper bounds of the buckets of histograms, in seconds."""
MOST_LABELS = 200
"""Most values of a label that clients choose, such as names of operations. Each has about 40 time series."""
OTHER = "other"
"""Value of such a label beyond ``MOST_LABELS``."""
NAMESPACE = "workline"
UNNAMED = ""
"""Name of operations without a name, and of all operations without a token."""
INTERVAL = 0.5
"""Seconds between two samples."""

SAMPLED = {
    "pool_size": "Connections that the pool keeps open.",
    "pool_borrowed": "Connections in use.",
    "pool_idle": "Open connections that are not in use.",
    "pool_waiting": "Operations that wait for a connection.",
    "pool_discarded": "Connections that were closed because they were lost, not clean, too old or too many.",
    "operations_running": "Operations that are being answered, or wait.",
    "operations_waiting": "Operations that wait before any work is done for them, because the pool has no room.",
    "operations_shed": "Operations that were refused because the server was overloaded.",
    "websockets": "Open WebSockets.",
    "http_streams": "Open subscriptions over HTTP.",
    "cached_documents": "Documents in the cache.",
    "cached_document_bytes": "Approximate size of the documents in the cache, with their plans and results.",
    "cached_statements": "Compiled statements in the cache.",
    "cached_statement_bytes": "Approximate size of the compiled statements in the cache.",
    "documents_read": "Documents that were parsed and validated, because the cache did not contain them.",
    "plans_made": "Plans that were made, because the cache did not contain them.",
    "statements_compiled": "Statements that were compiled, because the cache did not contain them.",
    "statements": "Statements, without the beginnings and ends of transactions.",
    "batches": "Statements that read the lists or relations of several records.",
    "batch_keys": "Records whose lists or relations were read by these statements.",
    "jobs_waiting": "Background jobs of all organizations that are due, up to 10,000.",
    "jobs_oldest_waiting_seconds": "Time since the oldest of these jobs is due.",
    "cost": "Requested costs of operations.",
    "cpu_seconds": "Processor time of the process, in seconds.",
    "resident_bytes": "Memory of the process. Only on Linux.",
}
"""Descriptions of the sampled values."""
OF_THE_DATABASE = {"jobs_waiting", "jobs_oldest_waiting_seconds"}
"""Values that each process reads from the database, so that they are not added up."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Values of one moment: levels, which rise and fall, and totals, which only rise."""

    levels: Mapping[str, float]
    totals: Mapping[str, float]


class BoundedLabels:
    """Values of a label in the order of their first use, of which at most ``MOST_LABELS`` are kept."""

    def __init__(self) -> None:
        self._kept: set[str] = set()

    def __call__(self, value: str) -> str:
        """Return the value, or ``OTHER`` if there are too many."""
        if value in self._kept:
            return value
        if len(self._kept) >= MOST_LABELS:
            return OTHER
        self._kept.add(value)
        return value


class Metrics:
    """Metrics of one application in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._operations = self._histogram(
            "operation_duration_seconds", "Time to answer a GraphQL operation.", ("operation", "outcome")
        )
        self._errors = self._counter("errors", "Errors of responses.", ("code",))
        self._user_errors = self._counter("user_errors", "Responses with a user error of this code.", ("code",))
        self.statements = self.batches = self.batch_keys = self.cost = 0
        """Numbers of statements, of statements that read lists of several parents, and of these parents; and the sum of
        the requested costs of operations."""
        self.pool_wait = self._histogram("pool_wait_seconds", "Waits for a connection of the pool.")
        self.admission_wait = self._histogram(
            "admission_wait_seconds", "Waits of operations before any work is done for them."
        )
        self.logins = self._counter("logins", "Attempts to log in.", ("outcome",))
        self.job_steps = self._histogram(
            "job_step_duration_seconds", "Duration of a step of a background job.", ("name",)
        )
        self.job_failures = self._counter("job_failures", "Failures of background jobs and schedules.", ("name",))
        self.disconnects = self._counter("disconnects", "Requests whose clients left before the response.")
        self.event_loop_lag = self._histogram(
            "event_loop_lag_seconds", "Delay of a timer of the event loop, by running code."
        )
        self._collection = self._histogram("gc_pause_seconds", "Pauses by Python's garbage collector.", ("generation",))
        self._pauses: list[tuple[str, float]] = []
        self._read: Callable[[], Sample] = lambda: Sample({}, {})
        self._levels: dict[str, Gauge] = {}
        self._totals: dict[str, tuple[Counter, float]] = {}
        self._answered: dict[tuple[str, str], Histogram] = {}
        self._name, self._code = BoundedLabels(), BoundedLabels()

    def answered(self, operation: str, errors: Sequence[str], user_errors: Sequence[str], seconds: float) -> None:
        """Record an answered operation by its name, and the codes of its errors and user errors."""
        outcome = "error" if errors else "user_error" if user_errors else "ok"
        found = self._answered.get((operation, outcome))
        if found is None:
            label = self._name(operation)
            found = self._operations.labels(label, outcome)
            if label == operation:
                self._answered[operation, outcome] = found
        found.observe(seconds)
        for code in errors:
            self._errors.labels(self._code(code)).inc()
        for code in user_errors:
            self._user_errors.labels(self._code(code)).inc()

    def record(self, sample: Sample) -> None:
        """Record sampled values, whose names are in ``SAMPLED``."""
        for name, value in sample.levels.items():
            if name not in self._levels:
                self._levels[name] = self._gauge(name)
            self._levels[name].set(value)
        for name, total in sample.totals.items():
            if name not in self._totals:
                self._totals[name] = self._counter(name, SAMPLED[name]), 0
            counter, before = self._totals[name]
            counter.inc(total - before)
            self._totals[name] = counter, total

    @asynccontextmanager
    async def sampled(self, read: Callable[[], Sample]) -> AsyncIterator[None]:
        """Record samples, the delay of the event loop and pauses by the garbage collector during the block."""
        self._read = read
        with self._collections():
            task = asyncio.create_task(self._sample())
            try:
                yield
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _sample(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._take_samples()
            due = loop.time() + INTERVAL
            await asyncio.sleep(INTERVAL)
            self.event_loop_lag.observe(max(0.0, loop.time() - due))

    def _own_sample(self) -> Sample:
        levels: dict[str, float] = {}
        with suppress(OSError):  # https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            levels["resident_bytes"] = pages * os.sysconf("SC_PAGE_SIZE")
        counts = {
            "statements": self.statements,
            "batches": self.batches,
            "batch_keys": self.batch_keys,
            "cost": self.cost,
        }
        return Sample(levels, {**counts, "cpu_seconds": process_time()})

    @contextmanager
    def listening(self, host: str, port: int | None) -> Iterator[None]:
        """Serve the metrics on a separate port. Those of several processes are served by their parent."""
        with listening(host, None if DIRECTORY in os.environ else port, self.registry) as address:
            if address:
                log.info("metrics", address=address)
            yield

    def exposed(self) -> CollectorRegistry:
        """Return the metrics of all processes that serve the same address, with new samples of this one."""
        self._take_samples()
        directory = os.environ.get(DIRECTORY)
        return self.registry if directory is None else registry_of(directory)

    def _take_samples(self) -> None:
        self.record(self._read())
        self.record(self._own_sample())
        pauses, self._pauses = self._pauses, []
        for generation, seconds in pauses:
            self._collection.labels(generation).observe(seconds)

    @contextmanager
    def _collections(self) -> Iterator[None]:
        """Note the pauses by the garbage collector during the block, which the next sample records.

        A collection may begin while the library holds a lock that is not reentrant.
        """
        started = 0.0

        def collecting(phase: str, facts: Mapping[str, int]) -> None:
            nonlocal started
            if phase == "start":
                started = perf_counter()
            else:
                self._pauses.append((str(facts["generation"]), perf_counter() - started))

        gc.callbacks.append(collecting)
        try:
            yield
        finally:
            gc.callbacks.remove(collecting)

    def _histogram(self, name: str, description: str, labels: Sequence[str] = ()) -> Histogram:
        return Histogram(
            name, description, labels, namespace=NAMESPACE, registry=self.registry, buckets=[*DURATIONS, float("inf")]
        )

    def _counter(self, name: str, description: str, labels: Sequence[str] = ()) -> Counter:
        return Counter(name, description, labels, namespace=NAMESPACE, registry=self.registry)

    def _gauge(self, name: str) -> Gauge:
        mode: Literal["livemax", "livesum"] = "livemax" if name in OF_THE_DATABASE else "livesum"
        return Gauge(name, SAMPLED[name], namespace=NAMESPACE, registry=self.registry, multiprocess_mode=mode)


def registry_of(directory: str) -> CollectorRegistry:
    """Return the sums of the values of all processes, which are in files of ``directory``."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, directory)  # registers itself
    return registry


def exposition(registry: CollectorRegistry, accept: str) -> tuple[bytes, str]:
    """Return the metrics in the format that a scraper accepts, and its content type."""
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


@contextmanager
def listening(host: str, port: int | None, registry: CollectorRegistry) -> Iterator[str]:
    """Serve the metrics on a separate port, in a thread. Yield their address, or "" without a port.

    Raises StartupError if the port is not available.
    """
    if port is None:
        yield ""
        return
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StartupError(f"Cannot serve metrics on {host}:{port} (WORKLINE_METRICS_PORT): {reason}.") from error
    try:
        yield f"http://{host}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def shared_by_processes(host: str, port: int | None) -> Iterator[str]:
    """Add up the metrics of the child processes that start during the block, and serve them like ``listening``."""
    with TemporaryDirectory(prefix="workline-metrics-") as directory:
        os.environ[DIRECTORY] = directory
        try:
            with listening(host, port, registry_of(directory)) as address:
                yield address
        finally:
            del os.environ[DIRECTORY]


def forget_process(pid: int) -> None:
    """Remove the levels of a child process that has ended from the sums. Its totals remain."""
    mark_process_dead(pid)
