"""Stage four: a plan, the program compiled to a function, and what it can be called with.

A plan answers one field of a document: a list, or records found by id, with everything that is selected below it. It
holds nothing of any request, and is called with the keys of all parents at once.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from graphql import FieldNode

from graphql_app.database.base import Base
from graphql_app.plan.compiler import Compiler, Found, Listed
from graphql_app.plan.grouping import Groups
from graphql_app.plan.levels import emit_found, emit_list
from graphql_app.plan.listing import Listing
from graphql_app.plan.parts import split
from graphql_app.plan.selection import Operation
from graphql_app.plan.steps import Program, Step
from graphql_app.statements.aggregates import Grouping
from graphql_app.views.lists import ListField
from graphql_app.views.scalars import write_decimal, write_moment

Function = Callable[..., Awaitable[dict[Any, Any]]]
BYTES_OF_A_CHARACTER, BYTES_OF_A_STEP = 6, 4_000
"""What a plan was measured to take for its source, and for each statement."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A compiled field: ``function`` is what ``source`` spells; ``steps`` are the statements that it fetches."""

    function: Function
    source: str
    steps: Sequence[Step]
    listings: Sequence[Listing]
    groupings: Sequence[Groups]
    paced: Callable[[], Function]
    """Gives the same function for large operations, which shares the event loop; it is made when it is first used."""

    @property
    def size(self) -> int:
        """About how many bytes it takes, with the statements that are kept with it."""
        return BYTES_OF_A_CHARACTER * len(self.source) + BYTES_OF_A_STEP * len(self.steps)


def plan_list(operation: Operation, field: ListField, definition: Any, nodes: Sequence[FieldNode]) -> Plan:
    """A plan that gives the connection of each key. Raises Unplannable."""
    program = Program()
    emit_list(Compiler(operation, program), Listed((field, definition), "", filled=[("result", nodes)]), "keys")
    return _plan(program)


def plan_records(operation: Operation, model: type[Base], column: str, nodes: Sequence[FieldNode]) -> Plan:
    """A plan that gives the record with each key, where there is one. Raises Unplannable."""
    program = Program()
    emit_found(Compiler(operation, program), Found(model, column, filled=[("result", nodes)]), "keys")
    return _plan(program)


def _plan(program: Program) -> Plan:
    names: dict[str, Any] = {
        **program.constants,
        "split": split,
        "text": _text,
        "figure": _figure,
        "showing": _showing,
        "grouped": _grouped,
    }
    source = program.source("result")
    return Plan(
        _function(source, names),
        source,
        tuple(program.steps),
        tuple(program.listings),
        tuple(program.groupings),
        cache(lambda: _function(program.source("result", paced=True), names)),
    )


def _function(source: str, names: dict[str, Any]) -> Function:
    """The function that ``source`` spells."""
    found = dict(names)
    exec(compile(source, "<plan>", "exec"), found)  # noqa: S102 (made of names and literals that were validated)
    function: Function = found["run"]
    return function


def _text(key: Any) -> str | None:
    """A key as rows hold it; None is that of a list without a parent."""
    return None if key is None else str(key)


def _figure(value: Any, exact: bool) -> Any:
    """A measure as the response shows it; ``exact`` for sums and averages, which are Decimals whatever the column."""
    if value is None:
        return None
    if exact or isinstance(value, Decimal):
        return write_decimal(Decimal(value))
    return write_moment(value) if hasattr(value, "astimezone") else value


def _grouped(rows: Sequence[Any], grouping: Grouping) -> dict[Any, list[tuple[dict[str, Any], Any]]]:
    """Each key's groups: what their records share, by column, and their measures."""
    found: dict[Any, list[tuple[dict[str, Any], Any]]] = {}
    columns = [bucket.column for bucket in grouping.buckets]
    for key, _, *values in rows:
        shared = dict(zip(columns, values, strict=False))
        found.setdefault(_text(key), []).append((shared, (key, *values[len(columns) :])))
    return found


def _showing(show: Callable[[Any], Any], rows: Sequence[Any], nothing: Any) -> Callable[[Any], Any]:
    """The function from a key to what is shown of its row, or of ``nothing`` when it has none."""
    found = {_text(row[0]): row for row in rows}
    return lambda key: show(found.get(key, nothing))
