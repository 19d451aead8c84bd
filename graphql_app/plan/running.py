"""Stage five: a plan runs. Its statements get their text and their arguments, and the gate sends them in turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql.execution.values import get_argument_values
from sqlalchemy import Executable
from strawberry.types.arguments import convert_arguments

from graphql_app.plan.plans import Plan
from graphql_app.plan.steps import Does, Listing, Step
from graphql_app.statements.aggregates import select_aggregates
from graphql_app.statements.compiled import Compiled, Statements
from graphql_app.statements.conditions import And
from graphql_app.statements.cursors import encode
from graphql_app.statements.lifting import lift_list, lift_page
from graphql_app.statements.orders import fingerprint
from graphql_app.statements.select import List, Page, select_beyond, select_by, select_count, select_page
from graphql_app.statements.slots import Values

Rows = Sequence[Any]


@dataclass(frozen=True, slots=True)
class ReadPage:
    """What a program asks of a page: how to divide rows among their keys."""

    size: int
    backward: bool

    def split(self, rows: Rows, keys: Sequence[Any]) -> dict[Any, tuple[Rows, bool]]:
        """Each key's rows in the list's order, and whether there are more in the direction of reading."""
        found: dict[Any, list[Any]] = {key: [] for key in keys}
        for row in rows:
            found[row[0]].append(row)
        return {key: self._kept(items) for key, items in found.items()}

    def _kept(self, items: list[Any]) -> tuple[Rows, bool]:
        kept = items[: self.size]
        return (kept[::-1] if self.backward else kept), len(items) > self.size


@dataclass(frozen=True, slots=True)
class Lifted:
    """A list and its page as they were asked for, their shape, and the values that were taken out of it."""

    wanted: List
    page: Page
    list_shape: List
    page_shape: Page
    values: dict[str, Any]


class Run:
    """One call of a plan."""

    def __init__(self, plan: Plan, context: Any, schema: Any, variables: Any, statements: Statements) -> None:
        self.plan, self.context, self.schema = plan, context, schema
        self.variables, self.statements = variables, statements
        self._lists: dict[int, Lifted] = {}

    async def results(self, keys: Sequence[Any]) -> dict[Any, Any]:
        """What the plan gives for each key."""
        role = self.context.caller.role if self.context.caller else ""
        return await self.plan.function(self._fetch, self._page, self._cursor, role, keys)

    def _page(self, listing: int) -> ReadPage:
        page = self._lifted(listing).page
        return ReadPage(page.size, page.backward)

    def _cursor(self, step: int) -> Callable[[Any], str]:
        """What makes the cursor of a row that the step has read."""
        columns, wanted = self.plan.steps[step].outputs, self._lifted(self.plan.steps[step].listing).wanted
        mark, start = fingerprint(wanted.model, wanted.order), columns.offset + len(columns.items)
        return lambda row: encode(mark, tuple(row)[start:])

    async def _fetch(self, index: int, keys: Sequence[Any]) -> Rows:
        step = self.plan.steps[index]
        if step.does is Does.FIND:
            return await self._send(self._finding(index, step), {}, keys, generic=True)
        lifted = self._lifted(step.listing)
        if (step.does is Does.LOOK_AFTER and lifted.page.before is None) or (
            step.does is Does.LOOK_BEFORE and lifted.page.after is None
        ):
            return ()
        shape, build = self._listed(step, lifted)
        statement = self.statements.get((step.does, *shape), build)
        return await self._send(statement, lifted.values, keys, generic=lifted.wanted.condition == And(()))

    def _finding(self, index: int, step: Step) -> Compiled:
        assert step.model is not None
        model, outputs = step.model, tuple(step.outputs.items)
        return self.statements.get((model, step.column, outputs), lambda: select_by(model, step.column, outputs))

    def _listed(self, step: Step, lifted: Lifted) -> tuple[tuple[Any, ...], Callable[[], Executable]]:
        """The shape of a statement about a list, and what builds it."""
        wanted, page = lifted.list_shape, lifted.page_shape
        outputs, measures = tuple(step.outputs.items), step.measures
        match step.does:
            case Does.LIST:
                return (wanted, page, outputs), lambda: select_page(wanted, page, outputs)
            case Does.COUNT:
                return (wanted,), lambda: select_count(wanted)
            case Does.MEASURE:
                return (wanted, measures), lambda: select_aggregates(wanted, measures)
        forward = step.does is Does.LOOK_AFTER
        place = page.before if forward else page.after
        assert place is not None
        return (wanted, place), lambda: select_beyond(wanted, place, forward=forward)

    async def _send(self, statement: Compiled, values: dict[str, Any], keys: Sequence[Any], *, generic: bool) -> Rows:
        given = {"organization": self.context.gate.tenant, "keys": keys, **values}
        return await self.context.gate.fetch(statement.sql, statement.arguments(given), generic=generic)

    def _lifted(self, listing: int) -> Lifted:
        if listing not in self._lists:
            asked = self.plan.listings[listing]
            wanted, page = asked.field.read(self.context, self._arguments(asked))
            values = Values({})
            self._lists[listing] = Lifted(
                wanted, page, lift_list(wanted, values), lift_page(page, values), values.taken
            )
        return self._lists[listing]

    def _arguments(self, asked: Listing) -> dict[str, Any]:
        """The arguments of a connection, as a resolver would get them."""
        given = get_argument_values(asked.definition, asked.node, self.variables)
        return convert_arguments(
            given,
            asked.field.arguments,
            scalar_registry=self.schema.schema_converter.scalar_registry,
            config=self.schema.config,
        )
