"""Source of a subscription's events. Each event is then executed as a separate operation."""

from collections.abc import AsyncIterable
from typing import cast

from graphql import DocumentNode, ExecutionResult, GraphQLSchema
from graphql.execution import Executor as GraphQLExecutor
from graphql.execution import create_source_event_stream

from graphql_app.context import Context
from graphql_app.execution.request import GraphQLRequest


async def open_events(
    schema: GraphQLSchema, document: DocumentNode, context: Context, request: GraphQLRequest, *, hide_suggestions: bool
) -> AsyncIterable[object] | ExecutionResult:
    """Return the source of events, or a result with errors if the variables or the arguments are invalid.

    The resolver that opens the source has ``context`` while it does so, and no session afterwards.
    """
    executor = GraphQLExecutor.build(
        schema,
        document,
        context_value=context,
        raw_variable_values=request.variables,
        operation_name=request.operation_name,
        hide_suggestions=hide_suggestions,
    )
    if isinstance(executor, list):
        return ExecutionResult(None, executor)
    source = create_source_event_stream(executor)
    if isinstance(source, ExecutionResult | AsyncIterable):
        return source
    return cast(AsyncIterable[object] | ExecutionResult, await source)
