"""graphql-core's executor: the reference for plans, and the executor of operations that have none.

Errors do not depend on the order in which fields end. graphql-core gives up on an object when the first of its fields
fails beyond repair, and reports the errors that it has met until then. Fields run concurrently, so the errors would
depend on their speed. Here all fields of an object, and all items of a list, end before an error leaves it; the first
in the order of the document is the one that does.

A mutation with `@transaction` is one transaction, of which nothing is shown before it is committed.
"""

import asyncio
from asyncio import gather
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    execute,
)
from graphql.execution.incremental import IncrementalExecutor
from graphql.pyutils import Path
from strawberry.execution import optimized_is_awaitable

from graphql_app.mutations.directives import is_transaction
from graphql_app.mutations.mutation import TransactionalField
from graphql_app.mutations.transaction_batch import TransactionBatch
from graphql_app.pacing import RESOLVED
from graphql_app.views.fields import DEFINITION

TYPENAME = "__typename"
IS_AWAITABLE: Any = optimized_is_awaitable
"""Strawberry's test, which knows the usual plain values without asking for their attributes."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The error of a field or an item that ended without a value."""

    error: BaseException


class DeterministicExecutor(IncrementalExecutor):
    """graphql-core's executor, whose errors do not depend on the order in which fields end."""

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Any,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        pacing = self.context_value.pacing
        work = RESOLVED * len(grouped_field_set)
        if path is not None and pacing.is_resolved_slowly and not pacing.pacer.take(work):
            # an awaitable in place of the object: the list or object around it waits for it; root fields do not wait,
            # as those of a transaction are executed at once
            turn = pacing.pacer.queue(work)
            return self._later(turn, parent_type, source_value, path, grouped_field_set, position_context)
        return self._fields(parent_type, source_value, path, grouped_field_set, position_context)

    async def _later(self, turn: Awaitable[None], *arguments: Any) -> Any:
        await turn
        results = self._fields(*arguments)
        return await results if self.is_awaitable(results) else results

    def _fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Any,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        results: dict[str, Any] = {}
        for name, details in grouped_field_set.items():
            try:
                here = Path(path, name, parent_type.name)
                result = self.execute_field(parent_type, source_value, details, here, position_context)
            except Exception as error:
                result = Ended(error)
            if result is not Undefined:
                results[name] = result
        waiting = [name for name, result in results.items() if self.is_awaitable(result)]
        return _ended(results, waiting) if waiting else _whole(results)

    def complete_list_item_value(self, item: Any, complete_results: list[Any], *rest: Any) -> bool:
        try:
            is_waiting = super().complete_list_item_value(item, complete_results, *rest)
        except Exception as error:
            complete_results.append(Ended(error))
            return False
        if is_waiting:
            complete_results[-1] = _caught(complete_results[-1])
        return is_waiting

    async def complete_awaitable_list_item_value(self, *arguments: Any) -> Any:
        return await _caught(super().complete_awaitable_list_item_value(*arguments))

    def complete_iterable_value(self, *arguments: Any) -> Any:
        completed: Any = super().complete_iterable_value(*arguments)
        return _all_there(completed) if self.is_awaitable(completed) else _list(completed)


class OperationExecutor(DeterministicExecutor):
    """The executor of operations: a mutation's fields one after the other, or all of them as one transaction.

    graphql-core completes a mutation's field before it runs the next, and would show what a later one may still undo.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.variable_values.coerced.update(self.context_value.literals)

    def execute_fields_serially(
        self, parent_type: GraphQLObjectType, source_value: Any, path: Any, grouped_field_set: Any, *rest: Any
    ) -> Any:
        is_together = is_transaction(self.operation) and self.context_value.commits.stopped_by is None
        run = self._together if is_together else super().execute_fields_serially
        return run(parent_type, source_value, path, grouped_field_set, *rest)

    async def _together(
        self, parent_type: GraphQLObjectType, source_value: Any, path: Any, grouped_field_set: Any, *rest: Any
    ) -> Any:
        """All fields join the transaction, it is run, and then all of their payloads are completed."""
        expected = self._calls(parent_type, grouped_field_set)
        batch = self.context_value.batch = TransactionBatch(self.context_value)
        results = self.execute_fields(parent_type, source_value, path, grouped_field_set, *rest)
        if not self.is_awaitable(results):
            return results
        completing = asyncio.ensure_future(results)
        try:
            await batch.run(expected)
            return await completing
        finally:
            completing.cancel()

    def _calls(self, parent_type: GraphQLObjectType, grouped_field_set: Any) -> int:
        """Return the number of mutation calls. Raises GraphQLError for a field that is something else."""
        count = 0
        for details in grouped_field_set.values():
            node = details[0].node
            if node.name.value == TYPENAME:
                continue
            definition = self.schema.get_field(parent_type, node.name.value)
            if definition is None or not isinstance(definition.extensions.get(DEFINITION), TransactionalField):
                message = f"`{node.name.value}` cannot be part of a transaction."
                raise GraphQLError(message, node, extensions={"code": "BAD_USER_INPUT"})
            count += 1
        return count

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: Any, path: Any, position_context: Any
    ) -> Any:
        commits = self.context_value.commits
        node = field_details_list[0].node
        definition = self.schema.get_field(parent_type, node.name.value)
        if commits.stopped_by is None or path.prev is not None or definition is None or node.name.value == TYPENAME:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        info = self.build_resolve_info(definition, [each.node for each in field_details_list], parent_type, path)
        known = _committed(commits, path.key)
        return self.complete_awaitable_value(definition.type, field_details_list, info, path, known, position_context)


async def _committed(commits: Any, name: str) -> Any:
    """Return the outcome of a root field of an operation that was stopped, instead of executing it."""
    return commits.result(name)


async def _ended(results: dict[str, Any], waiting: list[str]) -> dict[str, Any]:
    """The results when all that are waited for have come to their end. Raises the first error among them."""
    if len(waiting) == 1:
        results[waiting[0]] = await _caught(results[waiting[0]])
        return _whole(results)
    ended = await gather(*(_caught(results[name]) for name in waiting))
    results.update(zip(waiting, ended, strict=True))
    return _whole(results)


async def _caught(awaitable: Awaitable[Any]) -> Any:
    try:
        return await awaitable
    except Exception as error:
        return Ended(error)


async def _all_there(completed: Awaitable[list[Any]]) -> list[Any]:
    return _list(await completed)


def _whole(results: dict[str, Any]) -> dict[str, Any]:
    _raise_first(results.values())
    return results


def _list(results: list[Any]) -> list[Any]:
    _raise_first(results)
    return results


def _raise_first(results: Iterable[Any]) -> None:
    for result in results:
        if type(result) is Ended:
            raise result.error


def execute_operation(
    schema: GraphQLSchema,
    document: DocumentNode,
    context: Any,
    variables: dict[str, Any],
    name: str | None,
    *,
    hide_suggestions: bool,
) -> ExecutionResult | Awaitable[ExecutionResult]:
    """Execute the operation of this name by graphql-core. ``context`` is an operation's ``Context``."""
    return execute(
        schema,
        document,
        context_value=context,
        variable_values=variables,
        operation_name=name,
        is_awaitable=IS_AWAITABLE,
        executor_class=OperationExecutor,
        hide_suggestions=hide_suggestions,
    )
