"""`make bench`: who can take part is started, compared, counted and measured; the rest is said."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import click

from tests.bench import answers, chart, results, statements
from tests.bench.calls import organizations
from tests.bench.contestants import CONTESTANTS, OURS
from tests.bench.data import Bench, database
from tests.bench.measuring import disturbance, measure
from tests.bench.report import report
from tests.bench.servers import Failed, Server, running


def compare(*, rounds: int, seconds: float, only: tuple[str, ...], keep: bool) -> None:
    """Measure, print the table, and write results.json and the chart unless they are not to be kept."""
    skipped: list[str] = []
    with database() as bench, started(bench, only, skipped) as servers:
        click.echo("Comparing answers.", err=True)
        answers.compare(servers, bench)
        counted = statements.count(servers, bench)
        measured = measure(servers, bench, rounds=rounds, seconds=seconds)
        table = results.tabulate(measured, counted)
        notes = [*answers.notes(servers), *skipped, *disturbance(measured)]
    reached = results.ratios(table)
    click.echo(report(table, reached, notes))
    if keep:
        options = {"rounds": rounds, "seconds": seconds, "notes": notes}
        results.write("comparison", {**options, "ratios": reached, "operations": results.plain(table)})
        chart.draw(table)


@contextmanager
def started(bench: Bench, only: tuple[str, ...], skipped: list[str]) -> Iterator[list[Server]]:
    """The servers of those who are wanted and can take part, Workline always; why the others cannot is said."""
    among = organizations(bench)
    with ExitStack() as stack:
        servers = []
        for contestant in CONTESTANTS:
            if only and contestant.name not in (OURS, *only):
                continue
            reason = contestant.missing()
            if reason is None:
                try:
                    servers.append(stack.enter_context(running(contestant, bench, among)))
                    continue
                except Failed as failure:
                    if not contestant.peer:
                        raise
                    reason = str(failure)
            skipped.append(f"{contestant.title} is left out: {reason}.")
            click.echo(skipped[-1], err=True)
        yield servers
