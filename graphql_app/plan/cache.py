"""Operations of one document as plans: compiled when they are first executed, and kept with the document."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from graphql import (
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableValues,
    get_named_type,
    get_variable_values,
    is_abstract_type,
    is_leaf_type,
    print_ast,
)

from graphql_app.models.base import Base
from graphql_app.pacing import COMPILED, Pacer
from graphql_app.plan.compiler import Compiler, FoundRows, ListedPages, Nodes
from graphql_app.plan.levels import emit_found, emit_list
from graphql_app.plan.objects import Objects, ShownField, Types
from graphql_app.plan.operation import OperationPlan
from graphql_app.plan.program import BYTES_OF_A_STEP, Draft, Program
from graphql_app.plan.run import Call
from graphql_app.plan.selection import Budget, Operation, Unplannable, size_class
from graphql_app.sql.compiled import Statements
from graphql_app.types.fields import DEFINITION
from graphql_app.types.lists import ListField
from graphql_app.types.registry import model_of

MOST_PLANS = 50
"""Operations that one document keeps, each for one choice of the variables of its directives and page sizes."""
LARGEST = 4_000_000
"""Bytes that they take, about; a larger one is compiled each time."""
LARGEST_BUDGET = 10**9
"""Fields that are looked at to locate errors, once each: a result was made of them."""


class OperationPlans:
    """The plans of one document, and the reasons why operations have none. ``grown`` is called after each that is kept.

    ``choices`` are the variables of directives: other values, other plans. ``sizes`` are those of page sizes: much
    larger ones, other plans.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: dict[str, FragmentDefinitionNode],
        choices: Sequence[str] = (),
        sizes: Sequence[str] = (),
        grown: Callable[[], None] = lambda: None,
    ) -> None:
        self._schema, self._fragments, self._grown = schema, fragments, grown
        self._choices, self._sizes = choices, sizes
        self.kept: dict[Any, OperationPlan | Unplannable] = {}
        self.size = 0
        """About how many bytes they take."""

    async def answer(
        self, node: OperationDefinitionNode, raw: dict[str, Any], context: Any, statements: Statements, strawberry: Any
    ) -> ExecutionResult | None:
        """Return the result of an operation by its plan; None for one without a plan, or with variables refused.

        ``strawberry`` is Strawberry's schema. Notes in the context why there is no plan, or which programs were run.
        """
        values = coerced_variables(self._schema, node, raw)
        if values is None:
            return None
        values.coerced.update(context.literals)
        plan = await self.get(node, values, context.pacing.pacer)
        if isinstance(plan, Unplannable):
            context.fell_back = str(plan)
            return None
        call = Call(node, self._schema, self._fragments, context, values, statements, strawberry)
        context.programs = call.used
        return await plan.answer(call)

    async def get(
        self, node: OperationDefinitionNode, values: VariableValues, pacer: Pacer
    ) -> OperationPlan | Unplannable:
        """Return the plan of an operation with these variables, made if it is new, or the reason why there is none."""
        chosen = self._chosen(values.coerced)
        key = (id(node), *chosen.values())
        found = self.kept.get(key)
        if found is None:
            found = await self._made(node, Operation(self._schema, self._fragments, chosen, Budget()), pacer)
            self.keep(key, found)
        return found

    def _chosen(self, coerced: Mapping[str, Any]) -> dict[str, Any]:
        if not self._choices and not self._sizes:
            return {}
        sizes = {name: size_class(coerced.get(name)) for name in self._sizes}
        return {name: coerced.get(name) for name in self._choices} | sizes

    async def _made(
        self, node: OperationDefinitionNode, operation: Operation, pacer: Pacer
    ) -> OperationPlan | Unplannable:
        try:
            return await Planner(operation).plan(node, pacer)
        except Unplannable as reason:
            return reason.with_traceback(None)  # its frames would keep the request that was first to ask

    def keep(self, key: Any, made: OperationPlan | Unplannable) -> None:
        """Keep a plan, unless it is too large; forget all others if there are too many."""
        size = (0 if isinstance(made, Unplannable) else made.size) + 80 * (10 + len(self._choices) + len(self._sizes))
        if len(self.kept) >= MOST_PLANS or self.size + size > LARGEST:
            self.kept.clear()
            self.size = 0
        if size <= LARGEST:
            self.kept[key] = made
            self.size += size
            self._grown()


class Planner:
    """Compiles one operation. Programs are compiled last, in a pass of the event loop of its own each."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._waiting: deque[Callable[[], None]] = deque()
        self._programs: dict[Any, Program] = {}
        self._late_size = 0
        """About how many bytes programs take that are compiled later, if they are."""

    async def plan(self, node: OperationDefinitionNode, pacer: Pacer) -> OperationPlan:
        """Return the operation's plan. Raises Unplannable."""
        root = self._operation.schema.get_root_type(node.operation)
        assert root is not None  # the document is valid
        objects = self._objects(root, [node], None)
        _check(node, objects)
        while self._waiting:
            if pacer.is_spent:
                await pacer.turn(COMPILED)
            pacer.spend(COMPILED)
            self._waiting.popleft()()
        size = self._late_size + sum(program.size for program in self._programs.values())
        operation = self._operation
        unbound = Operation(operation.schema, operation.fragments, operation.choices, Budget(LARGEST_BUDGET))
        return OperationPlan(objects, unbound, [node], size)

    def _objects(self, kind: GraphQLObjectType, nodes: Sequence[Any], path: Any) -> Objects:
        objects = Objects(kind)
        for key, group in self._operation.fields(nodes, kind).items():
            objects.fields[key] = None
            name = group[0].name.value
            if name != "__typename":
                if name not in kind.fields:
                    raise Unplannable(f"{name} is introspection beside other fields")
                objects.fields[key] = self._field(kind, key, kind.fields[name], group, path)
        return objects

    def _field(self, kind: GraphQLObjectType, key: str, definition: Any, nodes: Nodes, path: Any) -> ShownField:
        shown = ShownField(kind, key, nodes, definition, path)
        named = get_named_type(definition.type)
        if isinstance(shown.declared, ListField):
            self._waiting.append(partial(self._compile_list, shown))
        elif not is_leaf_type(named):
            shown.types = self._types(named, nodes, shown.path)
        return shown

    def _types(self, named: Any, nodes: Nodes, path: Any) -> Types:
        """What is selected of each of the types that a value may be of."""
        types = Types(named)
        schema = self._operation.schema
        for kind in schema.get_possible_types(named) if is_abstract_type(named) else [named]:
            model = model_of(kind.extensions[DEFINITION].origin)
            if model is None:
                types.objects[kind.name] = self._objects(kind, nodes, path)
                continue
            types.models[model] = kind
            make = partial(self._record_program, model, nodes)
            keys = self._keys_only(kind, nodes) if types.is_abstract else None
            if keys is None:
                self._waiting.append(partial(_compile_records, types, model, make))
            else:
                types.late[model], types.held[model] = make, keys
                self._late_size += BYTES_OF_A_STEP
        return types

    def _keys_only(self, kind: GraphQLObjectType, nodes: Nodes) -> Callable[[str], dict[str, str]] | None:
        """What makes the object of a record of an id; None if more than the id is selected."""
        selected = {key: group[0].name.value for key, group in self._operation.fields(nodes, kind).items()}
        if not set(selected.values()) <= {"id", "__typename"}:
            return None
        return lambda id: {key: id if name == "id" else kind.name for key, name in selected.items()}

    def _compile_list(self, shown: ShownField) -> None:
        draft = Draft()
        listed = ListedPages((shown.declared, shown.definition), "", filled=[("result", shown.nodes)])
        emit_list(self._compiler(draft), listed, "keys")
        shown.listing = self._programs[shown] = Program(draft)

    def _record_program(self, model: type[Base], nodes: Nodes) -> Program:
        """The program for records found by their ids: one for all fields that select the same."""
        shape = (model, *(print_ast(node.selection_set) for node in nodes if node.selection_set))
        if shape not in self._programs:
            draft = Draft()
            emit_found(self._compiler(draft), FoundRows(model, "id", filled=[("result", nodes)]), "keys")
            self._programs[shape] = Program(draft)
        return self._programs[shape]

    def _compiler(self, draft: Draft) -> Compiler:
        return Compiler(self._operation, draft, self._called)

    def _called(self, kind: GraphQLObjectType, definition: Any, nodes: Nodes) -> ShownField:
        """The plan of a resolver of one's own that is called for the rows of a level."""
        return self._field(kind, (nodes[0].alias or nodes[0].name).value, definition, nodes, None)


def _compile_records(types: Types, model: type[Base], make: Callable[[], Program]) -> None:
    types.programs[model] = make()


def _check(node: OperationDefinitionNode, root: Objects) -> None:
    """Raise Unplannable for directives of an operation that its fields do not have to do with."""
    if not node.directives:
        return
    for each in root.fields.values():
        if each is not None and not hasattr(each.declared, "transaction"):
            raise Unplannable(f"{each.name} cannot be part of a transaction")
    if node.operation is not OperationType.MUTATION:
        raise Unplannable("a directive of the operation")


def coerced_variables(
    schema: GraphQLSchema, node: OperationDefinitionNode, raw: dict[str, Any]
) -> VariableValues | None:
    """Return an operation's variables, coerced; None if one is refused, for reasons that its execution reports."""
    values = get_variable_values(schema, node.variable_definitions or (), raw, max_errors=1)
    return values if isinstance(values, VariableValues) else None
