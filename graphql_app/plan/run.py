"""Program execution: binds arguments and sends statements sequentially."""

from asyncio import Lock
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableValues,
)
from sqlalchemy import Executable

from graphql_app.context import Context
from graphql_app.pacing import COMPILED
from graphql_app.plan.errors import Failed, FailedLookup, FailedRows, Value, lost
from graphql_app.plan.lists import ListRequest
from graphql_app.plan.program import PageSlice, ParentKey, Program, Rows, Step, StepKind
from graphql_app.sql.aggregates import COUNT, Grouping, select_aggregates, select_groups
from graphql_app.sql.compiled import Compiled, StatementCache, compile_statement
from graphql_app.sql.row_rules import audience_for
from graphql_app.sql.select import select_beyond, select_by, select_page
from graphql_app.strawberry_adapter import StrawberrySchema

LOOKS = {StepKind.LOOK_AFTER: "before", StepKind.LOOK_BEFORE: "after"}
"""Statements that look beyond an end of the page, and the argument with the cursor of that end."""
type Build = Callable[[], Executable]
"""Function that builds a statement that is not cached."""


@dataclass(slots=True)
class Call:
    """Execution of an operation. ``strawberry`` is Strawberry's schema, ``values`` are the coerced variables."""

    node: OperationDefinitionNode
    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]
    context: Context
    values: VariableValues
    statements: StatementCache
    strawberry: StrawberrySchema
    is_failed: bool = False
    """True if the result has errors in place of values, or nulls for fields that are not nullable."""
    typed: list[tuple[Iterable[object], GraphQLObjectType]] = field(default_factory=list)
    """Objects whose type the selection does not determine, with their type."""
    used: dict[str, Program] = field(default_factory=dict)
    """Executed programs, by the fields for which they ran."""
    read: dict[Program, tuple[Lock, dict[ParentKey, Value]]] = field(default_factory=dict)
    """Results of programs by key, valid while the operation reads the same snapshot."""
    infos: dict[int, GraphQLResolveInfo[Any]] = field(default_factory=dict)
    """Resolver infos, by the ``id()`` of their field."""

    def fail(self) -> None:
        """Mark the result, so that its errors are located."""
        self.is_failed = True

    async def results(self, program: Program, keys: Iterable[ParentKey]) -> Mapping[ParentKey, Value]:
        """Return the results of a program by key. The program runs for new keys only."""
        lock, known = self.read.setdefault(program, (Lock(), {}))
        async with lock:
            new = [key for key in keys if key not in known]
            if new:
                try:
                    found = await ProgramRun(program, self).results(new)
                except Exception as error:
                    self.is_failed = True
                    found = FailedLookup(Failed(error))
                if isinstance(found, FailedLookup):
                    known.update(dict.fromkeys(new, found.failed))
                else:
                    known.update({key: found.get(key) for key in new})
        return known

    async def fetch(
        self,
        compiled: Compiled,
        values: Mapping[str, object],
        keys: Sequence[ParentKey],
        step: Step | None,
        *,
        generic: bool,
    ) -> Rows:
        """Return the rows of a step's statement about ``keys``, or FailedRows if it fails."""
        session = self.context.session
        if session.trace is not None:
            session.trace.senders[compiled.sql] = step
        viewer = session.access.viewer
        ids = {"organization": session.tenant, "viewer_id": None if viewer is None else viewer.user_id, "keys": keys}
        arguments = compiled.arguments({**ids, **values} if values else ids)
        try:
            return await session.fetch(compiled.sql, arguments, generic=generic, keys=len(keys))
        except Exception as error:
            self.is_failed = True
            return FailedRows.of(error)


class ProgramRun:
    """Execution of a program for some keys."""

    def __init__(self, program: Program, call: Call) -> None:
        self.program, self.call, self.context = program, call, call.context
        viewer = call.context.session.access.viewer
        self._audience = None if viewer is None else audience_for(viewer.role, viewer.scopes)
        self._requests: dict[int, ListRequest | FailedRows] = {}
        self._groupings: dict[int, Grouping] = {}

    async def results(self, keys: Sequence[ParentKey]) -> Mapping[ParentKey, Value] | FailedLookup:
        """Return the results of the program by key."""
        pacing, program = self.context.pacing, self.program
        function = program.paced if pacing.is_large else program.function
        methods = (
            self._fetch,
            self._refused,
            self._page,
            self._cursor,
            self._groupings.__getitem__,
            self._call,
            self._typed,
        )
        return await function(*methods, self.call.fail, self.context.admits, keys, pacing.pacer.slices)

    def statement(self, index: int) -> Compiled | None:
        """Return the statement of a step without sending it; None if these arguments require none.

        Raises BadUserInput or Forbidden for invalid arguments.
        """
        step = self.program.steps[index]
        if step.kind is StepKind.FIND:
            found = (step.model, step.column, tuple(step.outputs.items), self._audience)
            return compile_statement(select_by(*found))
        request = self._list(step.listing)
        if isinstance(request, FailedRows):
            raise request.error
        if step.kind in LOOKS and getattr(request.page, LOOKS[step.kind]) is None:
            return None
        _, build = self._grouped(step, request) if step.kind is StepKind.GROUP else _list_statement(step, request)
        return compile_statement(build())

    def _page(self, listing: int) -> PageSlice:
        request = self._list(listing)
        if isinstance(request, FailedRows):
            return PageSlice(0, False)
        return PageSlice(request.page.size, request.page.backward)

    def _refused(self, listing: int) -> FailedLookup | None:
        """Read the arguments of a list; return the error for all keys if they are invalid."""
        return lost(self._list(listing))

    def _cursor(self, step: int) -> Callable[[Rows], str]:
        """Return the function from a row of the step to its cursor."""
        columns, request = self.program.steps[step].outputs, self._list(self.program.steps[step].listing)
        if isinstance(request, FailedRows):
            return str  # there are no rows
        encode, start = request.selection.cursors.encode, columns.offset + len(columns.items)
        return lambda row: encode(tuple(row)[start:])

    async def _call(self, index: int, sources: Mapping[int, object]) -> dict[int, Value]:
        """Return the results of a resolver for each of the sources."""
        values = await self.program.calls[index].completed(self.call, [*sources.values()]) if sources else ()
        return dict(zip(sources, values, strict=True))

    def _typed(self, objects: Iterable[object], name: str) -> None:
        kind = self.call.schema.type_map[name]
        assert isinstance(kind, GraphQLObjectType)
        self.call.typed.append((objects, kind))

    def _fetch(self, index: int, keys: Sequence[ParentKey]) -> Awaitable[Rows]:
        step = self.program.steps[index]
        if step.kind is StepKind.FIND:
            return self._find(step, keys)
        request = self._list(step.listing)
        if isinstance(request, FailedRows):
            return _known(request)
        statement = request.steps.get(index)
        if statement is not None:
            return self._send_list(statement, request, keys, step)
        if step.kind in LOOKS and getattr(request.page, LOOKS[step.kind]) is None:
            return _known(())
        return self._fetch_list(index, step, request, keys)

    def _find(self, step: Step, keys: Sequence[ParentKey]) -> Awaitable[Rows]:
        returned = self.context.returned
        rows: Rows = () if returned is None else returned.rows(step.outputs.items, keys)
        if rows:
            return _known(rows)
        if self._audience in step.compiled:
            return self._send_find(step, keys)
        return self._paced(lambda: self._send_find(step, keys))

    def _fetch_list(self, index: int, step: Step, request: ListRequest, keys: Sequence[ParentKey]) -> Awaitable[Rows]:
        """Return the rows of a step about a list, after its statement was found or compiled."""
        try:
            key, build = self._grouped(step, request) if step.kind is StepKind.GROUP else _list_statement(step, request)
        except Exception as error:
            self.call.fail()
            return _known(FailedRows.of(error))
        # shared by all documents with lists of this shape
        name, statements = (request.selection.shape, step.kind, *key), self.call.statements

        def send() -> Awaitable[Rows]:
            statement = statements.get(name, build)
            if step.kind is not StepKind.GROUP:
                request.steps[index] = statement
            return self._send_list(statement, request, keys, step)

        return send() if name in statements else self._paced(send)

    async def _paced(self, send: Callable[[], Awaitable[Rows]]) -> Rows:
        """Return the rows of a statement that is compiled in its own pass of the event loop."""
        await self.context.pacing.pacer.turn(COMPILED)
        return await send()

    def _send_find(self, step: Step, keys: Sequence[ParentKey]) -> Awaitable[Rows]:
        audience = self._audience
        if audience not in step.compiled:
            found = (step.model, step.column, tuple(step.outputs.items), audience)
            step.compiled[audience] = self.call.statements.get(found, lambda: select_by(*found))
        return self.call.fetch(step.compiled[audience], {}, keys, step, generic=True)

    def _grouped(self, step: Step, request: ListRequest) -> tuple[tuple[Hashable, ...], Build]:
        """Like ``_list_statement``, for groups. Raises BadUserInput or Forbidden for invalid keys."""
        call, grouping = self.call, self._groupings.get(step.grouping)
        if grouping is None:
            grouping = self.program.groupings[step.grouping].read(self.context, call.strawberry, call.values)
            self._groupings[step.grouping] = grouping
        return (grouping,), lambda: select_groups(request.selection.shape, grouping)

    def _send_list(
        self, statement: Compiled, request: ListRequest, keys: Sequence[ParentKey], step: Step
    ) -> Awaitable[Rows]:
        return self.call.fetch(statement, request.values, keys, step, generic=request.selection.is_generic)

    def _list(self, listing: int) -> ListRequest | FailedRows:
        """Return the request of a list, or FailedRows if its arguments are invalid."""
        request, call = self._requests.get(listing), self.call
        if request is None:
            try:
                arguments = self.program.listings[listing]
                request = arguments.read(self.context, call.strawberry, call.values)
            except Exception as error:
                call.fail()
                request = FailedRows.of(error, of_field=True)
            self._requests[listing] = request
        return request


async def _known(rows: Rows) -> Rows:
    """Return rows that require no statement."""
    return rows


def _list_statement(step: Step, request: ListRequest) -> tuple[tuple[Hashable, ...], Build]:
    """Return the properties that distinguish a statement from others about the list, and its builder."""
    shape, page = request.selection.shape, request.page_shape
    match step.kind:
        case StepKind.LIST:
            outputs = tuple(step.outputs.items)
            return (page, outputs, step.places), lambda: select_page(shape, page, outputs, places=step.places)
        case StepKind.COUNT:
            return (), lambda: select_aggregates(shape, (COUNT,))
        case StepKind.MEASURE:
            return (step.measures,), lambda: select_aggregates(shape, step.measures)
    forward = step.kind is StepKind.LOOK_AFTER
    place = getattr(page, LOOKS[step.kind])
    return (place,), lambda: select_beyond(shape, place, forward=forward)
