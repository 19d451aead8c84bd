"""The measurement: rounds in which all servers take turns at each operation, so that a drift hits all of them."""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import click

from tests.bench.calls import OPERATIONS
from tests.bench.data import Bench
from tests.bench.load import Load, put
from tests.bench.servers import Server

MANY = 16
"""Clients of the load that saturates a server."""
WARM_UP = 1.0
"""Seconds, once for each server and operation."""
QUIET = 0.3
"""Cores that other processes may use without being mentioned."""


@dataclass
class Samples:
    """What one server's operation came to, round by round: under many clients, and with one."""

    busy: list[Load] = field(default_factory=list)
    single: list[Load] = field(default_factory=list)

    def busy_median(self, figure: Callable[[Load], float]) -> float:
        return statistics.median(map(figure, self.busy))

    def single_median(self, figure: Callable[[Load], float]) -> float:
        return statistics.median(map(figure, self.single))


type Measured = dict[tuple[str, str], Samples]
"""By server and operation."""


def measure(servers: list[Server], bench: Bench, *, rounds: int, seconds: float) -> Measured:
    """Measure everything, and say how it goes."""
    measured: Measured = {}
    for number in range(rounds):
        for operation, server in turns(servers, number):
            samples = measured.setdefault((server.contestant.name, operation), Samples())
            one_turn(server, operation, bench, samples, seconds)
            busy = samples.busy[-1]
            click.echo(
                f"  round {number + 1}/{rounds}  {operation:8}{server.contestant.title:34}{busy.per_second:9.0f} /s "
                f"{busy.server_cpu:9.3f} + {busy.postgres_cpu:.3f} ms{'  (others were busy)' * (busy.others > QUIET)}",
                err=True,
            )
        bench.tidy()
    return measured


def turns(servers: list[Server], number: int) -> Iterator[tuple[str, Server]]:
    """All servers at one operation after the other; every second round in the opposite order."""
    for operation in OPERATIONS:
        for server in servers if number % 2 == 0 else reversed(servers):
            yield operation, server


def disturbance(measured: Measured) -> list[str]:
    """A warning if other processes took part of the cores; nothing on a quiet machine."""
    others = [load.others for samples in measured.values() for load in samples.busy]
    disturbed = sum(each > QUIET for each in others)
    if not disturbed:
        return []
    most = f"usually {statistics.median(others):.1f} and at most {max(others):.1f} cores"
    return [f"Not a quiet machine: others used {most}, and disturbed {disturbed} of {len(others)} loads."]


def one_turn(server: Server, operation: str, bench: Bench, samples: Samples, seconds: float) -> None:
    """Many clients, then one; before the first turn of an operation, a while that does not count."""
    calls = server.calls.of(operation)
    if not samples.busy:
        put(server, bench, calls, clients=MANY, seconds=WARM_UP)
    samples.busy.append(put(server, bench, calls, clients=MANY, seconds=seconds))
    samples.single.append(put(server, bench, calls, clients=1, seconds=max(1.0, seconds / 2)))
