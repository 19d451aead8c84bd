"""The stage around all others: an operation whose root fields all have plans is answered without graphql-core.

graphql-core builds an executor for each request, and walks to a root field through half a dozen of functions. For an
operation that plans can answer there is little to do: coerce the variables, ask each root field for its plan, run the
plans, put what they give under the fields' response keys. Root fields that share a plan share its statements, as their
keys are asked for together.

Nothing is decided here that graphql-core could decide otherwise. Whatever is not plain is executed by graphql-core as a
whole: a field without a plan, a variable or an argument that is refused, a null where none may be, an error of whatever
kind. It is given what the plans gave or raised, and tells in its own words what that means.
"""

from asyncio import gather
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from inspect import iscoroutine
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableValues,
    is_non_null_type,
)
from graphql.pyutils import Path

from graphql_app.plan.finished import DEFINITION
from graphql_app.plan.planner import Wanted
from graphql_app.plan.selection import Budget, Operation, Unplannable
from graphql_app.plan.variables import Variables

MOST_WHOLE = 50
"""Operations that one document keeps, each for one choice of the variables that its directives look at."""
BYTES_OF_A_FIELD = 500
"""About what a root field takes in each of them."""
Json = dict[str, Any]


class NoPlan(Exception):
    """A root field has no plan, now or ever."""


@dataclass(frozen=True, slots=True)
class Root:
    """A root field that can be asked for a plan."""

    shown: Any
    """Strawberry's field, with a method ``plan``."""
    definition: GraphQLField
    nodes: list[FieldNode]
    path: Path

    def start(self, operation: "Whole", context: Any, values: Any) -> Any:
        """What will give the field's value. Raises NoPlan, and what is wrong with its arguments."""
        info = GraphQLResolveInfo(
            field_name=self.nodes[0].name.value,
            field_nodes=self.nodes,
            return_type=self.definition.type,
            parent_type=operation.kind,
            path=self.path,
            schema=operation.schema,
            fragments=operation.fragments,
            root_value=None,
            operation=operation.node,
            variable_values=values,
            context=context,
            is_awaitable=None,  # type: ignore[arg-type] # what follows is for resolvers, and plans call none
            abort_signal=None,
            async_helpers=None,  # type: ignore[arg-type]
        )
        planned = self.shown.plan(context.planner, None, info)
        if planned is None:
            raise NoPlan
        return planned


@dataclass(frozen=True, slots=True)
class Whole:
    """An operation as its root fields. ``data`` has their response keys in order, and the values that are known."""

    node: OperationDefinitionNode
    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]
    kind: GraphQLObjectType
    roots: Mapping[str, Root]
    data: Json

    def start(self, context: Any, values: Any) -> Json:
        """What will give each root field's value. Raises NoPlan, and what is wrong with the arguments."""
        started: Json = {}
        try:
            for key, root in self.roots.items():
                started[key] = root.start(self, context, values)
        except BaseException:
            for each in filter(iscoroutine, started.values()):
                each.close()
            raise
        return started

    def shown(self, outcomes: Json) -> Json | None:
        """The operation's data, if every field has come to a value that it may have."""
        for key, root in self.roots.items():
            outcome = outcomes[key]
            if isinstance(outcome, Exception) or (outcome is None and is_non_null_type(root.definition.type)):
                return None
        return self.data | outcomes


class Wholes:
    """The operations of one document that can be answered whole."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, choices: Iterable[str]) -> None:
        self._schema = schema
        self._choices = tuple(choices)
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._variables: dict[int, Variables] = {}
        self._kept: dict[Any, Whole | None] = {}
        self.size = 0
        """About how many bytes they take."""

    async def answer(self, node: OperationDefinitionNode, context: Any, raw: Json) -> Json | None:
        """The data of a query, or None when graphql-core has to execute it. ``raw`` are its variables as they came."""
        values = self._values(node, raw)
        if values is None:
            return None
        name = (id(node), *(values.coerced.get(choice) for choice in self._choices))
        whole = self._whole(name, node, values)
        if whole is None:
            return None
        try:
            started = whole.start(context, values)
        except NoPlan:
            self._kept[name] = None
            context.planner.forget()
            return None
        except Exception:
            context.planner.forget()  # graphql-core is going to meet it again
            return None
        outcomes = await _outcomes(started)
        data = whole.shown(outcomes)
        if data is None:
            context.planner.settled = outcomes
        return data

    def _values(self, node: OperationDefinitionNode, raw: Json) -> VariableValues | None:
        variables = self._variables.get(id(node))
        if variables is None:
            variables = self._variables[id(node)] = Variables(self._schema, node.variable_definitions or ())
        return variables.coerced(raw)

    def _whole(self, name: Any, node: OperationDefinitionNode, values: VariableValues) -> Whole | None:
        if name not in self._kept:
            if len(self._kept) >= MOST_WHOLE:
                self._kept.clear()
                self.size = 0
            choices = {choice: values.coerced.get(choice) for choice in self._choices}
            whole = self._kept[name] = _compiled(node, Operation(self._schema, self._fragments, choices, Budget()))
            self.size += BYTES_OF_A_FIELD * (1 + len(choices) + (0 if whole is None else len(whole.data)))
        return self._kept[name]


def _compiled(node: OperationDefinitionNode, operation: Operation) -> Whole | None:
    """The operation as its root fields; None when one of them never has a plan."""
    kind = operation.schema.query_type
    if node.operation is not OperationType.QUERY or node.directives or kind is None:
        return None
    try:
        selected = operation.fields([node], kind)
    except Unplannable:
        return None
    roots, data = {}, dict.fromkeys(selected)
    for key, nodes in selected.items():
        name = nodes[0].name.value
        if name == "__typename":
            data[key] = kind.name
            continue
        definition = kind.fields.get(name)
        shown = None if definition is None else definition.extensions.get(DEFINITION)
        if definition is None or not hasattr(shown, "plan"):
            return None
        roots[key] = Root(shown, definition, list(nodes), Path(None, key, kind.name))
    return Whole(node, operation.schema, dict(operation.fragments), kind, roots, data)


async def _outcomes(started: Json) -> Json:
    """What was started has come to, by response key: a value, or the exception that was raised."""
    groups: dict[Any, Json] = {}
    for key, planned in started.items():
        groups.setdefault(planned.plan if isinstance(planned, Wanted) else key, {})[key] = planned
    if len(groups) == 1:
        return await _run(*groups.values())
    outcomes: Json = {}
    for found in await gather(*map(_run, groups.values())):
        outcomes.update(found)
    return outcomes


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
