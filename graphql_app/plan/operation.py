"""Plan of an operation: compiled once, then executed without graphql-core.

The fields of a query are executed together. The fields of a mutation are executed in order, and the payload of each is
read before the next one starts; with `@transaction`, all are executed in one transaction, and then all payloads are
read.
"""

import dataclasses
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from inspect import iscoroutine
from typing import NamedTuple

from graphql import ExecutionResult, GraphQLError, OperationDefinitionNode, OperationType

from graphql_app.context import Commits, Context
from graphql_app.database.returned_records import ReturnedRecord
from graphql_app.models.base import Base
from graphql_app.models.values import known_value
from graphql_app.plan.completion import CompletedField, FieldValues, ObjectSelection, build, complete
from graphql_app.plan.errors import Failed, Locator, Value
from graphql_app.plan.run import Call
from graphql_app.plan.selection import Operation
from graphql_app.sql.compiled import Compiled
from graphql_app.sql.joins import Output, Outputs
from graphql_app.sql.row_rules import VISIBLE, hides, is_restricted

BYTES_OF_A_FIELD = 500
"""Estimated memory of a root field besides programs."""


@dataclass(frozen=True, slots=True)
class OperationPlan:
    """Compiled operation: its root fields. ``operation`` is the context of its selections."""

    root: ObjectSelection
    operation: Operation
    nodes: Sequence[OperationDefinitionNode]
    programs_size: int
    records: dict[str, "PlannedRecord | None"] = dataclasses.field(default_factory=dict)
    """Records of payloads by the response key of the root field."""

    @property
    def size(self) -> int:
        """Estimated memory in bytes."""
        return BYTES_OF_A_FIELD * (1 + len(self.root.fields)) + self.programs_size

    async def answer(self, call: Call) -> ExecutionResult:
        """Return the result of an operation with located errors."""
        if call.node.operation is OperationType.MUTATION:
            return await self._mutate(call)
        ((data,),) = await build(call, [(self.root, [None])])
        if not call.is_failed:
            return ExecutionResult(data, None)
        locator = self._locator(call)
        try:
            data = await locator.object(self.root.kind, self.nodes, data, None)
        except GraphQLError as error:
            return ExecutionResult(None, [*locator.errors, error])
        return ExecutionResult(data, locator.errors or None)

    async def _mutate(self, call: Call) -> ExecutionResult:
        """Execute the fields in their order; an error without data ends the operation."""
        fields = [field for field in self.root.fields.values() if field is not None]
        outcomes = await _transaction(call, fields)
        together = await complete(call, outcomes) if outcomes else []
        data: dict[str, Value] = dict.fromkeys(self.root.fields, self.root.kind.name)
        errors: list[GraphQLError] = []
        for index, field in enumerate(fields):
            (data[field.key],) = together[index] if together else await _executed(self, call, field)
            if not call.is_failed:
                continue
            call.is_failed, locator = bool(together), self._locator(call)
            try:
                located = locator.field(field.parent, field.definition, field.nodes, data[field.key], field.path)
                data[field.key] = await located
            except GraphQLError as error:
                return ExecutionResult(None, [*errors, *locator.errors, error])
            errors += locator.errors
            if errors and call.context.on_error == "HALT":
                break
        return ExecutionResult(data, errors or None)

    def _locator(self, call: Call) -> Locator:
        context = call.context
        return Locator(self.operation, call.typed, context.pacing.pacer, is_propagating=context.on_error != "NULL")


async def _executed(plan: OperationPlan, call: Call, field: CompletedField) -> list[Value]:
    """Execute a root field; return its value in the form of the response."""
    context = call.context
    if field.key not in plan.records:
        plan.records[field.key] = _payload_record(field)
    context.returned = _returned_record(plan.records[field.key], context)
    if context.commits.stopped_by is None:
        values = await field.values(call, [None])
    else:
        values = [_committed(context.commits, field.key)]
    (completed,) = await complete(call, [(field, values)])
    context.returned = None
    call.read.clear()
    return completed


def _committed(commits: Commits, name: str) -> Value:
    """Return the outcome of a root field if the operation was stopped, instead of executing it."""
    try:
        return commits.result(name)
    except Exception as error:
        return Failed(error)


async def _transaction(call: Call, fields: Sequence[CompletedField]) -> FieldValues:
    """Execute the fields in one transaction, if the operation requests it; else return nothing."""
    if not call.node.directives or call.context.commits.stopped_by is not None or not fields:
        return []
    begin = fields[0].declared.transaction
    batch = begin and begin(call.context, call.node)
    if batch is None:
        return []
    begun = [(field, field.begun(call, [None])) for field in fields]
    try:
        await batch.run(len(fields))
        return [(field, await field.ended(call, values)) for field, values in begun]
    finally:
        for each in filter(iscoroutine, (values[0] for _, values in begun)):
            each.close()


class PlannedRecord(NamedTuple):
    """Record of a payload that the statement that writes it can return. ``ruled`` are its models with rules."""

    model: type[Base] | None
    outputs: Outputs
    statements: dict[Hashable, Compiled]
    is_many: bool = False
    ruled: tuple[type[Base], ...] = ()


def _returned_record(record: PlannedRecord | None, context: Context) -> ReturnedRecord | None:
    """Return the outputs of a payload's record; None if another statement reads it.

    That is the case for rows that rules may hide from the audience.
    """
    if record is None:
        return None
    if record.ruled:
        audience = context.audience
        if audience is not None and any(is_restricted((VISIBLE,), each, audience) for each in record.ruled):
            return None
    return ReturnedRecord(record.model, record.outputs, record.statements, record.is_many)


def _payload_record(field: CompletedField) -> PlannedRecord | None:
    """Return the payload's only record, or each row's record, if a single statement reads it.

    None if that statement joins rows of the same table, or computes a value by a subquery, because the statement that
    writes a record returns no other row of its table. A payload without records, such as a deletion's, requires no
    snapshot after the commit.
    """
    payloads = _objects(field)
    records = [each for each in _fields(payloads) if each.declared.is_changed_record]
    is_many = not records
    if is_many:
        rows = [one for each in _fields(payloads) if each.declared.is_each_row for one in _objects(each)]
        records = [each for each in _fields(rows) if each.declared.is_changed_record]
    if not records:
        return PlannedRecord(None, (), {})
    if len(records) != 1 or records[0].types is None or len(records[0].types.programs) != 1:
        return None
    ((model, program),) = records[0].types.programs.items()
    if len(program.steps) > 1 or program.calls:
        return None
    step = program.steps[0]
    if not all(_is_of_row(output, model) for output in step.outputs.items):
        return None
    joined = (edge.target for output in step.outputs.items for edge in output.path)
    ruled = tuple(filter(hides, dict.fromkeys((model, *joined))))
    return PlannedRecord(model, step.outputs.items, step.inserting, is_many, ruled)


def _is_of_row(output: Output, model: type[Base]) -> bool:
    """Return True if the statement that writes a row of the model can return the output."""
    last = output.path[-1].target if output.path else model
    return not known_value(last, output.column).reads_tables and all(edge.target is not model for edge in output.path)


def _objects(field: CompletedField) -> list[ObjectSelection]:
    return [] if field.types is None else [*field.types.objects.values()]


def _fields(objects: Sequence[ObjectSelection]) -> list[CompletedField]:
    return [each for one in objects for each in one.fields.values() if each is not None]
