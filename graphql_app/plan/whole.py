"""The stage around all others: an operation whose root fields all have plans is answered without graphql-core.

graphql-core builds an executor for each request, and walks to a root field through half a dozen of functions. For an
operation that plans can answer there is little to do: coerce the variables, ask each root field for its plan, run the
plans, put what they give under the fields' response keys. Root fields that share a plan share its statements, as their
keys are asked for together. Of mutations, whose fields act before they show something, :mod:`graphql_app.plan.acting`
has more to say.

Nothing is decided here that graphql-core could decide otherwise. Whatever is not plain is executed by graphql-core as a
whole: a field without a plan, a variable or an argument that is refused, a null where none may be, an error of whatever
kind. It is given what the plans gave or raised, and tells in its own words what that means.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableValues,
    get_variable_values,
)

from graphql_app.plan.acting import Acting, acting
from graphql_app.plan.roots import Call, Field, Json, NoPlan, outcomes, select, start
from graphql_app.plan.selection import Budget, Operation, Unplannable

MOST_WHOLE = 50
"""Operations that one document keeps, each for one choice of the variables that its directives look at."""
BYTES_OF_A_FIELD = 500
"""About what a root field takes in each of them."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A query as its root fields. ``data`` has their response keys in order, and the values that are known."""

    fields: Mapping[str, Field]
    data: Json

    async def answer(self, call: Call) -> Json | None:
        """What it shows; None when graphql-core has to execute it. Raises NoPlan when that is always so."""
        planner = call.context.planner
        try:
            started = await start(self.fields, call)
        except Exception as error:
            planner.forget()  # graphql-core is going to meet it again
            if isinstance(error, NoPlan):
                raise
            return None
        found = await outcomes(started, call.context.pacing.pacer)
        if all(field.admits(found[key]) for key, field in self.fields.items()):
            return self.data | found
        planner.settled = {(key,): outcome for key, outcome in found.items()}
        return None


class Wholes:
    """The operations of one document that can be answered whole."""

    def __init__(
        self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode], choices: Iterable[str]
    ) -> None:
        self._schema, self._fragments = schema, fragments
        self._choices = tuple(choices)
        self._kept: dict[Any, Asking | Acting | None] = {}
        self.size = 0
        """About how many bytes they take."""

    async def answer(self, node: OperationDefinitionNode, context: Any, raw: Json) -> Json | None:
        """The data of an operation, or None when graphql-core has to execute it, or what is left of it.

        ``raw`` are its variables as they came.
        """
        values = coerced_variables(self._schema, node, raw)
        if values is None:
            return None
        values.coerced.update(context.literals)
        name = (id(node), *(values.coerced.get(choice) for choice in self._choices))
        whole = self._whole(name, node, values)
        if whole is None:
            return None
        try:
            return await whole.answer(Call(node, self._schema, self._fragments, context, values))
        except NoPlan:
            self._kept[name] = None
            return None

    def _whole(self, name: Any, node: OperationDefinitionNode, values: VariableValues) -> Asking | Acting | None:
        if name not in self._kept:
            if len(self._kept) >= MOST_WHOLE:
                self._kept.clear()
                self.size = 0
            choices = {choice: values.coerced.get(choice) for choice in self._choices}
            whole = self._kept[name] = _compiled(node, Operation(self._schema, self._fragments, choices, Budget()))
            self.size += BYTES_OF_A_FIELD * (1 + len(choices) + _fields(whole))
        return self._kept[name]


def coerced_variables(schema: GraphQLSchema, node: OperationDefinitionNode, raw: Json) -> VariableValues | None:
    """Return an operation's variables, coerced; None if one is refused, for reasons that its execution reports."""
    values = get_variable_values(schema, node.variable_definitions or (), raw, max_errors=1)
    return values if isinstance(values, VariableValues) else None


def _compiled(node: OperationDefinitionNode, operation: Operation) -> Asking | Acting | None:
    """The operation as its root fields; None when one of them never has a plan."""
    schema = operation.schema
    kinds = {OperationType.QUERY: schema.query_type, OperationType.MUTATION: schema.mutation_type}
    kind = kinds.get(node.operation)
    if node.directives or not isinstance(kind, GraphQLObjectType):
        return None
    try:
        if kind is schema.mutation_type:
            return acting(operation, [node], kind)
        return Asking(*select(operation, [node], kind, "plan"))
    except (NoPlan, Unplannable):
        return None


def _fields(whole: Asking | Acting | None) -> int:
    """How many fields are kept of it."""
    if isinstance(whole, Acting):
        return len(whole.data) + sum(len(act.data) for act in whole.acts.values())
    return 0 if whole is None else len(whole.data)
