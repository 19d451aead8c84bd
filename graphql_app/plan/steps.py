"""Steps: the statements of a plan, described but not yet built, since their arguments are only known when it runs."""

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from graphql_app.database.base import Base
from graphql_app.plan.listing import Listing
from graphql_app.statements.aggregates import Measure
from graphql_app.statements.compiled import Compiled
from graphql_app.statements.outputs import Output

VALUES = 25
"""Values that an object has without counting as another one."""


class Does(Enum):
    """What a step asks for."""

    FIND = "rows by one of their columns"
    LIST = "a page per key"
    COUNT = "how many rows each key has"
    MEASURE = "figures over the rows of each key"
    LOOK_AFTER = "which keys have rows from a place on"
    LOOK_BEFORE = "which keys have rows up to a place"
    GROUP = "the groups of each key"


@dataclass(slots=True)
class Step:
    """One statement. ``listing`` is the index of the list that it is about, for all but FIND."""

    does: Does
    model: type[Base]
    column: str = ""
    outputs: "Columns" = field(default_factory=lambda: Columns())
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
    """The statement, for FIND, which is the same whoever asks."""
    inserting: dict[Any, Compiled] = field(default_factory=dict)
    """For FIND, statements that insert such a row and read the same of it, by the columns that are given."""


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


LOOP = re.compile("\0(.*?)\0(.*?)\0(.*?)\0")


def each(names: str, items: str, made: str) -> str:
    """The clause of a comprehension that goes through ``items`` and makes the expression ``made`` of each."""
    objects = made.count("{") + made.count("r[") // VALUES
    return f"\0{names}\0{items}\0{max(1, objects)}\0"


def _loops(line: str, *, paced: bool) -> str:
    """A line with its clauses written out."""
    loop = r"async for part in slices(\2, \3) for \1 in part" if paced else r"for \1 in \2"
    return LOOP.sub(loop, line)


@dataclass(slots=True)
class Program:
    """The generated function as it grows: its lines, its constants, its steps and listings."""

    lines: list[str] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)
    groupings: list[Any] = field(default_factory=list)
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

    def step(self, step: Step) -> int:
        self.steps.append(step)
        return len(self.steps) - 1

    def listing(self, listing: Listing) -> int:
        self.listings.append(listing)
        return len(self.listings) - 1

    def grouping(self, grouping: Any) -> int:
        self.groupings.append(grouping)
        return len(self.groupings) - 1

    def source(self, result: str, *, paced: bool = False) -> str:
        """The text of the function. One that is ``paced`` makes objects in slices, and takes them from a pacer."""
        body = [_loops(line, paced=paced) for line in (*self.lines, f"return {result}")]
        parameters = "fetch, page, cursor, grouping, role, keys, slices"
        return f"async def run({parameters}):\n" + "\n".join(f"    {line}" for line in body) + "\n"
