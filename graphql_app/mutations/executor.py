"""The executor of operations: a mutation's fields one after the other, or all of them as one transaction."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLObjectType, GraphQLSchema, execute
from strawberry.execution import optimized_is_awaitable

from graphql_app.mutations.directives import is_transaction
from graphql_app.mutations.fields import DeedField
from graphql_app.mutations.together import Together
from graphql_app.plan.finished import DEFINITION, PlanExecutor

TYPENAME = "__typename"
IS_AWAITABLE: Any = optimized_is_awaitable
"""Strawberry's test, which knows the usual plain values without asking for their attributes."""


class OperationExecutor(PlanExecutor):
    """The plans' executor, which knows ``@transaction``.

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
        expected = self._deeds(parent_type, grouped_field_set)
        together = self.context_value.together = Together()
        results = self.execute_fields(parent_type, source_value, path, grouped_field_set, *rest)
        if not self.is_awaitable(results):
            return results
        completing = asyncio.ensure_future(results)
        try:
            if len(together.deeds) == expected:
                await together.run(self.context_value)
            else:
                together.give_up()
            return await completing
        finally:
            completing.cancel()

    def _deeds(self, parent_type: GraphQLObjectType, grouped_field_set: Any) -> int:
        """How many of the fields are deeds. Raises GraphQLError for one that is something else."""
        count = 0
        for details in grouped_field_set.values():
            node = details[0].node
            if node.name.value == TYPENAME:
                continue
            definition = self.schema.get_field(parent_type, node.name.value)
            if definition is None or not isinstance(definition.extensions.get(DEFINITION), DeedField):
                message = f"`{node.name.value}` cannot be part of a transaction."
                raise GraphQLError(message, node, extensions={"code": "BAD_USER_INPUT"})
            count += 1
        return count


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
