"""Plans of the operations of a document: compiled on first execution, and cached with the document."""

from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

from graphql import (
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableValues,
    get_named_type,
    get_variable_values,
    is_leaf_type,
    print_ast,
)
from graphql.pyutils import Path

from graphql_app.context import Context
from graphql_app.models.base import Base
from graphql_app.pacing import COMPILED, Pacer
from graphql_app.plan.compiler import Compiler, RowLookup
from graphql_app.plan.completion import CompletedField, ObjectSelection, TypeSelections
from graphql_app.plan.fields import Nodes, model_of
from graphql_app.plan.level_code import emit_rows
from graphql_app.plan.operation import OperationPlan
from graphql_app.plan.program import BYTES_OF_A_STEP, Program, ProgramBuilder
from graphql_app.plan.run import Call
from graphql_app.plan.selection import Budget, Operation, Selecting, Unplannable, size_class
from graphql_app.sql.compiled import StatementCache
from graphql_app.strawberry_adapter import StrawberrySchema
from graphql_app.telemetry.tracing import step_span

MOST_PLANS = 50
"""Cached plans per document, each for given values of the variables of directives and page sizes."""
LARGEST = 4_000_000
"""Maximum estimated memory of a document's plans in bytes; a larger plan is compiled for each execution."""
LARGEST_BUDGET = 10**9
"""Maximum number of fields for the location of errors: no limit, because a result of these fields exists."""


class OperationPlans:
    """Cache of a document's plans, and of the reasons why operations have none.

    ``choices`` are the variables of directives: each combination of values has its own plan. ``sizes`` are the
    variables of page sizes: each size class has its own plan. ``grown`` is called after each addition.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: dict[str, FragmentDefinitionNode],
        choices: Sequence[str] = (),
        sizes: Sequence[str] = (),
        grown: Callable[[], None] = lambda: None,
    ) -> None:
        self.schema, self._fragments, self._grown = schema, fragments, grown
        self._choices, self._sizes = choices, sizes
        self.kept: dict[Hashable, OperationPlan | Unplannable] = {}
        self.size = 0
        """Estimated memory in bytes."""

    async def answer(
        self,
        node: OperationDefinitionNode,
        raw: dict[str, Any],
        context: Context,
        statements: StatementCache,
        strawberry: StrawberrySchema,
    ) -> ExecutionResult | None:
        """Execute an operation by its plan and return the result; None if it has no plan, or invalid variables.

        Stores the executed programs in the context, or the reason if there is no plan.
        """
        values = coerced_variables(self.schema, node, raw)
        if values is None:
            return None
        values.coerced.update(context.literals)
        plan = await self.get(node, values, context.pacing.pacer)
        if isinstance(plan, Unplannable):
            context.fell_back = str(plan)
            return None
        call = Call(node, self.schema, self._fragments, context, values, statements, strawberry)
        context.programs = call.used
        return await plan.answer(call)

    async def get(
        self, node: OperationDefinitionNode, values: VariableValues, pacer: Pacer
    ) -> OperationPlan | Unplannable:
        """Return the (cached or new) plan of an operation with these variables, or the reason why there is none."""
        chosen = self._chosen(values.coerced)
        key = (id(node), *chosen.values())
        found = self.kept.get(key)
        if found is None:
            try:
                with step_span("plan"):
                    found = await Planner(Operation(self.schema, self._fragments, chosen, Budget())).plan(node, pacer)
            except Unplannable as reason:
                found = reason.with_traceback(None)  # its frames have references to the first request
            self.keep(key, found)
        return found

    def _chosen(self, coerced: Mapping[str, Any]) -> dict[str, object]:
        if not self._choices and not self._sizes:
            return {}
        sizes = {name: size_class(coerced.get(name)) for name in self._sizes}
        return {name: coerced.get(name) for name in self._choices} | sizes

    def keep(self, key: Hashable, made: OperationPlan | Unplannable) -> None:
        """Cache a plan unless it is too large. Clears the cache if it is full."""
        size = (0 if isinstance(made, Unplannable) else made.size) + 80 * (10 + len(self._choices) + len(self._sizes))
        if len(self.kept) >= MOST_PLANS or self.size + size > LARGEST:
            self.kept.clear()
            self.size = 0
        if size <= LARGEST:
            self.kept[key] = made
            self.size += size
            self._grown()


class Planner:
    """Compiler of one operation. Each program is compiled in its own pass of the event loop."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._waiting: deque[Callable[[], None]] = deque()
        self._programs: dict[Any, Program] = {}
        self._late_size = 0
        """Estimated memory of programs that may be compiled later, in bytes."""

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

    def _objects(self, kind: GraphQLObjectType, nodes: Sequence[Selecting], path: Path | None) -> ObjectSelection:
        objects = ObjectSelection(kind)
        for key, group in self._operation.fields(nodes, kind).items():
            objects.fields[key] = None
            name = group[0].name.value
            if name != "__typename":
                if name not in kind.fields:
                    raise Unplannable(f"{name} is introspection beside other fields")
                objects.fields[key] = self._field(kind, key, kind.fields[name], group, path)
        return objects

    def _field(
        self, kind: GraphQLObjectType, key: str, definition: GraphQLField, nodes: Nodes, path: Path | None
    ) -> CompletedField:
        field = CompletedField(kind, key, nodes, definition, path)
        named = get_named_type(definition.type)
        if field.declared.emit is not None:
            self._waiting.append(partial(self._compile_list, field))
        elif not is_leaf_type(named):
            field.types = self._types(named, nodes, field.path)
        return field

    def _types(self, named: GraphQLNamedType, nodes: Nodes, path: Path) -> TypeSelections:
        """Return the selections of the possible types of a value."""
        types = TypeSelections(named)
        for kind in self._operation.possible_types(named):
            model = model_of(kind)
            if model is None:
                types.objects[kind.name] = self._objects(kind, nodes, path)
                continue
            types.models[model] = kind
            make = partial(self._record_program, kind, model, nodes)
            keys = self._keys_only(kind, nodes) if types.is_abstract else None
            if keys is None:
                self._waiting.append(partial(_compile_records, types, model, make))
            else:
                types.late[model], types.held[model] = make, keys
                self._late_size += BYTES_OF_A_STEP
        return types

    def _keys_only(self, kind: GraphQLObjectType, nodes: Nodes) -> Callable[[str], dict[str, str]] | None:
        """Return the function from an ID to the object of its record; None if more than the ID is selected."""
        names = self._operation.id_fields(nodes, kind)
        if names is None:
            return None
        return lambda id: {key: id if name == "id" else kind.name for key, name in names.items()}

    def _compile_list(self, field: CompletedField) -> None:
        draft = ProgramBuilder()
        assert field.declared.emit is not None
        field.declared.emit(self._compiler(draft), field.definition, field.nodes)
        field.listing = self._programs[field] = Program(draft)

    def _record_program(self, kind: GraphQLObjectType, model: type[Base], nodes: Nodes) -> Program:
        """Return the program for records found by their IDs: one for all fields with the same selection."""
        shape = (model, *(print_ast(node.selection_set) for node in nodes if node.selection_set))
        if shape not in self._programs:
            draft = ProgramBuilder()
            emit_rows(self._compiler(draft), RowLookup(kind, model, results=[("result", nodes)]), "keys")
            self._programs[shape] = Program(draft)
        return self._programs[shape]

    def _compiler(self, draft: ProgramBuilder) -> Compiler:
        return Compiler(self._operation, draft, self._call)

    def _call(self, kind: GraphQLObjectType, definition: GraphQLField, nodes: Nodes) -> CompletedField:
        """Return the field of a hand-written resolver that is called for the rows of a level."""
        return self._field(kind, (nodes[0].alias or nodes[0].name).value, definition, nodes, None)


def _compile_records(types: TypeSelections, model: type[Base], make: Callable[[], Program]) -> None:
    types.programs[model] = make()


def _check(node: OperationDefinitionNode, root: ObjectSelection) -> None:
    """Raise Unplannable for directives of an operation that its fields do not support."""
    if not node.directives:
        return
    for each in root.fields.values():
        if each is not None and each.declared.transaction is None:
            raise Unplannable(f"{each.name} cannot be part of a transaction")
    if node.operation is not OperationType.MUTATION:
        raise Unplannable("a directive of the operation")


def coerced_variables(
    schema: GraphQLSchema, node: OperationDefinitionNode, raw: dict[str, Any]
) -> VariableValues | None:
    """Return an operation's coerced variables; None if one is invalid (execution then reports the error)."""
    values = get_variable_values(schema, node.variable_definitions or (), raw, max_errors=1)
    return values if isinstance(values, VariableValues) else None
