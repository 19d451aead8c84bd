"""Costs of responses: dry runs, refunds of what lists did not contain, and ``extensions.cost``."""

from dataclasses import replace

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    value_from_ast_untyped,
)

from graphql_app.context import Context
from graphql_app.execution.admission import AdmittedOperation
from graphql_app.execution.cost import Cost
from graphql_app.execution.documents import DRY_RUN
from graphql_app.execution.graphql_core_adapter import execute_operation
from graphql_app.execution.rate_limits import RateLimiter
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse, JsonObject
from graphql_app.plan.selection import selected_fields
from graphql_app.viewer import Viewer

RATE_LIMIT = "rateLimit"
"""Root field with the argument ``dryRun``."""


async def charge(
    admitted: AdmittedOperation, request: GraphQLRequest, viewer: Viewer | None, rates: RateLimiter
) -> None:
    """Take the cost of an operation from the bucket of its client, unless it is a dry run. Raises RateLimited."""
    if admitted.document.has_dry_run and is_dry_run(admitted, request.variables):
        admitted.is_dry_run, admitted.bucket = True, rates.bucket(request, viewer)
    else:
        admitted.bucket = await rates.take(request, viewer, admitted.cost.charged)


def actual_cost(response: GraphQLResponse, cost: Cost) -> int:
    """Return the cost of a response: of the items that its lists have.

    An operation that was not executed costs nothing. One whose data was nulled by an error costs as much as requested.
    """
    if not response.executed:
        return 0
    data = response.body.get("data")
    return cost.requested if data is None else min(cost.actual(data), cost.requested)


def finish(admitted: AdmittedOperation, response: GraphQLResponse, *, reports_cost: bool) -> None:
    """Refund what an operation has not used, and add the cost to the response on request."""
    bucket, cost = admitted.bucket, admitted.cost
    response.rate, response.cost = bucket, cost.requested
    if not reports_cost and (bucket is None or (response.executed and not cost.response.has_lists)):
        return
    actual = 0 if admitted.is_dry_run else actual_cost(response, cost)
    if bucket is not None and not admitted.is_dry_run:
        bucket.take(max(1, actual) - cost.charged)
    if reports_cost:
        response.body["extensions"] = {**response.body.get("extensions", {}), "cost": described_cost(admitted, actual)}


def described_cost(admitted: AdmittedOperation, actual: int) -> JsonObject:
    """Return the cost of an operation for ``extensions.cost``."""
    bucket, cost = admitted.bucket, admitted.cost
    described: JsonObject = {"requestedQueryCost": cost.requested, "actualQueryCost": actual}
    if bucket is not None:
        described["throttleStatus"] = {
            "maximumAvailable": bucket.limit.maximum,
            "currentlyAvailable": bucket.available_now,
            "restoreRate": bucket.limit.restore_rate,
        }
    return described


def is_dry_run(admitted: AdmittedOperation, variables: JsonObject) -> bool:
    """Return True if the operation selects ``rateLimit(dryRun: true)``."""
    arguments = [each for field in _root(admitted) if field.name.value == RATE_LIMIT for each in field.arguments or ()]
    found = [each.value for each in arguments if each.name.value == DRY_RUN]
    return any(value_from_ast_untyped(value, _variables(admitted.operation, variables)) is True for value in found)


async def dry_result(
    admitted: AdmittedOperation, schema: GraphQLSchema, context: Context, request: GraphQLRequest
) -> ExecutionResult:
    """Return the result of a dry run: the rate limit, and null for each other field."""
    root = _root(admitted)
    kept = tuple(each for each in root if each.name.value == RATE_LIMIT)
    operation = replace(admitted.operation, selection_set=SelectionSetNode(selections=kept))
    document = DocumentNode(definitions=(operation, *admitted.document.fragments.values()))
    result = execute_operation(
        schema, document, context, request.variables, request.operation_name, hide_suggestions=True
    )
    completed = result if isinstance(result, ExecutionResult) else await result
    if completed.data is None:
        return completed
    names = [(each.alias or each.name).value for each in root]
    return ExecutionResult({name: completed.data.get(name) for name in names}, completed.errors)


def _root(admitted: AdmittedOperation) -> list[FieldNode]:
    return list(selected_fields(admitted.operation.selection_set, admitted.document.fragments.get, set()))


def _variables(operation: OperationDefinitionNode, raw: JsonObject) -> JsonObject:
    """Return the variables of an operation with their defaults."""
    defaults = {
        each.variable.name.value: value_from_ast_untyped(each.default_value)
        for each in operation.variable_definitions or ()
        if each.default_value is not None
    }
    return defaults | raw
