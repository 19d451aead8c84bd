"""The stage around all others, for mutations: each field acts, and then shows what came of it.

They act one after the other, and what one shows is read before the next one acts. What a payload shows is known without
reading, as that there are no errors, or is read by a plan.

As with queries, nothing is decided here that graphql-core could decide otherwise. Where something is not plain, it goes
on from there: it is told what the fields before have shown, and what became of the one that was done last. Nothing is
done twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLObjectType, get_nullable_type

from graphql_app.database.rows import Shown
from graphql_app.plan.finished import Unfinished
from graphql_app.plan.roots import Call, Field, Json, NoPlan, outcomes, select, start
from graphql_app.plan.selection import Operation
from graphql_app.views.fields import UNKNOWN


@dataclass(frozen=True, slots=True)
class Act:
    """A root field with a method ``act``, and the payload that it shows."""

    field: Field
    shows: Mapping[str, Field]
    data: Json

    def shown(self, call: Call) -> Shown | None:
        """What it is going to show of a record, if there is just one of it to be shown."""
        records = [field for field in self.shows.values() if hasattr(field.shown, "model")]
        if len(records) != 1:
            return None
        (field,) = records
        shown: Shown | None = call.context.planner.shown(field.shown.model, field.info(call))
        return shown

    async def show(self, source: Any, call: Call) -> tuple[Json, bool]:
        """What is known of the payload by its response keys, and whether that is all of it and may be shown."""
        data = self.data | {key: field.shown.known(source) for key, field in self.shows.items()}
        waiting = {key: self.shows[key] for key, value in data.items() if value is UNKNOWN}
        if not waiting:
            return data, True
        try:
            found = await outcomes(await start(waiting, call, source), call.context.pacing.pacer)
        except NoPlan:
            return {}, False
        if all(field.admits(found[key]) for key, field in waiting.items()):
            return data | found, True
        return found, False


@dataclass(frozen=True, slots=True)
class Acting:
    """A mutation as its root fields. ``data`` has their response keys in order, and the values that are known."""

    acts: Mapping[str, Act]
    data: Json

    async def answer(self, call: Call) -> Json | None:
        """What it shows, once everything was done; None when graphql-core has to go on."""
        shown: Json = {}
        for key, act in self.acts.items():
            call.context.shown = act.shown(call)
            settled = await self._settle(key, act, shown, call)
            call.context.shown = None
            if settled is not None:
                planner = call.context.planner
                planner.settled = settled | {(done,): data for done, data in shown.items()}
                planner.fell_back.clear()  # graphql-core is going to meet it again
                return None
        return self.data | shown

    async def _settle(self, key: str, act: Act, shown: Json, call: Call) -> dict[tuple[str, ...], Any] | None:
        """Do one field, and add what it shows. If that is not plain, returns what came of it, by its paths."""
        try:
            doing = act.field.shown.act(act.field.info(call))
        except Exception:
            return {}  # nothing was done: graphql-core says what is wrong
        try:
            source = await doing
        except Exception as error:
            return {(key,): Unfinished(error)}
        data, is_whole = await act.show(source, call)
        if not is_whole:
            return {(key,): Unfinished(source)} | {(key, name): value for name, value in data.items()}
        shown[key] = data
        return None


def acting(operation: Operation, nodes: list[Any], kind: GraphQLObjectType) -> Acting:
    """The mutation that ``nodes`` select. Raises NoPlan, and Unplannable."""
    fields, data = select(operation, nodes, kind, "act")
    return Acting({key: _act(operation, field) for key, field in fields.items()}, data)


def _act(operation: Operation, field: Field) -> Act:
    payload = get_nullable_type(field.definition.type)
    assert isinstance(payload, GraphQLObjectType)
    return Act(field, *select(operation, field.nodes, payload, "known", field.path))
