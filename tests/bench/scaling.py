"""Workline under few and many clients, and in two processes compared with one."""

import socket
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from typing import Any

import click
import psutil

from tests.bench.contestants import BY_HAND, CONTESTANTS, OURS, Contestant
from tests.bench.cpu import processes_of
from tests.bench.data import Bench
from tests.bench.load import put
from tests.bench.measuring import MANY
from tests.bench.operations import OPERATIONS
from tests.bench.operations.operation import Organization
from tests.bench.servers import Server, running

CLIENTS = (1, 16, 64, 256)
DOCUMENTS = ("task", "board", "create")
CONNECTIONS = 100


@dataclass(frozen=True)
class Latency:
    """Milliseconds, and requests per second, of one document under this number of clients."""

    server: str
    operation: str
    clients: int
    p50: float
    p99: float
    per_second: float


@dataclass(frozen=True)
class Processes:
    """Milliseconds of CPU per request by document, and connections of each process, for a number of processes."""

    count: int
    cpu: dict[str, float]
    connections: list[int]

    @property
    def unevenness(self) -> float:
        """Return the deviation of the busiest process from an equal share, relative to it."""
        share = sum(self.connections) / self.count
        return max(self.connections) / share - 1 if share else 0.0


def latencies(servers: list[Server], bench: Bench, *, seconds: float) -> list[Latency]:
    """Measure Workline and the hand-written handlers under each number of clients."""
    found = []
    for server in servers:
        if server.name not in (OURS, BY_HAND):
            continue
        for name in DOCUMENTS:
            calls = server.calls.of(OPERATIONS[name])
            for clients in CLIENTS:
                load = put(server, bench, calls, clients=clients, seconds=seconds)
                found.append(Latency(server.name, name, clients, load.p50, load.p99, load.per_second))
                click.echo(f"  {clients:4} clients  {name:8}{server.contestant.title:34}{load.p50:9.2f} ms", err=True)
    bench.tidy()
    return found


def processes(bench: Bench, among: list[Organization], *, rounds: int, seconds: float, seed: int) -> list[Processes]:
    """Measure one process and two, on the same cores."""
    ours = next(each for each in CONTESTANTS if each.name == OURS)
    found = []
    for count in (1, 2):
        with running(in_processes(ours, count), bench, among, seed, core=None) as server:
            cpu = {name: cost(server, bench, name, rounds, seconds) for name in DOCUMENTS}
            found.append(Processes(count, cpu, spread(server)))
        bench.tidy()
    return found


def in_processes(contestant: Contestant, count: int) -> Contestant:
    """Return the contestant with this number of processes."""
    return replace(contestant, environment={**contestant.environment, "WORKLINE_PROCESSES": str(count)})


def cost(server: Server, bench: Bench, name: str, rounds: int, seconds: float) -> float:
    """Return the milliseconds of CPU per request: the median of some rounds after a warm-up."""
    calls = server.calls.of(OPERATIONS[name])
    put(server, bench, calls, clients=MANY, seconds=1)
    loads = sorted(
        load.server_cpu + load.postgres_cpu
        for load in (put(server, bench, calls, clients=MANY, seconds=seconds) for _ in range(rounds))
    )
    return loads[len(loads) // 2]


def spread(server: Server) -> list[int]:
    """Return the number of a hundred connections that each serving process accepts."""
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            client.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.recv(65_536)
        accepted = Counter(
            pid
            for pid in processes_of(server.process.pid)
            for each in psutil.Process(pid).net_connections("tcp")
            if each.status == psutil.CONN_ESTABLISHED and each.laddr.port == server.port
        )
    return sorted(accepted.values())


def plain(found: list[Latency] | list[Processes]) -> list[dict[str, Any]]:
    """Return the figures as JSON."""
    return [asdict(each) for each in found]
