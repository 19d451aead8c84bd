"""Programs: the statements of a plan, and the generated function that makes objects of their rows.

The arguments of statements are only known when a program runs. A program holds nothing of any request, and is called
with the keys of all parents at once.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any

from graphql_app.models.base import Base
from graphql_app.plan.failures import Failed, FailedLookup, lost
from graphql_app.plan.lists import GroupArguments, ListArguments
from graphql_app.sql.aggregates import Grouping, Measure
from graphql_app.sql.compiled import Compiled
from graphql_app.sql.joins import Output
from graphql_app.types.scalars import write_decimal, write_moment

Function = Callable[..., Awaitable[dict[Any, Any]]]
Rows = Sequence[Any]
VALUES = 25
"""Values that an object has without counting as another one."""
BYTES_OF_A_CHARACTER, BYTES_OF_A_STEP = 6, 4_000
"""What a program was measured to take for its source, and for each statement."""


class StepKind(Enum):
    """The kinds of statements."""

    FIND = "rows by one of their columns"
    LIST = "a page per key"
    COUNT = "how many rows each key has"
    MEASURE = "figures over the rows of each key"
    LOOK_AFTER = "which keys have rows from a place on"
    LOOK_BEFORE = "which keys have rows up to a place"
    GROUP = "the groups of each key"


@dataclass(slots=True)
class Columns:
    """The outputs of a step, each once. ``offset`` other columns come before them in a row."""

    offset: int = 0
    items: list[Output] = field(default_factory=list)

    def place(self, output: Output) -> str:
        """The expression that reads the output from a row ``r``; it is selected from now on."""
        if output not in self.items:
            self.items.append(output)
        return f"r[{self.items.index(output) + self.offset}]"


@dataclass(slots=True)
class Step:
    """One statement. ``listing`` is the index of the list that it is about, for all but FIND."""

    does: StepKind
    model: type[Base]
    column: str = ""
    outputs: Columns = field(default_factory=Columns)
    listing: int = -1
    measures: tuple[Measure, ...] = ()
    grouping: int = -1
    """For GROUP, the index of what the list is grouped by."""
    under: int = -1
    """The step whose rows it is about, -1 for that of the field itself."""
    is_used: bool = True
    places: bool = False
    """For LIST, whether what cursors are made of is read as well."""
    compiled: Compiled | None = None
    """The statement, for FIND, which does not depend on the request."""
    inserting: dict[Any, Compiled] = field(default_factory=dict)
    """For FIND, statements that insert such a row and read the same of it, by the columns that are given."""


LOOP = re.compile("\0(.*?)\0(.*?)\0(.*?)\0")
PARAMETERS = "fetch, refused, page, cursor, grouping, call, typed, check, role, keys, slices"
"""What the function is given: ``keys`` and the methods of a :class:`graphql_app.plan.run.Run`."""


def each(names: str, items: str, made: str) -> str:
    """The clause of a comprehension that goes through ``items`` and makes the expression ``made`` of each."""
    objects = made.count("{") + made.count("r[") // VALUES
    return f"\0{names}\0{items}\0{max(1, objects)}\0"


def distinct(keys: Sequence[str], rows: str, *, nullable: bool) -> str:
    """The expression of the list of the keys in ``rows``, each once; ``nullable`` says that some may be null."""
    if len(keys) == 1:
        present = f" if {keys[0]} is not None" if nullable else ""
        return f"list(dict.fromkeys([{keys[0]} for r in {rows}{present}]))"
    present = " if key is not None" if nullable else ""
    return f"list(dict.fromkeys([key for r in {rows} for key in ({', '.join(keys)}){present}]))"


@dataclass(slots=True)
class Draft:
    """A program as it grows: the lines of its function, its constants, its steps and what they depend on."""

    lines: list[str] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    listings: list[ListArguments] = field(default_factory=list)
    groupings: list[GroupArguments] = field(default_factory=list)
    calls: list[Any] = field(default_factory=list)
    """The fields with resolvers of their own."""
    names: int = 0

    def emit(self, line: str) -> None:
        self.lines.append(line)

    def name(self, prefix: str) -> str:
        """A name that is not used yet."""
        self.names += 1
        return f"{prefix}{self.names}"

    def constant(self, prefix: str, value: Any) -> str:
        """A name under which the function finds ``value``."""
        name = self.name(prefix)
        self.constants[name] = value
        return name

    def add[T](self, items: list[T], item: T) -> int:
        """Add a step, listing, grouping or call; return its index."""
        items.append(item)
        return len(items) - 1

    def source(self, *, paced: bool = False) -> str:
        """The text of the function. One that is ``paced`` makes objects in slices, and takes them from a pacer."""
        loop = r"async for part in slices(\2, \3) for \1 in part" if paced else r"for \1 in \2"
        body = "".join(f"    {LOOP.sub(loop, line)}\n" for line in (*self.lines, "return result"))
        return f"async def run({PARAMETERS}):\n{body}"


class Program:
    """A compiled draft. ``source`` is the text of its ``function``, ``steps`` are the statements that it fetches."""

    def __init__(self, draft: Draft) -> None:
        self.steps, self.listings = tuple(draft.steps), tuple(draft.listings)
        self.groupings, self.calls = tuple(draft.groupings), tuple(draft.calls)
        self.source = draft.source()
        self._draft = draft
        self.function = self._function(self.source)

    @cached_property
    def paced(self) -> Function:
        """The same function for large operations, which shares the event loop."""
        return self._function(self._draft.source(paced=True))

    @property
    def size(self) -> int:
        """About how many bytes it takes, with the statements that are kept with it."""
        return BYTES_OF_A_CHARACTER * len(self.source) + BYTES_OF_A_STEP * len(self.steps)

    def _function(self, source: str) -> Function:
        found = {**self._draft.constants, **NAMES}
        exec(compile(source, "<plan>", "exec"), found)  # noqa: S102 (made of names and literals that were validated)
        function: Function = found["run"]
        return function


def split(rows: Rows, keys: Sequence[Any]) -> dict[Any, list[Any]]:
    """Each key's rows, which begin with its number among the keys, in the order in which they came."""
    found: list[list[Any]] = [[] for _ in range(len(keys) + 1)]
    for row in rows:
        found[row[0]].append(row)
    return dict(zip(keys, found[1:], strict=True))


@dataclass(frozen=True, slots=True)
class PageSlice:
    """A page as it is asked for. Its rows come in the direction of reading, and one too many when there are more."""

    size: int
    backward: bool

    def split(self, rows: Rows, keys: Sequence[Any]) -> dict[Any, tuple[Rows, bool]]:
        """Each key's page."""
        return {key: self.kept(items) for key, items in split(rows, keys).items()}

    def kept(self, rows: Rows) -> tuple[Rows, bool]:
        """The page's rows in the list's order, and whether there are more in the direction of reading."""
        kept = rows[: self.size]
        return (kept[::-1] if self.backward else kept), len(rows) > self.size


def _text(key: Any) -> str | None:
    """A key as rows hold it; None is that of a list without a parent."""
    return None if key is None else str(key)


def _figure(value: Any, exact: bool) -> Any:
    """A measure as the response shows it; ``exact`` for sums and averages, which are Decimals whatever the column."""
    if value is None or type(value) is Failed:
        return value
    if exact or isinstance(value, Decimal):
        return write_decimal(Decimal(value))
    return write_moment(value) if hasattr(value, "astimezone") else value


class _Grouped(dict[Any, list[tuple[dict[str, Any], Any]]]):
    """Each key's groups."""

    failed: Failed | None = None


def _grouped(rows: Rows, read: Callable[[], Grouping]) -> _Grouped | FailedLookup:
    """Each key's groups: what their records share, by column, and their measures."""
    failed = lost(rows)
    if failed is not None:
        return failed
    found = _Grouped()
    columns = [bucket.column for bucket in read().buckets] if rows else []
    for key, _, *values in rows:
        shared = dict(zip(columns, values, strict=False))
        found.setdefault(_text(key), []).append((shared, (key, *values[len(columns) :])))
    return found


def _showing(show: Callable[[Any], Any], rows: Rows, nothing: Any) -> Callable[[Any], Any]:
    """The function from a key to what is shown of its row, or of ``nothing`` when it has none."""
    failed = lost(rows)
    if failed is not None:
        return lambda key: show(failed)
    found = {_text(row[0]): row for row in rows}
    return lambda key: show(found.get(key, nothing))


NAMES = {"split": split, "text": _text, "figure": _figure, "showing": _showing, "grouped": _grouped, "lost": lost}
"""What every function can call."""
