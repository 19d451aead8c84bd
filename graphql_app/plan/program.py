"""Programs: the statements of a plan, and the generated function that builds objects from their rows.

A program is independent of requests: the arguments of statements are read when it runs. It is called with the keys of
all parents at once.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

from graphql_app.authorization import Requirement
from graphql_app.errors import Forbidden
from graphql_app.models.base import Base
from graphql_app.plan.errors import Failed, FailedLookup, Value, lost
from graphql_app.plan.lists import GroupArguments, ListArguments
from graphql_app.sql.aggregates import Grouping, Measure
from graphql_app.sql.compiled import Compiled
from graphql_app.sql.joins import Output
from graphql_app.sql.row_rules import Audience

type Rows = Sequence[Any]
"""Rows of a statement, whose columns have different types."""
type ParentKey = Any
"""Key of a parent row, as text; None for a list of all records, an integer for the rows of a resolver."""
Function = Callable[..., Awaitable[dict[ParentKey, Value]]]
VALUES = 25
"""Number of values of an object that are counted as an additional object."""
BYTES_OF_A_CHARACTER, BYTES_OF_A_STEP = 6, 4_000
"""Measured memory of a program per character of its source, and per statement."""


class StepKind(Enum):
    """Kinds of statements."""

    FIND = "rows by one of their columns"
    LIST = "a page per key"
    COUNT = "number of rows per key"
    MEASURE = "aggregates over the rows per key"
    LOOK_AFTER = "existence of rows after a cursor per key"
    LOOK_BEFORE = "existence of rows before a cursor per key"
    GROUP = "groups per key"


@dataclass(slots=True)
class Columns:
    """Distinct outputs of a step. In a row, they follow ``offset`` other columns."""

    offset: int = 0
    items: list[Output] = field(default_factory=list)

    def place(self, output: Output) -> str:
        """Return the expression of the output in a row ``r``. Adds the output if it is new."""
        if output not in self.items:
            self.items.append(output)
        return f"r[{self.items.index(output) + self.offset}]"


@dataclass(slots=True)
class Step:
    """Statement of a program. ``listing`` is the index of its list, for all kinds but FIND."""

    kind: StepKind
    model: type[Base]
    column: str = ""
    outputs: Columns = field(default_factory=Columns)
    listing: int = -1
    measures: tuple[Measure, ...] = ()
    grouping: int = -1
    """For GROUP, the index of the grouping."""
    under: int = -1
    """Index of the step that reads the parent rows, -1 for the step of the field itself."""
    is_used: bool = True
    places: bool = False
    """For LIST, True if the values of cursors are also read."""
    compiled: dict[Audience | None, Compiled] = field(default_factory=dict)
    """Statements of FIND, which depend on nothing but the audience."""
    inserting: dict[Any, Compiled] = field(default_factory=dict)
    """For FIND, statements that insert such a row and return the same outputs, by the given columns."""


LOOP = re.compile("\0(.*?)\0(.*?)\0(.*?)\0")
PARAMETERS = "fetch, refused, page, cursor, grouping, call, typed, check, admits, keys, slices"
"""Parameters of the function: ``keys``, and methods of :mod:`graphql_app.plan.run` and of the context."""


def each(names: str, items: str, made: str) -> str:
    """Return the clause of a comprehension over ``items`` whose element is the expression ``made``."""
    objects = made.count("{") + made.count("r[") // VALUES
    return f"\0{names}\0{items}\0{max(1, objects)}\0"


@dataclass(slots=True)
class ProgramBuilder:
    """Program under construction: the lines of its function, its constants, and its steps with their arguments."""

    lines: list[str] = field(default_factory=list)
    constants: dict[str, object] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    listings: list[ListArguments] = field(default_factory=list)
    groupings: list[GroupArguments] = field(default_factory=list)
    calls: list[Any] = field(default_factory=list)
    """Fields with hand-written resolvers."""
    names: int = 0
    guard: str = ""
    """Name of the variable that is true if the viewer meets the requirements of the field that is being compiled."""
    guards: dict[tuple[str, Requirement], str] = field(default_factory=dict)
    """Names of these variables, by the outer one and the requirement of the field."""
    first: list[str] = field(default_factory=list)
    """Lines that compute them, before all others."""

    @contextmanager
    def guarded(self, requirement: Requirement) -> Iterator[str]:
        """Compile a field with a requirement; yield the name of its guard, which is evaluated once per run."""
        outer = self.guard
        known = self.guards.get((outer, requirement))
        if known is None:
            known = self.guards[outer, requirement] = self.name("admitted")
            self.first.append(
                f"{known} = {outer and f'{outer} and '}admits({self.constant('REQUIREMENT', requirement)})"
            )
        self.guard = known
        try:
            yield known
        finally:
            self.guard = outer

    def refusal(self, requirement: Requirement) -> str:
        """Return the expression of the value for viewers that do not meet a requirement: null, or an error."""
        if requirement.as_null:
            return "None"
        return f"denied({self.constant('MESSAGE', requirement.message)}, check)"

    def wanted(self, key: str) -> str:
        """Return the expression of a key whose rows are read only for viewers allowed to see them."""
        return f"({key} if {self.guard} else None)" if self.guard else key

    def emit(self, line: str) -> None:
        self.lines.append(line)

    def name(self, prefix: str) -> str:
        """Return an unused name."""
        self.names += 1
        return f"{prefix}{self.names}"

    def keys(self, expressions: Sequence[str], rows: str, *, nullable: bool) -> str:
        """Emit the list of distinct keys in ``rows``, without nulls if they are ``nullable``. Return its name."""
        keys = self.name("keys")
        key, loop = (
            (expressions[0], "") if len(expressions) == 1 else ("key", f" for key in ({', '.join(expressions)})")
        )
        present = f" if {key} is not None" if nullable else ""
        self.emit(f"{keys} = list(dict.fromkeys([{key} for r in {rows}{loop}{present}]))")
        return keys

    def constant(self, prefix: str, value: object) -> str:
        """Add a global variable of the function with this value; return its name."""
        name = self.name(prefix)
        self.constants[name] = value
        return name

    def add[T](self, items: list[T], item: T) -> int:
        """Add a step, listing, grouping or call; return its index."""
        items.append(item)
        return len(items) - 1

    def source(self, *, paced: bool = False) -> str:
        """Return the source of the function. A ``paced`` one builds objects in the slices of a pacer."""
        loop = r"async for part in slices(\2, \3) for \1 in part" if paced else r"for \1 in \2"
        body = "".join(f"    {LOOP.sub(loop, line)}\n" for line in (*self.first, *self.lines, "return result"))
        return f"async def run({PARAMETERS}):\n{body}"


class Program:
    """Compiled draft. ``source`` is the source of its ``function``, ``steps`` are its statements."""

    def __init__(self, draft: ProgramBuilder) -> None:
        self.steps, self.listings = tuple(draft.steps), tuple(draft.listings)
        self.groupings, self.calls = tuple(draft.groupings), tuple(draft.calls)
        self.source = draft.source()
        self._draft = draft
        self.function = self._function(self.source)

    @cached_property
    def paced(self) -> Function:
        """The same function for large operations, which yields to the event loop."""
        return self._function(self._draft.source(paced=True))

    @property
    def size(self) -> int:
        """Estimated memory in bytes, including its statements."""
        return BYTES_OF_A_CHARACTER * len(self.source) + BYTES_OF_A_STEP * len(self.steps)

    def _function(self, source: str) -> Function:
        found: dict[str, Any] = {**self._draft.constants, **NAMES}
        exec(compile(source, "<plan>", "exec"), found)  # noqa: S102 (made of names and literals that were validated)
        function: Function = found["run"]
        return function


def split(rows: Rows, keys: Sequence[ParentKey]) -> dict[ParentKey, list[object]]:
    """Return the rows of each key in their order. The first column of a row is the number of its key."""
    found: list[list[object]] = [[] for _ in range(len(keys) + 1)]
    for row in rows:
        found[row[0]].append(row)
    return dict(zip(keys, found[1:], strict=True))


@dataclass(frozen=True, slots=True)
class PageSlice:
    """Requested page. Its rows are in the direction of reading, with an extra row if more follow."""

    size: int
    backward: bool

    def split(self, rows: Rows, keys: Sequence[ParentKey]) -> dict[ParentKey, tuple[Rows, bool]]:
        """Return the page of each key."""
        return {key: self.kept(items) for key, items in split(rows, keys).items()}

    def kept(self, rows: Rows) -> tuple[Rows, bool]:
        """Return the page's rows in the list's order, and True if more follow in the direction of reading."""
        kept = rows[: self.size]
        return (kept[::-1] if self.backward else kept), len(rows) > self.size


def _text(key: object) -> str | None:
    """Return a key as text, as in rows; None for a list without a parent."""
    return None if key is None else str(key)


def _measure(value: Value, convert: Callable[[Any], Value]) -> Value:
    """Return the response value for a measure that the driver has returned."""
    return value if value is None or type(value) is Failed else convert(value)


class _Grouped(dict[ParentKey, list[tuple[dict[str, object], Rows]]]):
    """Groups of each key."""

    failed: Failed | None = None


def _grouped(rows: Rows, read: Callable[[], Grouping]) -> _Grouped | FailedLookup:
    """Return the groups of each key: the values that their records share, by column, and their measures."""
    failed = lost(rows)
    if failed is not None:
        return failed
    found = _Grouped()
    columns = [bucket.column for bucket in read().buckets] if rows else []
    for key, _, *values in rows:
        shared = dict(zip(columns, values, strict=False))
        found.setdefault(_text(key), []).append((shared, (key, *values[len(columns) :])))
    return found


def _by_key(build: Callable[[Any], Value], rows: Rows, empty: Rows) -> Callable[[ParentKey], Value]:
    """Return the function from a key to the value built from its row, or from ``empty`` if it has none."""
    failed = lost(rows)
    if failed is not None:
        return lambda key: build(failed)
    found = {_text(row[0]): row for row in rows}
    return lambda key: build(found.get(key, empty))


def _denied(message: str, check: Callable[[], None]) -> Failed:
    """Return the error of a field whose requirement the viewer does not meet."""
    check()
    return Failed(Forbidden(message))


NAMES = {
    "split": split,
    "text": _text,
    "measure": _measure,
    "by_key": _by_key,
    "grouped": _grouped,
    "lost": lost,
    "denied": _denied,
}
"""Functions that generated functions call."""
