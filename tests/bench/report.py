"""Tables of the printed report."""

from collections.abc import Iterator, Mapping, Sequence

from tests.bench.contestants import BY_HAND, CONTESTANTS, OURS, OWN_RESOLVER
from tests.bench.operations import OPERATIONS
from tests.bench.results import Figures, Table
from tests.bench.scaling import Latency
from tests.bench.statements import Counted
from tests.bench.targets import Reached

TITLES = {contestant.name: contestant.title for contestant in CONTESTANTS}
HEAD = f"{'':34}{'requests':>10}{'CPU ms':>9}{'server':>9}{'Postgres':>9}{'times':>8}{'p50/p99 of 16':>18}{'SQL':>8}"
COLUMNS = {
    BY_HAND: "by hand",
    "one-sql": "one SQL",
    "strawberry": "Strawberry",
    "postgraphile": "PostGr.",
    "mercurius": "mercurius",
}


def details(table: Table) -> Iterator[str]:
    """Yield the figures of every operation. "times" is CPU per request in relation to Workline's."""
    for operation, rows in table.items():
        yield from ("", f"{operation}: {OPERATIONS[operation].title}", HEAD)
        ours = rows.get(OURS, rows.get(OWN_RESOLVER))
        for name, figures in rows.items():
            yield _row(TITLES[name], figures, ours or figures)
    if table:
        yield from ("", "SQL: statements, and messages that frame the transaction. Latencies in milliseconds.")


def _row(title: str, figures: Figures, ours: Figures) -> str:
    many = f"{figures.p50_of_16:.1f}/{figures.p99_of_16:.1f}"
    return (
        f"{title:34}{figures.per_second:>8.0f}/s{figures.cpu:>9.3f}{figures.server_cpu:>9.3f}{figures.postgres_cpu:>9.3f}"
        f"{figures.cpu / ours.cpu:>8.2f}{many:>18}{f'{figures.statements}+{figures.around}':>8}"
    )


def ratios(table: Table, commit: str) -> Iterator[str]:
    """Yield the table of ratios: Workline's CPU per request divided by that of each other server."""
    yield from ("", f"Commit {commit}")
    if not table:
        return
    yield "Workline's CPU per request, divided by that of others"
    yield f"{'':14}{'':24}{'CPU ms':>9}" + "".join(f"{title:>12}" for title in COLUMNS.values())
    for operation, rows in table.items():
        ours = rows.get(OURS, rows.get(OWN_RESOLVER))
        if ours is not None:
            parts = (f"{ours.cpu / rows[name].cpu:>12.2f}" if name in rows else f"{'-':>12}" for name in COLUMNS)
            yield f"{OPERATIONS[operation].kind:14}{operation:24}{ours.cpu:>9.3f}" + "".join(parts)


def targets(reached: Sequence[Reached]) -> Iterator[str]:
    """Yield the targets and the measured ratios."""
    yield from ("", "Targets")
    for each in reached:
        most = "" if each.most is None else f"at most {each.most:.2f}"
        yield f"  {each.what:36}{TITLES.get(each.to, each.to):34}{each.reached:>8.2f}   {most:14}{each.verdict}"


def latencies(found: Sequence[Latency]) -> Iterator[str]:
    """Yield the latencies under few and many clients."""
    if found:
        yield from ("", f"Latency{'':29}{'clients':>9}{'requests':>12}{'p50 ms':>10}{'p99 ms':>10}")
    for each in found:
        name = f"{each.operation}, {TITLES[each.server]}"
        yield f"{name:36}{each.clients:>9}{each.per_second:>10.0f}/s{each.p50:>10.2f}{each.p99:>10.2f}"


def sql(counted: Mapping[tuple[str, str], Counted]) -> Iterator[str]:
    """Yield the statements of the hand-written handlers."""
    if counted:
        yield from ("", "SQL by hand, a request of each operation")
    for (name, operation), each in counted.items():
        if name == BY_HAND:
            yield f"{operation}: {each.statements} statements, {each.around} messages around them"
            yield from (f"    {text}" for text in each.sql)
