"""Memory of the server over many requests of all kinds."""

import click

from tests.bench import results
from tests.bench.calls import organizations
from tests.bench.contestants import CONTESTANTS, OURS
from tests.bench.cpu import memory_mb
from tests.bench.data import Bench, database
from tests.bench.load import put
from tests.bench.measuring import FASTEST, MANY
from tests.bench.operations import OPERATIONS
from tests.bench.requests import requests
from tests.bench.servers import Server, running

REQUESTS = 100_000
STRETCH = 4.0
"""Seconds of load between two samples."""
SHARES = {
    "task": 3,
    "create": 2,
    "board": 2,
    "nested": 1,
    "list": 1,
    "node": 1,
    "update": 1,
    "delete": 1,
    "bulk": 1,
    "search": 1,
    "filters": 1,
    "levels": 1,
    "roots": 1,
    "literals_task_detail": 1,
    "introspection_types": 1,
}
"""Number of consecutive stretches of each operation."""


def soak(*, keep: bool) -> None:
    """Send requests until the total is reached, and print the server's memory in between."""
    contestant = next(each for each in CONTESTANTS if each.name == OURS)
    with database() as bench, running(contestant, bench, organizations(bench), 1) as server:
        warm_up(server, bench)
        looks = [(0, memory_mb(server.process.pid))]
        while looks[-1][0] < REQUESTS:
            answered = sum(stretch(server, bench, operation) for operation, n in SHARES.items() for _ in range(n))
            looks.append((looks[-1][0] + answered, memory_mb(server.process.pid)))
            click.echo(f"{looks[-1][0]:>9} requests  {looks[-1][1]:8.1f} MB")
            bench.tidy()
    growth = looks[-1][1] - looks[0][1]
    click.echo(f"From {looks[0][1]:.1f} to {looks[-1][1]:.1f} MB over {looks[-1][0]} requests: {growth:+.1f} MB.")
    if keep:
        steps = [{"requests": requests, "megabytes": round(used, 1)} for requests, used in looks]
        results.write("memory", {"steps": steps})


def warm_up(server: Server, bench: Bench) -> None:
    """Execute all operations once before the first sample."""
    for name in SHARES:
        put(server, bench, requests(server, OPERATIONS[name], bench, FASTEST * 2), clients=MANY, seconds=2)


def stretch(server: Server, bench: Bench, operation: str) -> int:
    """Run a load for a while, and return the number of answered requests."""
    calls = requests(server, OPERATIONS[operation], bench, round(FASTEST * STRETCH))
    return put(server, bench, calls, clients=MANY, seconds=STRETCH).requests
