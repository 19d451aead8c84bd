"""Stage five: a plan runs. Its statements get their text and their arguments, and the gate sends them in turn."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import Executable

from graphql_app.pacing import COMPILED
from graphql_app.plan.listing import Asked
from graphql_app.plan.parts import ReadPage, Rows
from graphql_app.plan.plans import Plan
from graphql_app.plan.steps import Does, Step
from graphql_app.statements.aggregates import Grouping, select_aggregates, select_groups
from graphql_app.statements.compiled import Compiled, Statements
from graphql_app.statements.cursors import encode
from graphql_app.statements.orders import fingerprint
from graphql_app.statements.pages import select_outputs
from graphql_app.statements.select import select_beyond, select_by, select_count

LOOKS = {Does.LOOK_AFTER: "before", Does.LOOK_BEFORE: "after"}
"""Looking beyond an end of the page, and the place that is that end."""


class Run:
    """One call of a plan."""

    def __init__(self, plan: Plan, context: Any, schema: Any, variables: Any, statements: Statements) -> None:
        self.plan, self.context, self.schema = plan, context, schema
        self.variables, self.statements = variables, statements
        self._asked: dict[int, Asked] = {}
        self._groupings: dict[int, Grouping] = {}

    async def results(self, keys: Sequence[Any]) -> dict[Any, Any]:
        """What the plan gives for each key. Raises BadUserInput or Forbidden for a list that cannot be had."""
        role = self.context.caller.role if self.context.caller else ""
        pacing = self.context.pacing
        function = self.plan.paced() if pacing.is_large else self.plan.function
        return await function(self._fetch, self._page, self._cursor, self._grouping, role, keys, pacing.pacer.slices)

    def _page(self, listing: int) -> ReadPage:
        page = self._list(listing).page
        return ReadPage(page.size, page.backward)

    def _grouping(self, index: int) -> Grouping:
        if index not in self._groupings:
            self._groupings[index] = self.plan.groupings[index].read(self.context, self.schema, self.variables)
        return self._groupings[index]

    def _cursor(self, step: int) -> Callable[[Any], str]:
        """What makes the cursor of a row that the step has read."""
        columns, wanted = self.plan.steps[step].outputs, self._list(self.plan.steps[step].listing).wanted.list
        mark, start = fingerprint(wanted.model, wanted.order), columns.offset + len(columns.items)
        return lambda row: encode(mark, tuple(row)[start:])

    def _fetch(self, index: int, keys: Sequence[Any]) -> Awaitable[Rows]:
        step = self.plan.steps[index]
        if step.does is Does.FIND:
            read: Rows = () if self.context.shown is None else self.context.shown.rows(step.outputs.items, keys)
            if read:
                return _known(read)
            if step.compiled is None:
                return self._paced(lambda: self._found(step, keys))
            return self._found(step, keys)
        asked = self._list(step.listing)
        statement = asked.steps.get(index)
        if statement is not None:
            return self._send_about(statement, asked, keys)
        if step.does in LOOKS and getattr(asked.page, LOOKS[step.does]) is None:
            return _known(())
        return self._about_list(index, step, asked, keys)

    def _about_list(self, index: int, step: Step, asked: Asked, keys: Sequence[Any]) -> Awaitable[Rows]:
        """The rows of a step about a list, whose statement is found or made."""
        key, build = self._grouped(step, asked) if step.does is Does.GROUP else _about(step, asked)
        name = (step.does, *key)

        def made() -> Compiled:
            statement = asked.statement(name, build)
            if step.does is not Does.GROUP:
                asked.steps[index] = statement
            return statement

        if asked.has(name):
            return self._send_about(made(), asked, keys)
        return self._paced(lambda: self._send_about(made(), asked, keys))

    async def _paced(self, send: Callable[[], Awaitable[Rows]]) -> Rows:
        """The rows of a statement that has to be compiled, in a pass of the event loop of its own."""
        await self.context.pacing.pacer.turn(COMPILED)
        return await send()

    def _found(self, step: Step, keys: Sequence[Any]) -> Awaitable[Rows]:
        if step.compiled is None:
            found = (step.model, step.column, tuple(step.outputs.items))
            step.compiled = self.statements.get(found, lambda: select_by(*found))
        return self._sent(step.compiled, {}, keys, generic=True)

    def _grouped(self, step: Step, asked: Asked) -> tuple[tuple[Any, ...], Callable[[], Executable]]:
        grouping = self._grouping(step.grouping)
        return (grouping,), lambda: select_groups(asked.wanted.shape, grouping)

    def _send_about(self, statement: Compiled, asked: Asked, keys: Sequence[Any]) -> Awaitable[Rows]:
        return self._sent(statement, asked.values, keys, generic=asked.wanted.is_generic)

    def _sent(
        self, statement: Compiled, values: dict[str, Any], keys: Sequence[Any], *, generic: bool
    ) -> Awaitable[Rows]:
        gate = self.context.gate
        arguments = statement.arguments({"organization": gate.tenant, "keys": keys, **values})
        rows: Awaitable[Rows] = gate.fetch(statement.sql, arguments, generic=generic, keys=len(keys))
        return rows

    def _list(self, listing: int) -> Asked:
        if listing not in self._asked:
            asked = self.plan.listings[listing].read(self.context, self.schema, self.variables, self.statements)
            self._asked[listing] = asked
        return self._asked[listing]


async def _known(rows: Rows) -> Rows:
    """Rows that need no statement."""
    return rows


def _about(step: Step, asked: Asked) -> tuple[tuple[Any, ...], Callable[[], Executable]]:
    """What tells a statement about a list from others about it, and what builds it."""
    wanted, page = asked.wanted.shape, asked.page_shape
    match step.does:
        case Does.LIST:
            outputs = tuple(step.outputs.items)
            return (page, outputs, step.places), lambda: select_outputs(wanted, page, outputs, places=step.places)
        case Does.COUNT:
            return (), lambda: select_count(wanted)
        case Does.MEASURE:
            return (step.measures,), lambda: select_aggregates(wanted, step.measures)
    forward = step.does is Does.LOOK_AFTER
    place = getattr(page, LOOKS[step.does])
    return (place,), lambda: select_beyond(wanted, place, forward=forward)
