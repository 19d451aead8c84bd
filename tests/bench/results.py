"""Measured values in the form of the file of results."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.cpu import description
from tests.bench.load import generator
from tests.bench.measuring import Measurement, Samples
from tests.bench.statements import Counted

FILE = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Figures:
    """Figures of one server at one operation: CPU per request and latencies of 16 clients, all in milliseconds."""

    per_second: float
    server_cpu: float
    postgres_cpu: float
    p50_of_16: float
    p99_of_16: float
    statements: int
    around: int
    """Messages around the transaction: BEGIN with its settings, COMMIT, ROLLBACK."""
    timeouts: int = 0

    @property
    def cpu(self) -> float:
        """Return the CPU of server and PostgreSQL together."""
        return self.server_cpu + self.postgres_cpu


type Table = dict[str, dict[str, Figures]]
"""Figures by operation and server."""


def tabulate(measured: Measurement, counted: Mapping[tuple[str, str], Counted]) -> Table:
    """Return the medians of all rounds."""
    table: Table = {}
    for (name, operation), samples in measured.samples.items():
        table.setdefault(operation, {})[name] = _figures(samples, counted.get((name, operation), Counted(0, 0, ())))
    return table


def _figures(samples: Samples, counted: Counted) -> Figures:
    return Figures(
        per_second=round(samples.median(lambda load: load.per_second), 1),
        server_cpu=round(samples.median(lambda load: load.server_cpu), 4),
        postgres_cpu=round(samples.median(lambda load: load.postgres_cpu), 4),
        p50_of_16=round(samples.median(lambda load: load.p50), 3),
        p99_of_16=round(samples.median(lambda load: load.p99), 3),
        statements=counted.statements,
        around=counted.around,
        timeouts=sum(load.timeouts for load in samples.busy),
    )


def write(part: str, value: Mapping[str, Any]) -> None:
    """Write one part of the results into the file, with time, machine and commit of the measurement."""
    results = json.loads(FILE.read_text()) if FILE.exists() else {}
    when = datetime.now(UTC).replace(microsecond=0).isoformat()
    about = {"measured": when, "commit": commit(), "machine": description(), "load": generator()}
    results[part] = {**about, **value}
    FILE.write_text(json.dumps(results, indent=2) + "\n")


def commit() -> str:
    """Return the measured commit, with a plus sign if files differ from it."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--abbrev=12", "--dirty=+"],
            cwd=FILE.parent, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()


def plain(table: Table) -> dict[str, Any]:
    """Return the table as JSON."""
    return {operation: {name: asdict(row) for name, row in rows.items()} for operation, rows in table.items()}


def read_table() -> Table:
    """Return the table that was written last."""
    stored = json.loads(FILE.read_text())["comparison"]["operations"]
    known = Figures.__dataclass_fields__.keys()
    return {
        operation: {name: Figures(**{key: row[key] for key in known if key in row}) for name, row in rows.items()}
        for operation, rows in stored.items()
    }
