"""Unseen documents: the CPU of each alone, and the median of them."""

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphql import parse, validate

from tests.bench.calls import Call
from tests.bench.cpu import cpu_of_threads, processes_of
from tests.bench.data import Bench
from tests.bench.operations import OPERATIONS
from tests.bench.operations.generated import SHAPES
from tests.bench.servers import Server
from tests.support.application import APPLICATION

OPERATION = OPERATIONS["shape"]
WARM_UP = 20
PAUSE = 0.002
"""Seconds until a server has finished its work after a response."""


@dataclass(frozen=True)
class Unseen:
    """Milliseconds of CPU for an unseen document: medians of server and PostgreSQL, by server."""

    servers: dict[str, float]
    parse_and_validate: float
    """Milliseconds of graphql-core for the same documents with Workline's schema."""


def measure(servers: list[Server], bench: Bench, *, rounds: int) -> Unseen:
    """Send each server its own documents in every round, one at a time."""
    able = [server for server in servers if server.contestant.can(OPERATION)]
    taken: dict[str, list[float]] = {server.name: [] for server in able}
    for turn in range(1, rounds + 1):
        for server in able if turn % 2 else reversed(able):
            taken[server.name] += one_round(server, bench, server.calls.of(OPERATION, turn=turn))
    texts = [OPERATION.text("workline", call.variables) for call in able[0].calls.of(OPERATION, turn=1)]
    medians = {name: statistics.median(each) for name, each in taken.items()}
    return Unseen(medians, statistics.median(validations(texts)))


def one_round(server: Server, bench: Bench, calls: Sequence[Call]) -> Iterator[float]:
    """Yield the milliseconds of CPU of each request; the connections and the code are warm before the first."""
    for call in server.calls.of(OPERATION, most=WARM_UP):
        server.fetch(call)
    server.settle()
    processes = [*processes_of(server.process.pid), *processes_of(bench.pid)]
    for call in calls[:SHAPES]:
        before = cpu_of_threads(processes)
        server.fetch(call)
        time.sleep(PAUSE)
        yield (cpu_of_threads(processes) - before) * 1e3


def validations(texts: Sequence[str]) -> Iterator[float]:
    """Yield the milliseconds of CPU that graphql-core needs to parse and validate each document."""
    schema = APPLICATION.build().graphql_schema
    for text in texts:
        began = time.process_time_ns()
        assert not validate(schema, parse(text))
        yield (time.process_time_ns() - began) / 1e6
