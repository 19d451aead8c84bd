"""Run of `make bench`: starts, compares, counts and measures the available servers; reports the others."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import click

from tests.bench import (
    chart,
    report,
    results,
    scaling,
    statements,
    targets,
)
from tests.bench import (
    new_documents as unseen,
)
from tests.bench import (
    startup as starting,
)
from tests.bench import (
    verification as answers,
)
from tests.bench.calls import organizations
from tests.bench.contestants import CONTESTANTS, OURS, OWN_RESOLVER
from tests.bench.data import Bench, database
from tests.bench.measuring import Measurement, disturbance, measure
from tests.bench.operations import KINDS, OPERATIONS
from tests.bench.operations.operation import Operation, Organization
from tests.bench.requests import measure_size
from tests.bench.results import Table
from tests.bench.servers import Failed, Server, running
from tests.bench.statements import Counted
from tests.bench.targets import Reached

EXTRAS = ("start", "processes", "latency")
"""Measurements other than operations."""
NAMES = tuple(dict.fromkeys([*KINDS, *OPERATIONS, *EXTRAS, *(each.name for each in CONTESTANTS)]))
"""Allowed values of ``--only``."""


@dataclass(frozen=True)
class Choice:
    """Selection of kinds, operations, extras and contestants by name; everything if it is empty."""

    names: frozenset[str]

    @property
    def operations(self) -> list[Operation]:
        """Return the selected operations except shapes, which are measured separately."""
        named = self.names.intersection([*KINDS, *OPERATIONS, *EXTRAS])
        chosen = [each for each in OPERATIONS.values() if not named or named & {each.kind, each.name}]
        return [each for each in chosen if each is not unseen.OPERATION]

    def has(self, *names: str) -> bool:
        """Return True if one of these is selected."""
        named = self.names.intersection([*KINDS, *OPERATIONS, *EXTRAS])
        return not named or bool(named.intersection(names))

    def includes(self, contestant: str) -> bool:
        """Return True if the contestant is selected; Workline always is."""
        named = self.names.intersection(each.name for each in CONTESTANTS)
        return not named or contestant in {OURS, OWN_RESOLVER, *named}


@dataclass
class Outcome:
    """Results of a run."""

    table: Table = field(default_factory=dict)
    counted: dict[tuple[str, str], Counted] = field(default_factory=dict)
    reached: list[Reached] = field(default_factory=list)
    latencies: list[scaling.Latency] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    extras: dict[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """Return the report."""
        lines = [*report.details(self.table), *report.sql(self.counted), *report.latencies(self.latencies)]
        lines += [*report.ratios(self.table, results.commit()), *report.targets(self.reached), "", *self.notes]
        return "\n".join(lines)


def compare(*, rounds: int, seconds: float, only: tuple[str, ...], keep: bool, seed: int) -> None:
    """Measure, print the tables, and write results.json and the chart unless they are not kept."""
    choice, outcome = Choice(frozenset(only)), Outcome()
    with database() as bench:
        among = organizations(bench)
        with started(bench, among, choice, seed, outcome.notes) as servers:
            measure_operations(servers, choice, bench, outcome, rounds=rounds, seconds=seconds)
            measure_servers(servers, choice, bench, outcome, rounds=rounds, seconds=seconds)
        measure_starts(bench, among, choice, outcome, rounds=rounds, seconds=seconds, seed=seed)
    click.echo(outcome.text())
    if keep:
        write(outcome, rounds=rounds, seconds=seconds, seed=seed)


def measure_operations(
    servers: list[Server], choice: Choice, bench: Bench, outcome: Outcome, *, rounds: int, seconds: float
) -> None:
    """Compare answers, count statements, and load every server with every operation."""
    operations = choice.operations
    if not operations:
        return
    click.echo("Comparing answers.", err=True)
    outcome.notes += answers.compare(servers, operations, bench)
    for operation in operations:
        for server in servers:
            if server.contestant.name == OURS and not operation.compared:
                measure_size(server, operation)
    click.echo("Counting statements.", err=True)
    outcome.counted |= statements.count(servers, operations, bench)
    measured: Measurement = measure(servers, operations, bench, rounds=rounds, seconds=seconds)
    outcome.table |= results.tabulate(measured, outcome.counted)
    outcome.reached += targets.of_table(outcome.table)
    outcome.notes += [*answers.notes(servers), *disturbance(measured)]


def measure_servers(
    servers: list[Server], choice: Choice, bench: Bench, outcome: Outcome, *, rounds: int, seconds: float
) -> None:
    """Measure unseen shapes and latencies on the running servers."""
    if choice.has("shapes", "shape"):
        click.echo("Comparing and measuring shapes that were not seen before.", err=True)
        answers.compare(servers, [unseen.OPERATION], bench)
        shapes = unseen.measure(servers, bench, rounds=rounds)
        outcome.extras["shapes"] = asdict(shapes)
        outcome.reached += targets.of_shapes(shapes)
    if choice.has("latency"):
        outcome.latencies += scaling.latencies(servers, bench, seconds=seconds)
        outcome.extras["latency"] = scaling.plain(outcome.latencies)


def measure_starts(
    bench: Bench, among: list[Organization], choice: Choice, outcome: Outcome, *, rounds: int, seconds: float, seed: int
) -> None:
    """Measure with separate servers: two processes compared with one, and starts."""
    if choice.has("processes"):
        measured = scaling.processes(bench, among, rounds=rounds, seconds=seconds, seed=seed)
        outcome.extras["processes"] = scaling.plain(measured)
        outcome.reached += targets.of_processes(measured)
    if choice.has("start"):
        start = starting.measure(bench, among, rounds=rounds, seed=seed)
        outcome.extras["start"] = start.seconds
        outcome.reached += targets.of_start(start)


def write(outcome: Outcome, *, rounds: int, seconds: float, seed: int) -> None:
    """Write results.json and the chart."""
    options = {"rounds": rounds, "seconds": seconds, "seed": seed, "notes": outcome.notes}
    ratios = [{**asdict(each), "verdict": each.verdict} for each in outcome.reached]
    sql = {operation: each.sql for (name, operation), each in outcome.counted.items() if name == "rows-isolated"}
    parts = {"ratios": ratios, "operations": results.plain(outcome.table), "sql_by_hand": sql, **outcome.extras}
    results.write("comparison", {**options, **parts})
    chart.draw(outcome.table)


@contextmanager
def started(
    bench: Bench, among: list[Organization], choice: Choice, seed: int, notes: list[str]
) -> Iterator[list[Server]]:
    """Start the selected and available servers, Workline always. Note the reasons for missing ones."""
    operations = [*choice.operations, *([unseen.OPERATION] if choice.has("shapes", "shape") else [])]
    with ExitStack() as stack:
        servers = []
        for contestant in CONTESTANTS:
            needed = contestant.name == OURS or any(map(contestant.can, operations))
            if not choice.includes(contestant.name) or not needed:
                continue
            reason = contestant.missing()
            if reason is None:
                try:
                    servers.append(stack.enter_context(running(contestant, bench, among, seed)))
                    continue
                except Failed as failure:
                    if not contestant.peer:
                        raise
                    reason = str(failure)
            notes.append(f"{contestant.title} is left out: {reason}.")
            click.echo(notes[-1], err=True)
        yield servers
