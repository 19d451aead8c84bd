"""The table that a person reads."""

from collections.abc import Iterator, Sequence
from typing import Any

from tests.bench.calls import OPERATIONS
from tests.bench.contestants import CONTESTANTS, OURS
from tests.bench.results import Figures, Table

TITLES = {contestant.name: contestant.title for contestant in CONTESTANTS}
HEAD = (
    f"{'':34}{'requests':>10}{'CPU ms':>9}{'server':>9}{'Postgres':>9}{'times':>8}"
    f"{'p50/p99 of 1':>16}{'p50/p99 of 16':>18}{'SQL':>8}"
)


def report(table: Table, ratios: Sequence[dict[str, Any]], notes: Sequence[str]) -> str:
    """Everything, as text. "times" is CPU per request in relation to Workline's."""
    lines: list[str] = []
    for operation, rows in table.items():
        lines += ["", f"{operation}: {OPERATIONS[operation]}", HEAD]
        lines += [_row(TITLES[name], figures, rows[OURS]) for name, figures in rows.items()]
    lines += ["", "SQL: statements, and messages that frame the transaction. Latencies in milliseconds."]
    return "\n".join([*lines, "", *targets(ratios), "", *notes])


def _row(title: str, figures: Figures, ours: Figures) -> str:
    one = f"{figures.p50_of_1:.2f}/{figures.p99_of_1:.2f}"
    many = f"{figures.p50_of_16:.1f}/{figures.p99_of_16:.1f}"
    return (
        f"{title:34}{figures.per_second:>8.0f}/s{figures.cpu:>9.3f}{figures.server_cpu:>9.3f}{figures.postgres_cpu:>9.3f}"
        f"{figures.cpu / ours.cpu:>8.2f}{one:>16}{many:>18}{f'{figures.statements}+{figures.around}':>8}"
    )


def targets(ratios: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What was promised and what was reached."""
    yield "Workline in relation to others"
    for each in ratios:
        verdict = "kept" if each["kept"] else "MISSED"
        what = f"{each['operation']}: {each['of']} to {TITLES[each['to']]}"
        yield f"  {what:60}{each['reached']:>7.3f}   at most {each['most']:<6} {verdict}"
