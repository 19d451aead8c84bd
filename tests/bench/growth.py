"""Growth of Workline's cost: with the rows of a page, and with the depth of a query."""

import statistics
from dataclasses import dataclass, replace
from typing import Any

import click

from tests.bench import results
from tests.bench.calls import Call, organizations
from tests.bench.contestants import CONTESTANTS, OURS, Contestant
from tests.bench.data import Bench, database
from tests.bench.load import put
from tests.bench.operations import OPERATIONS
from tests.bench.operations.operation import Operation
from tests.bench.servers import Server, running
from tests.bench.statements import count_one, logged

ROWS = (10, 100, 1_000, 10_000)
DEPTHS = range(1, 7)
CLIENTS = 4
LEVELS = (
    "tasks(first: 20) { nodes { id title",
    "comments(first: 2) { nodes { id body",
    "author { id name",
    "createdTasks(first: 2) { nodes { id title",
    "labels(first: 2) { nodes { id name",
    "tasks(first: 2) { nodes { id title",
)
"""Selection of a deeper level: a connection each, and one relation."""


@dataclass(frozen=True)
class Cost:
    """Cost of one request: CPU in milliseconds, rows in the response, statements."""

    cpu: float
    rows: int
    statements: int


def grow(*, rounds: int, seconds: float, keep: bool) -> None:
    """Measure, print and write the growth of cost."""
    contestant = next(each for each in CONTESTANTS if each.name == OURS)
    with database() as bench, running(larger(contestant), bench, organizations(bench), 1) as server:
        by_rows = {str(size): cost(server, server.calls.of(list_of(size)), bench, rounds, seconds) for size in ROWS}
        by_depth = {str(depth): cost(server, deep(server, depth), bench, rounds, seconds) for depth in DEPTHS}
    for title, table in (("rows", by_rows), ("levels", by_depth)):
        click.echo(f"\n{title:>8}{'CPU ms':>10}{'objects':>9}{'us each':>9}{'SQL':>6}")
        for name, each in table.items():
            click.echo(
                f"{name:>8}{each.cpu:>10.3f}{each.rows:>9}{each.cpu / each.rows * 1e3:>9.2f}{each.statements:>6}"
            )
    if keep:
        results.write("growth", {"rows": plain(by_rows), "levels": plain(by_depth)})


def larger(contestant: Contestant) -> Contestant:
    """Return Workline with the longest page that is measured."""
    return replace(contestant, environment={**contestant.environment, "WORKLINE_PAGE_SIZE_MAX": str(max(ROWS))})


def list_of(rows: int) -> Operation:
    """Return the list of tasks with this number of rows."""
    return replace(OPERATIONS["list"], draw=lambda *_: {"first": rows})


def deep(server: Server, depth: int) -> list[Call]:
    """Return a query of this number of nested levels."""
    text = " ".join(LEVELS[:depth])
    return server.calls.with_document("deep", f"query deep {{ {text} {'}' * text.count('{')} }}")


def cost(server: Server, calls: list[Call], bench: Bench, rounds: int, seconds: float) -> Cost:
    """Return the median of some rounds."""
    rows = statistics.median(objects(server.fetch(call)["data"]) for call in calls[:19])
    put(server, bench, calls, clients=CLIENTS, seconds=1)
    loads = [put(server, bench, calls, clients=CLIENTS, seconds=seconds) for _ in range(rounds)]
    used = statistics.median(load.server_cpu + load.postgres_cpu for load in loads)
    with logged(bench):
        server.fetch(calls[0])
        counted = count_one(server, calls, bench)
    return Cost(used, round(rows), counted.statements)


def objects(value: Any) -> int:
    """Return the number of rows in a response: objects with an id or a name."""
    if isinstance(value, list):
        return sum(map(objects, value))
    if isinstance(value, dict):
        return ("id" in value or "name" in value) + sum(map(objects, value.values()))
    return 0


def plain(table: dict[str, Cost]) -> dict[str, Any]:
    """Return the table as JSON."""
    return {
        name: {"cpu": round(each.cpu, 4), "rows": each.rows, "statements": each.statements}
        for name, each in table.items()
    }
