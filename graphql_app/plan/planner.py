"""Where resolvers and plans meet: a field that graphql-core is about to resolve is answered by a plan if there is one.

Plans are compiled when a field is first met, and kept with the document. What cannot be planned is resolved, and its
children are tried again: so an operation falls back field by field. A plan that meets something unusual (an argument
that is not acceptable) gives up, and the resolvers tell the client what it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql_app.database.base import Base
from graphql_app.errors import RequestError
from graphql_app.plan.finished import Finished
from graphql_app.plan.plans import Plan, plan_list, plan_records
from graphql_app.plan.running import Run
from graphql_app.plan.selection import Operation
from graphql_app.plan.steps import Unplannable
from graphql_app.statements.compiled import Statements

MOST_PLANS = 200
"""Plans that one document keeps: one for each field that is met, and each choice of its directives' variables."""


@dataclass(slots=True)
class Plans:
    """The plans of one document, and why fields of it have none."""

    choices: Sequence[str] = ()
    """The variables that directives look at: other values, other plans."""
    kept: dict[Any, Plan | Unplannable] = field(default_factory=dict)

    def get(self, key: Any, make: Callable[[], Plan]) -> Plan | Unplannable:
        if key not in self.kept:
            if len(self.kept) >= MOST_PLANS:
                self.kept.clear()
            self.kept[key] = _made(make)
        return self.kept[key]


def _made(make: Callable[[], Plan]) -> Plan | Unplannable:
    try:
        return make()
    except Unplannable as reason:
        return reason


@dataclass(slots=True)
class Planner:
    """One operation's way to its document's plans. ``fell_back`` says which fields were resolved, and why."""

    plans: Plans
    statements: Statements
    fell_back: list[str] = field(default_factory=list)

    def lists(self, field: Any, key: Any, info: Any, resolve: Callable[[], Any]) -> Any:
        """The connection of ``key`` that a ListField shows; ``resolve`` is asked when there is no plan."""
        raw = info._raw_info
        definition = raw.parent_type.fields[raw.field_name]
        return self._start(
            info, key, (), lambda operation: plan_list(operation, field, definition, raw.field_nodes), resolve
        )

    def record(self, model: type[Base], column: str, key: Any, info: Any, resolve: Callable[[], Any]) -> Any:
        """The record whose ``column`` is ``key``; ``resolve`` is asked when there is no plan."""
        nodes = info._raw_info.field_nodes
        return self._start(
            info, str(key), (model, column), lambda operation: plan_records(operation, model, column, nodes), resolve
        )

    def _start(
        self, info: Any, key: Any, about: Any, make: Callable[[Operation], Plan], resolve: Callable[[], Any]
    ) -> Any:
        raw = info._raw_info
        choices = self._choices(raw)
        operation = Operation(raw.schema, raw.fragments, choices)
        name = (tuple(map(id, raw.field_nodes)), about, tuple(choices.items()))
        plan = self.plans.get(name, lambda: make(operation))
        if isinstance(plan, Unplannable):
            self.fell_back.append(f"{raw.parent_type.name}.{raw.field_name}: {plan}")
            return resolve()
        return self._run(plan, key, info, resolve)

    async def _run(self, plan: Plan, key: Any, info: Any, resolve: Callable[[], Any]) -> Any:
        context, variables = info.context, info._raw_info.variable_values

        async def batch(keys: Sequence[Any]) -> list[Any]:
            results = await Run(plan, context, info.schema, variables, self.statements).results(keys)
            return [results.get(each) for each in keys]

        try:
            return Finished(await context.loaders.batched(plan, batch, key))
        except RequestError as error:
            self.fell_back.append(f"{info._raw_info.field_name}: {error}")
            resolved = resolve()
            return await resolved if hasattr(resolved, "__await__") else resolved

    def _choices(self, raw: Any) -> dict[str, Any]:
        """The values of the variables that the operation's directives look at."""
        coerced = raw.variable_values.coerced
        return {name: coerced.get(name) for name in self.plans.choices}
