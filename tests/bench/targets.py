"""Targets of the project as ratios, and the measured ones."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.contestants import BY_HAND, OURS, OWN_RESOLVER, STATIC
from tests.bench.new_documents import Unseen
from tests.bench.operations import OPERATIONS
from tests.bench.results import Table
from tests.bench.scaling import Processes
from tests.bench.startup import STRAWBERRY, Start

TO_BY_HAND = {
    **dict.fromkeys(("board", "nested", "list", "relations"), 0.9),
    **dict.fromkeys(("levels", "filters"), 1.1),
    **dict.fromkeys(("task", "create", "update", "delete", "node", "roots", "search"), 1.4),
    "bulk": 1.5,
}
"""Maximum CPU relative to the hand-written handlers, by kind."""
UNDER_MERCURIUS = ("board", "nested", "list", "relations", "levels", "filters")
CACHED = {"literals_task_detail": "task_detail", "literals_filters": "filters"}
"""Document with variables, by the one with other literals each time."""
PLANNED = {"resolver_board": "board"}
"""List without a hand-written resolver, by the one with it."""


@dataclass(frozen=True)
class Reached:
    """Measured ratio: numerator, denominator, limit, value. Without a limit it is only reported."""

    what: str
    to: str
    reached: float
    most: float | None

    @property
    def verdict(self) -> str:
        """Return the verdict about the target."""
        return "reported" if self.most is None else "kept" if self.reached <= self.most else "MISSED"


def of_table(table: Table) -> Iterator[Reached]:
    """Yield the ratios of operations to those of other servers, and of documents to one another."""
    for name, rows in table.items():
        kind, ours = OPERATIONS[name].kind, rows.get(OURS)
        if ours is None:
            continue
        if BY_HAND in rows:
            yield Reached(name, BY_HAND, ours.cpu / rows[BY_HAND].cpu, TO_BY_HAND.get(kind))
        if "postgraphile" in rows:
            yield Reached(name, "postgraphile", ours.cpu / rows["postgraphile"].cpu, None if kind == "shapes" else 1.0)
        if "mercurius" in rows:
            most = 1.0 if kind in UNDER_MERCURIUS else None
            yield Reached(name, "mercurius", ours.cpu / rows["mercurius"].cpu, most)
        if STATIC in rows:
            yield Reached(name, STATIC, ours.cpu / rows[STATIC].cpu, 3.0)
    yield from _of_documents(table)


def _of_documents(table: Table) -> Iterator[Reached]:
    for name, cached in CACHED.items():
        if OURS in table.get(name, {}) and OURS in table.get(cached, {}):
            yield Reached(name, f"{cached}, cached", table[name][OURS].cpu / table[cached][OURS].cpu, 2.0)
    for name, planned in PLANNED.items():
        if OWN_RESOLVER in table.get(name, {}) and OURS in table.get(planned, {}):
            yield Reached(name, f"{planned}, planned", table[name][OWN_RESOLVER].cpu / table[planned][OURS].cpu, 2.5)


def of_shapes(unseen: Unseen) -> Iterator[Reached]:
    """Yield the ratios of an unseen document."""
    ours = unseen.servers.get(OURS)
    if ours is None:
        return
    for name, taken in unseen.servers.items():
        if name != OURS:
            yield Reached("shape", name, ours / taken, 1.0 if name == "postgraphile" else None)
    yield Reached("shape", "parse and validate", ours / unseen.parse_and_validate, 3.0)


def of_start(start: Start) -> Iterator[Reached]:
    """Yield the ratios of the time to the first response."""
    for name, seconds in start.seconds.items():
        if name != OURS:
            most = 1.5 if name == STRAWBERRY else None
            yield Reached("start to first answer", name, start.seconds[OURS] / seconds, most)


def of_processes(measured: list[Processes]) -> Iterator[Reached]:
    """Yield the ratios of two processes to one."""
    one, two = measured
    for name, cpu in two.cpu.items():
        yield Reached(f"{name}, two processes", "one process", cpu / one.cpu[name], 1.05)
    yield Reached("connections of the busiest of two", "an equal share", 1 + two.unevenness, 1.1)
