"""Trace of one operation, for developers: its steps, its statements and its plans, in ``extensions.trace``."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter

CURRENT: ContextVar["OperationTrace | None"] = ContextVar("operation_trace", default=None)
"""Trace of the current operation, or None if it is not traced."""


@dataclass(slots=True)
class OperationTrace:
    """Parts of one operation. All times are in milliseconds, and begin with the creation of the trace."""

    explains: bool = False
    """True to execute EXPLAIN for each statement."""
    started: float = field(default_factory=perf_counter)
    steps: list[dict[str, object]] = field(default_factory=list)
    """Finished steps with their times."""
    statements: list[dict[str, object]] = field(default_factory=list)
    """Statements in the order of their completion."""
    plans: dict[str, object] = field(default_factory=dict)
    """Description of the executed programs by the fields for which they ran."""
    fell_back: str = ""
    """Reason for an execution without a plan, if plans are on; else empty."""
    senders: dict[str, object] = field(default_factory=dict)
    """Steps of programs by the statements that they sent."""

    def times(self, started: float) -> dict[str, object]:
        """Return the start and the duration of something that ends now. ``started`` is a value of perf_counter."""
        return {
            "start": round((started - self.started) * 1000, 3),
            "milliseconds": round((perf_counter() - started) * 1000, 3),
        }

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Add the block as a step."""
        started = perf_counter()
        try:
            yield
        finally:
            self.steps.append({"name": name, **self.times(started)})

    def add_statement(self, sql: str, keys: int, rows: int, times: dict[str, object], explained: list[str]) -> None:
        """Add a statement about ``keys`` parents. ``explained`` are the lines of PostgreSQL's plan, if any."""
        found: dict[str, object] = {"sql": sql, "keys": keys, "rows": rows, **times}
        if explained:
            found["explained"] = explained
        self.statements.append(found)

    def described(self) -> dict[str, object]:
        """Return the trace as JSON."""
        return {
            **self.times(self.started),
            "steps": self.steps,
            "statements": self.statements,
            "plans": self.plans,
            "fellBack": self.fell_back or None,
        }
