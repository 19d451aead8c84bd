"""What an operation sent to the database, for whoever develops against it."""

from dataclasses import dataclass, field
from time import perf_counter
from typing import Any


@dataclass(slots=True)
class Trace:
    """The statements of one operation in the order in which they were answered."""

    statements: list[dict[str, Any]] = field(default_factory=list)

    def note(self, sql: str, *, keys: int, rows: int, started: float) -> None:
        """Add a statement that was sent at ``started`` (by perf_counter) and has been answered just now."""
        milliseconds = round((perf_counter() - started) * 1000, 3)
        self.statements.append({"sql": sql, "keys": keys, "rows": rows, "milliseconds": milliseconds})
