"""Fields that are answered without graphql-core: what they are asked with, and what they come to."""

from asyncio import gather
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import iscoroutine
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    is_non_null_type,
)
from graphql.pyutils import Path

from graphql_app.pacing import COMPILED, STARTED, Pacer
from graphql_app.plan.finished import DEFINITION
from graphql_app.plan.planner import Wanted
from graphql_app.plan.selection import Operation

Json = dict[str, Any]


class NoPlan(Exception):
    """A field cannot be answered without graphql-core, now or ever."""


@dataclass(slots=True)
class Call:
    """One call of an operation, as graphql-core tells resolvers of it."""

    node: OperationDefinitionNode
    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]
    context: Any
    values: Any
    """Its variables."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is selected. ``shown`` is Strawberry's own."""

    shown: Any
    definition: GraphQLField
    nodes: list[FieldNode]
    parent: GraphQLObjectType
    path: Path

    def info(self, call: Call) -> GraphQLResolveInfo[Any]:
        """What graphql-core would tell its resolver."""
        return GraphQLResolveInfo(
            field_name=self.nodes[0].name.value,
            field_nodes=self.nodes,
            return_type=self.definition.type,
            parent_type=self.parent,
            path=self.path,
            schema=call.schema,
            fragments=call.fragments,
            root_value=None,
            operation=call.node,
            variable_values=call.values,
            context=call.context,
            is_awaitable=None,  # type: ignore[arg-type] # what follows is for resolvers, and plans call none
            abort_signal=None,
            async_helpers=None,  # type: ignore[arg-type]
        )

    def start(self, call: Call, source: Any = None) -> Any:
        """What will give the value, by a plan. Raises NoPlan, and what is wrong with its arguments."""
        planned = self.shown.plan(call.context.planner, source, self.info(call))
        if planned is None:
            raise NoPlan
        return planned

    def admits(self, outcome: Any) -> bool:
        """Whether it has come to a value that it may have."""
        return not isinstance(outcome, Exception) and (
            outcome is not None or not is_non_null_type(self.definition.type)
        )


def select(
    operation: Operation, nodes: list[Any], kind: GraphQLObjectType, able: str, path: Path | None = None
) -> tuple[dict[str, Field], Json]:
    """What ``nodes`` select of an object: its fields, and all response keys with the values that are known already.

    Raises NoPlan for a field that has no method ``able``, and Unplannable.
    """
    fields, data = {}, dict[str, Any]()
    for key, group in operation.fields(nodes, kind).items():
        name = group[0].name.value
        data[key] = kind.name if name == "__typename" else None
        if name == "__typename":
            continue
        definition = kind.fields.get(name)
        shown = None if definition is None else definition.extensions.get(DEFINITION)
        if definition is None or not hasattr(shown, able):
            raise NoPlan
        fields[key] = Field(shown, definition, list(group), kind, Path(path, key, kind.name))
    return fields, data


async def start(fields: Mapping[str, Field], call: Call, source: Any = None) -> Json:
    """What will give each field's value. Raises NoPlan, and what is wrong with the arguments."""
    started: Json = {}
    pacer = call.context.pacing.pacer
    try:
        for key, field in fields.items():
            if pacer.is_spent:  # plans that are compiled for the first time
                await pacer.turn(COMPILED)
            started[key] = field.start(call, source)
    except BaseException:
        for each in filter(iscoroutine, started.values()):
            each.close()
        raise
    return started


async def outcomes(started: Json, pacer: Pacer) -> Json:
    """What was started has come to, by response key: a value, or the exception that was raised."""
    groups: dict[Any, Json] = {}
    for key, planned in started.items():
        groups.setdefault(planned.plan if isinstance(planned, Wanted) else key, {})[key] = planned
    if len(groups) == 1:
        return await _run(*groups.values())
    found: Json = {}
    for each in await gather(*(_run_in_turn(group, pacer) for group in groups.values())):
        found.update(each)
    return found


async def _run_in_turn(group: Json, pacer: Pacer) -> Json:
    await pacer.turn(STARTED)
    return await _run(group)


async def _run(group: Json) -> Json:
    """What fields come to that share a plan."""
    first, *_ = group.values()
    try:
        if not isinstance(first, Wanted):
            return {key: await planned for key, planned in group.items()}
        found = await first.run(list(dict.fromkeys(wanted.key for wanted in group.values())))
        return {key: wanted.taken(found) for key, wanted in group.items()}
    except Exception as error:
        return dict.fromkeys(group, error)
