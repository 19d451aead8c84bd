"""A whole operation as a plan: compiled once, then answered without graphql-core.

The fields of a query are shown together. Those of a mutation act one after the other, and each shows what was committed
before the next one acts; with `@transaction` all act in one transaction, and then all are shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from inspect import iscoroutine
from typing import Any

from graphql import ExecutionResult, GraphQLError, OperationType

from graphql_app.database.rows import ReturnedRecord
from graphql_app.plan.failures import Failed, Locator
from graphql_app.plan.objects import Objects, ShownField, complete, show
from graphql_app.plan.run import Call
from graphql_app.plan.selection import Operation

BYTES_OF_A_FIELD = 500
"""About what a root field takes besides programs."""


@dataclass(frozen=True, slots=True)
class OperationPlan:
    """A compiled operation: its root fields. ``operation`` is what its selections are read with."""

    root: Objects
    operation: Operation
    nodes: Sequence[Any]
    programs_size: int

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return BYTES_OF_A_FIELD * (1 + len(self.root.fields)) + self.programs_size

    async def answer(self, call: Call) -> ExecutionResult:
        """Return the result of an operation, its errors located."""
        if call.node.operation is OperationType.MUTATION:
            return await self._mutate(call)
        ((data,),) = await show(call, [(self.root, [None])])
        if not call.is_failed:
            return ExecutionResult(data, None)
        locator = self._locator(call)
        try:
            data = await locator.object(self.root.kind, self.nodes, data, None)
        except GraphQLError as error:
            return ExecutionResult(None, [*locator.errors, error])
        return ExecutionResult(data, locator.errors or None)

    async def _mutate(self, call: Call) -> ExecutionResult:
        """Execute the fields in their order; an error that leaves no data ends the operation."""
        fields = [field for field in self.root.fields.values() if field is not None]
        outcomes = await _transaction(call, fields)
        together = await complete(call, outcomes) if outcomes else []
        data: dict[str, Any] = dict.fromkeys(self.root.fields, self.root.kind.name)
        errors: list[GraphQLError] = []
        for index, field in enumerate(fields):
            (data[field.key],) = together[index] if together else await _shown(call, field)
            if not call.is_failed:
                continue
            call.is_failed, locator = bool(together), self._locator(call)
            try:
                located = locator.field(field.parent, field.definition, field.nodes, data[field.key], field.path)
                data[field.key] = await located
            except GraphQLError as error:
                return ExecutionResult(None, [*errors, *locator.errors, error])
            errors += locator.errors
        return ExecutionResult(data, errors or None)

    def _locator(self, call: Call) -> Locator:
        return Locator(self.operation, call.typed, call.context.pacing.pacer)


async def _shown(call: Call, field: ShownField) -> list[Any]:
    """Return what is shown of a root field, once it was executed."""
    context = call.context
    context.shown = _record_shown(field)
    if context.commits.stopped_by is None:
        values = await field.values(call, [None])
    else:
        values = [_committed(context.commits, field.key)]
    (shown,) = await complete(call, [(field, values)])
    context.shown = None
    call.read.clear()
    return shown


def _committed(commits: Any, name: str) -> Any:
    """Return the outcome of a root field of an operation that was stopped, instead of executing it."""
    try:
        return commits.result(name)
    except Exception as error:
        return Failed(error)


async def _transaction(call: Call, fields: Sequence[ShownField]) -> list[tuple[ShownField, list[Any]]]:
    """Execute the fields as one transaction, if the operation is one; else return nothing."""
    if not call.node.directives or call.context.commits.stopped_by is not None or not fields:
        return []
    batch = fields[0].declared.transaction(call.context, call.node)
    if batch is None:
        return []
    begun = [(field, field.begun(call, [None])) for field in fields]
    try:
        await batch.run(len(fields))
        return [(field, await field.ended(call, values)) for field, values in begun]
    finally:
        for each in filter(iscoroutine, (values[0] for _, values in begun)):
            each.close()


def _record_shown(field: ShownField) -> ReturnedRecord | None:
    """Return what is shown of a record, or of that of each row, if there is just one and a single statement reads it.

    None if that joins rows of the same table: to the statement that writes the records, that has no others. A payload
    without records, as of a deletion, needs no snapshot after the commit.
    """
    payloads = _objects(field)
    records = [each for each in _fields(payloads) if hasattr(each.declared, "model")]
    is_many = not records
    if is_many:
        rows = [one for each in _fields(payloads) if hasattr(each.declared, "of_each_row") for one in _objects(each)]
        records = [each for each in _fields(rows) if hasattr(each.declared, "model")]
    if not records:
        return ReturnedRecord(None, ())
    if len(records) != 1 or records[0].types is None or len(records[0].types.programs) != 1:
        return None
    ((model, program),) = records[0].types.programs.items()
    if len(program.steps) > 1 or program.calls:
        return None
    step = program.steps[0]
    is_alone = all(edge.target is not model for output in step.outputs.items for edge in output.path)
    return ReturnedRecord(model, step.outputs.items, step.inserting, is_many) if is_alone else None


def _objects(field: ShownField) -> list[Objects]:
    return [] if field.types is None else [*field.types.objects.values()]


def _fields(objects: Sequence[Objects]) -> list[ShownField]:
    return [each for one in objects for each in one.fields.values() if each is not None]
