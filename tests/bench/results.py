"""What was measured, as values that are written down: medians, and the ratios that the targets are about."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.calls import OPERATIONS
from tests.bench.contestants import OURS
from tests.bench.load import generator
from tests.bench.machine import description
from tests.bench.measuring import Measured, Samples

FILE = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Figures:
    """Of one server at one operation: CPU in milliseconds per request, latencies in milliseconds."""

    per_second: float
    server_cpu: float
    postgres_cpu: float
    p50_of_16: float
    p99_of_16: float
    p50_of_1: float
    p99_of_1: float
    statements: int
    around: int
    """Messages that frame the transaction: BEGIN with what is set, COMMIT, ROLLBACK."""

    @property
    def cpu(self) -> float:
        return self.server_cpu + self.postgres_cpu


type Table = dict[str, dict[str, Figures]]
"""By operation and server."""


@dataclass(frozen=True)
class Target:
    """A ratio that the project has promised: ``figure`` of Workline to that of ``other`` is ``most`` at most."""

    operation: str
    other: str
    most: float
    figure: Callable[[Figures], float]
    what: str = "CPU"


def cpu(figures: Figures) -> float:
    return figures.cpu


def seconds_per_request(figures: Figures) -> float:
    return 1 / figures.per_second


TARGETS = (
    *(Target(operation, "rows-isolated", 1.0, cpu) for operation in ("board", "nested", "list")),
    *(Target(operation, "strawberry", 1 / 15, cpu) for operation in ("board", "nested", "list")),
    *(Target(operation, "postgraphile", 1 / 1.5, cpu) for operation in ("board", "nested", "list")),
    *(
        Target(operation, "postgraphile", 1 / 1.5, seconds_per_request, "time at saturation")
        for operation in ("board", "nested", "list")
    ),
    Target("task", "rows-isolated", 1.5, cpu),
    Target("task", "postgraphile", 1.0, cpu),
    Target("create", "rows-isolated", 1.5, cpu),
)


def ratios(table: Table) -> list[dict[str, Any]]:
    """Each target with what was reached; those whose server did not take part are left out."""
    return [
        {
            "operation": target.operation,
            "of": target.what,
            "to": target.other,
            "most": round(target.most, 3),
            "reached": round(reached, 3),
            "kept": reached <= target.most,
        }
        for target in TARGETS
        if target.other in table[target.operation]
        for reached in [
            target.figure(table[target.operation][OURS]) / target.figure(table[target.operation][target.other])
        ]
    ]


def tabulate(measured: Measured, statements: Mapping[tuple[str, str], tuple[int, int]]) -> Table:
    """The medians of all rounds."""
    table: Table = {operation: {} for operation in OPERATIONS}
    for (name, operation), samples in measured.items():
        table[operation][name] = _figures(samples, *statements[name, operation])
    return table


def _figures(samples: Samples, statements: int, around: int) -> Figures:
    return Figures(
        per_second=round(samples.busy_median(lambda load: load.per_second), 1),
        server_cpu=round(samples.busy_median(lambda load: load.server_cpu), 4),
        postgres_cpu=round(samples.busy_median(lambda load: load.postgres_cpu), 4),
        p50_of_16=round(samples.busy_median(lambda load: load.p50), 3),
        p99_of_16=round(samples.busy_median(lambda load: load.p99), 3),
        p50_of_1=round(samples.single_median(lambda load: load.p50), 3),
        p99_of_1=round(samples.single_median(lambda load: load.p99), 3),
        statements=statements,
        around=around,
    )


def write(part: str, value: Mapping[str, Any]) -> None:
    """Put one part of the results into the file, with when and where they were measured; the others stay."""
    results = json.loads(FILE.read_text()) if FILE.exists() else {}
    when = datetime.now(UTC).replace(microsecond=0).isoformat()
    results[part] = {"measured": when, "machine": description(), "load": generator(), **value}
    FILE.write_text(json.dumps(results, indent=2) + "\n")


def plain(table: Table) -> dict[str, Any]:
    """The table as JSON has it."""
    return {operation: {name: asdict(row) for name, row in rows.items()} for operation, rows in table.items()}


def read_table() -> Table:
    """The table that was written last."""
    stored = json.loads(FILE.read_text())["comparison"]["operations"]
    return {operation: {name: Figures(**row) for name, row in rows.items()} for operation, rows in stored.items()}
