"""Adapter of graphql-core's executor and validation rules.

graphql-core is the reference for plans, and executes operations without a plan. This is the only module that uses
private graphql-core APIs. `tests/architecture/test_adapters.py` fails if a new version changes one of them.

Errors do not depend on the order in which fields complete. graphql-core abandons an object when the first of its
non-null fields fails, and reports the errors until then. Fields run concurrently, so the errors would depend on their
speed. Here all fields of an object, and all items of a list, complete before an error propagates: the first error in
document order.
"""

import asyncio
from asyncio import gather
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    ValidationContext,
    Visitor,
    experimental_execute_incrementally,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.execution.incremental import IncrementalExecutor
from graphql.language import ast
from graphql.pyutils import AwaitableOrValue, Path
from strawberry.execution import optimized_is_awaitable

from graphql_app.context import Commits, Context
from graphql_app.execution.introspection import TYPENAME
from graphql_app.execution.request import JsonObject
from graphql_app.mutations.calls import TransactionBatch
from graphql_app.mutations.directives import is_transaction
from graphql_app.pacing import RESOLVED
from graphql_app.plan.fields import planned

IS_AWAITABLE: Any = optimized_is_awaitable  # declared without the TypeGuard of graphql-core's test
"""Strawberry's test, which recognizes common plain values without reading their attributes."""
NODE_KINDS = frozenset(
    each.kind for each in vars(ast).values() if isinstance(each, type) and issubclass(each, ast.Node)
)

RuleFactory = Callable[[ValidationContext], Visitor]
"""Validation rule: a class of graphql-core, or a function that returns a visitor."""


@dataclass(frozen=True, slots=True)
class FieldFailure:
    """Placeholder for the value of a field or an item that failed."""

    error: BaseException


class DeterministicExecutor(IncrementalExecutor):
    """graphql-core's executor, with errors that do not depend on the order in which fields complete.

    Overrides methods that graphql-core marks as private: it has no other way to change the completion of objects and
    lists.
    """

    context_value: Context

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: object,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Any,
        *,
        is_paced: bool = False,
    ) -> AwaitableOrValue[JsonObject]:
        pacing = self.context_value.pacing
        work = RESOLVED * len(grouped_field_set)
        if not is_paced and path is not None and pacing.is_resolved_slowly and not pacing.pacer.take(work):
            # an awaitable in place of the object: the list or object around it waits for it; root fields do not wait,
            # as those of a transaction are executed at once
            turn = pacing.pacer.queue(work)
            return self._execute_later(turn, parent_type, source_value, path, grouped_field_set, position_context)
        results: JsonObject = {}
        for name, details in grouped_field_set.items():
            try:
                field_path = Path(path, name, parent_type.name)
                result = self.execute_field(parent_type, source_value, details, field_path, position_context)
            except Exception as error:
                result = FieldFailure(error)
            if result is not Undefined:
                results[name] = result
        waiting = [name for name, result in results.items() if self.is_awaitable(result)]
        if waiting:
            return _complete(results, waiting)
        _raise_first(results.values())
        return results

    async def _execute_later(self, turn: Awaitable[None], *arguments: Any) -> JsonObject:
        await turn
        results = self.execute_fields(*arguments, is_paced=True)
        return results if isinstance(results, dict) else await results

    def complete_list_item_value(self, item: object, complete_results: list[Any], *rest: Any) -> bool:
        try:
            is_waiting = super().complete_list_item_value(item, complete_results, *rest)
        except Exception as error:
            complete_results.append(FieldFailure(error))
            return False
        if is_waiting:
            complete_results[-1] = _caught(complete_results[-1])
        return is_waiting

    async def complete_awaitable_list_item_value(self, *arguments: Any) -> Any:
        return await _caught(super().complete_awaitable_list_item_value(*arguments))

    def complete_iterable_value(self, *arguments: Any) -> AwaitableOrValue[list[Any]]:
        completed = super().complete_iterable_value(*arguments)
        if not isinstance(completed, list):
            return _complete_list(completed)
        _raise_first(completed)
        return completed


class OperationExecutor(DeterministicExecutor):
    """Executor of operations: the fields of a mutation in order, or all of them as one transaction.

    graphql-core completes a field of a mutation before it runs the next one, and would return the payload of a change
    that a later field may still roll back.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.variable_values.coerced.update(self.context_value.literals)
        self.error_propagation = self.context_value.on_error != "NULL"

    def execute_fields_serially(
        self,
        parent_type: GraphQLObjectType,
        source_value: object,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        *rest: Any,
    ) -> AwaitableOrValue[JsonObject]:
        is_batch = is_transaction(self.operation) and self.context_value.commits.stopped_by is None
        run = self._execute_batch if is_batch else super().execute_fields_serially
        return run(parent_type, source_value, path, grouped_field_set, *rest)

    async def _execute_batch(
        self, parent_type: GraphQLObjectType, source_value: object, path: Path | None, *rest: Any
    ) -> JsonObject:
        """Let all fields join the transaction, run it, and then complete all of their payloads."""
        expected = self._count_calls(parent_type, rest[0])
        batch = self.context_value.batch = TransactionBatch(self.context_value)
        results = self.execute_fields(parent_type, source_value, path, *rest)
        if isinstance(results, dict):
            return results
        completing = asyncio.ensure_future(results)
        try:
            await batch.run(expected)
            return await completing
        finally:
            completing.cancel()

    def _count_calls(self, parent_type: GraphQLObjectType, grouped_field_set: GroupedFieldSet) -> int:
        """Return the number of mutation calls. Raises GraphQLError for a field that cannot join a transaction."""
        count = 0
        for details in grouped_field_set.values():
            node = details[0].node
            if node.name.value == TYPENAME:
                continue
            definition = self.schema.get_field(parent_type, node.name.value)
            if definition is None or planned(definition).transaction is None:
                message = f"`{node.name.value}` cannot be part of a transaction."
                raise GraphQLError(message, node, extensions={"code": "BAD_USER_INPUT"})
            count += 1
        return count

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: object,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> Any:
        """Execute a field, or return the committed outcome of a root field if the operation was stopped.

        A root field of a mutation is not executed if an error has halted the operation.
        """
        commits = self.context_value.commits
        node = field_details_list[0].node
        if path.prev is None and self.context_value.on_error == "HALT" and self.collected_errors.errors:
            return None
        definition = self.schema.get_field(parent_type, node.name.value)
        if commits.stopped_by is None or path.prev is not None or definition is None or node.name.value == TYPENAME:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        info = self.build_resolve_info(definition, [each.node for each in field_details_list], parent_type, path)
        outcome = _committed_outcome(commits, str(path.key))
        return self.complete_awaitable_value(definition.type, field_details_list, info, path, outcome, position_context)


async def _committed_outcome(commits: Commits, name: str) -> Any:
    return commits.result(name)


async def _complete(results: JsonObject, waiting: list[str]) -> JsonObject:
    """Return the results after all awaitables among them have completed. Raises the first error in document order."""
    if len(waiting) == 1:
        results[waiting[0]] = await _caught(results[waiting[0]])
    else:
        ended = await gather(*(_caught(results[name]) for name in waiting))
        results.update(zip(waiting, ended, strict=True))
    _raise_first(results.values())
    return results


async def _complete_list(completed: Awaitable[list[Any]]) -> list[Any]:
    items = await completed
    _raise_first(items)
    return items


async def _caught(awaitable: Awaitable[Any]) -> Any:
    """Return the result, or a FieldFailure for an exception."""
    try:
        return await awaitable
    except Exception as error:
        return FieldFailure(error)


def _raise_first(results: Iterable[object]) -> None:
    for result in results:
        if type(result) is FieldFailure:
            raise result.error


def execute_operation(
    schema: GraphQLSchema,
    document: DocumentNode,
    context: Context,
    variables: JsonObject,
    name: str | None,
    event: object = None,
    *,
    hide_suggestions: bool,
) -> ExecutionResult | Awaitable[ExecutionResult]:
    """Execute the operation with this name by graphql-core, or the one of a subscription for an event."""
    # `execute` rejects schemas with @defer and @stream, which are removed from documents: see deferral
    result = experimental_execute_incrementally(
        schema,
        document,
        event,
        context_value=context,
        variable_values=variables,
        operation_name=name,
        is_awaitable=IS_AWAITABLE,
        executor_class=OperationExecutor,
        hide_suggestions=hide_suggestions,
    )
    return cast(ExecutionResult | Awaitable[ExecutionResult], result)


class SparseRule:
    """Validation rule with a precomputed map of the node kinds that it does not visit.

    graphql-core looks up the methods of 30 rules for each kind of node again in each document, which takes a fifth of
    the time of a validation. It caches them in ``Visitor.enter_leave_map``, which this class fills in advance.
    """

    def __init__(self, rule: RuleFactory) -> None:
        self._rule = rule
        nothing = Visitor().get_enter_leave_for_kind("document")
        self._absent = {kind: nothing for kind in NODE_KINDS if not _handles(rule, kind)}

    def __call__(self, context: ValidationContext) -> Visitor:
        visitor = self._rule(context)
        visitor.enter_leave_map.update(self._absent)
        return visitor


def _handles(rule: RuleFactory, kind: str) -> bool:
    return any(hasattr(rule, name) for name in ("enter", "leave", f"enter_{kind}", f"leave_{kind}"))
