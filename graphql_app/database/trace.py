"""Trace of the statements of an operation, for developers."""

from dataclasses import dataclass, field
from time import perf_counter


@dataclass(slots=True)
class Trace:
    """Statements of one operation in the order of their completion."""

    statements: list[dict[str, object]] = field(default_factory=list)

    def note(self, sql: str, *, keys: int, rows: int, started: float) -> None:
        """Add a statement that has just completed. ``started`` is a value of perf_counter."""
        milliseconds = round((perf_counter() - started) * 1000, 3)
        self.statements.append({"sql": sql, "keys": keys, "rows": rows, "milliseconds": milliseconds})
