"""Measurement in rounds, in which all servers take turns at each operation, so that a drift affects all of them."""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import click

from tests.bench.data import Bench
from tests.bench.load import Load, put
from tests.bench.operations.operation import Operation
from tests.bench.requests import requests
from tests.bench.servers import Failed, Server

MANY = 16
"""Number of clients that saturate a server."""
WARM_UP = 1.0
"""Seconds, once for each server and operation."""
QUIET = 0.3
"""Cores that other processes may use without a warning."""
FASTEST = 8_000
"""Requests per second that no server exceeds if each one consumes a row."""


@dataclass
class Samples:
    """Results of one server at one operation, by round."""

    busy: list[Load] = field(default_factory=list)

    def median(self, figure: Callable[[Load], float]) -> float:
        """Return the median of a figure over the rounds."""
        return statistics.median(map(figure, self.busy))


@dataclass
class Measurement:
    """Samples by server and operation, and problems during the measurement."""

    samples: dict[tuple[str, str], Samples] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def measure(
    servers: list[Server], operations: list[Operation], bench: Bench, *, rounds: int, seconds: float
) -> Measurement:
    """Measure everything, and print the progress. A load that fails is a problem, and the measurement continues."""
    measured = Measurement()
    for number in range(rounds):
        for operation, server in turns(servers, operations, number):
            samples = measured.samples.setdefault((server.name, operation.name), Samples())
            try:
                load = one_turn(server, operation, bench, seconds, warm=bool(samples.busy))
            except Failed as failure:
                measured.problems.append(f"round {number + 1}: {failure}")
                click.echo(f"  {measured.problems[-1]}", err=True)
                continue
            samples.busy.append(load)
            click.echo(f"  round {number + 1}/{rounds}  {operation.name:22}{line(server, load)}", err=True)
        bench.tidy()
    measured.samples = {key: samples for key, samples in measured.samples.items() if samples.busy}
    return measured


def line(server: Server, load: Load) -> str:
    """Return a load as text."""
    text = f"{server.contestant.title:34}{load.per_second:9.0f} /s {load.server_cpu:9.3f} + {load.postgres_cpu:.3f} ms"
    timeouts = f"  ({load.timeouts} timed out)" if load.timeouts else ""
    return f"{text}{timeouts}{'  (others were busy)' * (load.others > QUIET)}"


def turns(servers: list[Server], operations: list[Operation], number: int) -> Iterator[tuple[Operation, Server]]:
    """Yield all servers of an operation one after the other, in every second round in the opposite order."""
    for operation in operations:
        for server in servers if number % 2 == 0 else reversed(servers):
            if server.contestant.can(operation):
                yield operation, server


def disturbance(measured: Measurement) -> list[str]:
    """Return a warning if other processes took part of the cores; nothing on a quiet machine."""
    loads = [load for samples in measured.samples.values() for load in samples.busy]
    timeouts = sum(load.timeouts for load in loads)
    notes = [f"{timeouts} requests timed out; their CPU is counted."] if timeouts else []
    others = [load.others for load in loads]
    disturbed = sum(each > QUIET for each in others)
    if disturbed:
        most = f"usually {statistics.median(others):.1f} and at most {max(others):.1f} cores"
        notes.append(f"Not a quiet machine: others used {most}, and disturbed {disturbed} of {len(others)} loads.")
    return [*notes, *measured.problems]


def one_turn(server: Server, operation: Operation, bench: Bench, seconds: float, *, warm: bool) -> Load:
    """Load a server with one operation, with a warm-up before the first turn of the operation.

    Raises Failed if the load fails.
    """
    needed = round(FASTEST * (seconds + WARM_UP * (not warm)))
    calls = requests(server, operation, bench, needed)
    if not warm:
        first, calls = (
            (calls[: round(FASTEST * WARM_UP)], calls[round(FASTEST * WARM_UP) :]) if operation.rows else (calls, calls)
        )
        put(server, bench, first, clients=MANY, seconds=WARM_UP)
    load = put(server, bench, calls, clients=MANY, seconds=seconds)
    if operation.rows and load.requests + MANY > len(calls):
        raise Failed(f"{server.contestant.title}, {operation.name}: faster than {len(calls)} rows were made for.")
    return load
