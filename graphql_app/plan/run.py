"""One run of a program: its statements get their text and their arguments, and the session sends them in turn."""

from asyncio import Lock
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableValues,
)
from sqlalchemy import Executable

from graphql_app.pacing import COMPILED
from graphql_app.plan.failures import Failed, FailedLookup, FailedRows, lost
from graphql_app.plan.lists import ListRequest
from graphql_app.plan.program import PageSlice, Program, Rows, Step, StepKind
from graphql_app.sql.aggregates import COUNT, Grouping, select_aggregates, select_groups
from graphql_app.sql.compiled import Compiled, Statements
from graphql_app.sql.cursors import encode
from graphql_app.sql.orders import fingerprint
from graphql_app.sql.select import select_beyond, select_by, select_page

LOOKS = {StepKind.LOOK_AFTER: "before", StepKind.LOOK_BEFORE: "after"}
"""Looking beyond an end of the page, and the place that is that end."""


@dataclass(slots=True)
class Call:
    """One execution of an operation. ``strawberry`` is Strawberry's schema, ``values`` are the coerced variables."""

    node: OperationDefinitionNode
    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]
    context: Any
    values: VariableValues
    statements: Statements
    strawberry: Any
    is_failed: bool = False
    """True if an error stands in the place of a value, or a null where none may be."""
    typed: list[tuple[Iterable[Any], GraphQLObjectType]] = field(default_factory=list)
    used: dict[str, Program] = field(default_factory=dict)
    """The programs that were run, by the fields that they answer."""
    read: dict[Program, tuple[Lock, dict[Any, Any]]] = field(default_factory=dict)
    """What programs gave for each key, while the operation sees the same data."""
    infos: dict[int, Any] = field(default_factory=dict)
    """What the resolvers of a field are told, by the field's ``id()``."""

    def fail(self) -> None:
        """Note that the result has to be walked for errors."""
        self.is_failed = True

    async def results(self, program: Program, keys: Iterable[Any]) -> Mapping[Any, Any]:
        """Return what a program gives for each key; it runs for those keys that it was not run for."""
        lock, known = self.read.setdefault(program, (Lock(), {}))
        async with lock:
            new = [key for key in keys if key not in known]
            if new:
                try:
                    found = await ProgramRun(program, self).results(new)
                except Exception as error:
                    self.is_failed, found = True, FailedLookup(Failed(error))
                is_failed = isinstance(found, FailedLookup)
                known.update({key: found.failed if is_failed else found.get(key) for key in new})
        return known

    async def fetch(self, compiled: Compiled, values: Mapping[str, Any], keys: Sequence[Any], *, generic: bool) -> Rows:
        """Return the rows of a statement about ``keys``; those that stand for the error if it fails."""
        session = self.context.session
        arguments = compiled.arguments({"organization": session.tenant, "keys": keys, **values})
        try:
            rows: Rows = await session.fetch(compiled.sql, arguments, generic=generic, keys=len(keys))
        except Exception as error:
            self.is_failed = True
            return FailedRows.of(error)
        return rows


class ProgramRun:
    """One run of a program."""

    def __init__(self, program: Program, call: Call) -> None:
        self.program, self.call, self.context = program, call, call.context
        self._asked: dict[int, ListRequest | FailedRows] = {}
        self._groupings: dict[int, Grouping] = {}

    async def results(self, keys: Sequence[Any]) -> Any:
        """What the program gives for each key, as a mapping."""
        role = self.context.caller.role if self.context.caller else ""
        pacing, program = self.context.pacing, self.program
        function = program.paced if pacing.is_large else program.function
        methods = (self._fetch, self._refused, self._page, self._cursor, self._grouping, self._call, self._typed)
        return await function(*methods, self.call.fail, role, keys, pacing.pacer.slices)

    def _page(self, listing: int) -> PageSlice:
        asked = self._list(listing)
        return PageSlice(0, False) if isinstance(asked, FailedRows) else PageSlice(asked.page.size, asked.page.backward)

    def _refused(self, listing: int) -> FailedLookup | None:
        """Read the arguments of a list; return what stands for the connection of each key if they are refused."""
        return lost(self._list(listing))

    def _grouping(self, index: int) -> Grouping:
        return self._groupings[index]

    def _cursor(self, step: int) -> Callable[[Any], str]:
        """What makes the cursor of a row that the step has read."""
        columns, asked = self.program.steps[step].outputs, self._list(self.program.steps[step].listing)
        if isinstance(asked, FailedRows):
            return str  # there are no rows
        wanted = asked.wanted.shape
        mark, start = fingerprint(wanted.model, wanted.order), columns.offset + len(columns.items)
        return lambda row: encode(mark, tuple(row)[start:])

    async def _call(self, index: int, sources: Mapping[int, Any]) -> dict[int, Any]:
        """Return the results of a resolver that is called for each of the sources."""
        values = await self.program.calls[index].shown(self.call, [*sources.values()]) if sources else ()
        return dict(zip(sources, values, strict=True))

    def _typed(self, objects: Iterable[Any], name: str) -> None:
        kind = self.call.schema.type_map[name]
        assert isinstance(kind, GraphQLObjectType)
        self.call.typed.append((objects, kind))

    def _fetch(self, index: int, keys: Sequence[Any]) -> Awaitable[Rows]:
        step = self.program.steps[index]
        if step.does is StepKind.FIND:
            return self._find(step, keys)
        asked = self._list(step.listing)
        if isinstance(asked, FailedRows):
            return _known(asked)
        statement = asked.steps.get(index)
        if statement is not None:
            return self._send_about(statement, asked, keys)
        if step.does in LOOKS and getattr(asked.page, LOOKS[step.does]) is None:
            return _known(())
        return self._about_list(index, step, asked, keys)

    def _find(self, step: Step, keys: Sequence[Any]) -> Awaitable[Rows]:
        shown = self.context.shown
        read: Rows = () if shown is None else shown.rows(step.outputs.items, keys)
        if read:
            return _known(read)
        return self._paced(lambda: self._found(step, keys)) if step.compiled is None else self._found(step, keys)

    def _about_list(self, index: int, step: Step, asked: ListRequest, keys: Sequence[Any]) -> Awaitable[Rows]:
        """The rows of a step about a list, whose statement is found or made."""
        try:
            key, build = self._grouped(step, asked) if step.does is StepKind.GROUP else _about(step, asked)
        except Exception as error:
            self.call.fail()
            return _known(FailedRows.of(error))
        # for all documents that ask for lists of this shape
        name, statements = (asked.wanted.shape, step.does, *key), self.call.statements

        def send() -> Awaitable[Rows]:
            statement = statements.get(name, build)
            if step.does is not StepKind.GROUP:
                asked.steps[index] = statement
            return self._send_about(statement, asked, keys)

        return send() if name in statements else self._paced(send)

    async def _paced(self, send: Callable[[], Awaitable[Rows]]) -> Rows:
        """The rows of a statement that has to be compiled, in a pass of the event loop of its own."""
        await self.context.pacing.pacer.turn(COMPILED)
        return await send()

    def _found(self, step: Step, keys: Sequence[Any]) -> Awaitable[Rows]:
        if step.compiled is None:
            found = (step.model, step.column, tuple(step.outputs.items))
            step.compiled = self.call.statements.get(found, lambda: select_by(*found))
        return self.call.fetch(step.compiled, {}, keys, generic=True)

    def _grouped(self, step: Step, asked: ListRequest) -> tuple[tuple[Any, ...], Callable[[], Executable]]:
        """As ``_about``, for groups. Raises BadUserInput or Forbidden for what they are grouped by."""
        call, grouping = self.call, self._groupings.get(step.grouping)
        if grouping is None:
            grouping = self.program.groupings[step.grouping].read(self.context, call.strawberry, call.values)
            self._groupings[step.grouping] = grouping
        return (grouping,), lambda: select_groups(asked.wanted.shape, grouping)

    def _send_about(self, statement: Compiled, asked: ListRequest, keys: Sequence[Any]) -> Awaitable[Rows]:
        return self.call.fetch(statement, asked.values, keys, generic=asked.wanted.is_generic)

    def _list(self, listing: int) -> ListRequest | FailedRows:
        """What is asked of a list; rows that stand for the error if its arguments are refused."""
        asked, call = self._asked.get(listing), self.call
        if asked is None:
            try:
                arguments = self.program.listings[listing]
                asked = arguments.read(self.context, call.strawberry, call.values)
            except Exception as error:
                call.fail()
                asked = FailedRows.of(error, of_field=True)
            self._asked[listing] = asked
        return asked


async def _known(rows: Rows) -> Rows:
    """Rows that need no statement."""
    return rows


def _about(step: Step, asked: ListRequest) -> tuple[tuple[Any, ...], Callable[[], Executable]]:
    """What tells a statement about a list from others about it, and what builds it."""
    wanted, page = asked.wanted.shape, asked.page_shape
    match step.does:
        case StepKind.LIST:
            outputs = tuple(step.outputs.items)
            return (page, outputs, step.places), lambda: select_page(wanted, page, outputs, places=step.places)
        case StepKind.COUNT:
            return (), lambda: select_aggregates(wanted, (COUNT,))
        case StepKind.MEASURE:
            return (step.measures,), lambda: select_aggregates(wanted, step.measures)
    forward = step.does is StepKind.LOOK_AFTER
    place = getattr(page, LOOKS[step.does])
    return (place,), lambda: select_beyond(wanted, place, forward=forward)
