"""Costs of responses, as ``extensions.cost``."""

from graphql_app.execution.cost import Cost
from graphql_app.execution.request import GraphQLResponse


def actual_cost(response: GraphQLResponse, cost: Cost) -> int:
    """Return the cost of a response: of the items that its lists have.

    An operation that was not executed costs nothing. One whose data was nulled by an error costs as much as requested.
    """
    if not response.executed:
        return 0
    data = response.body.get("data")
    return cost.requested if data is None else min(cost.actual(data), cost.requested)


def report(response: GraphQLResponse, cost: Cost) -> None:
    """Add the cost to the extensions of a response."""
    described = {"requestedQueryCost": cost.requested, "actualQueryCost": actual_cost(response, cost)}
    response.body["extensions"] = {**response.body.get("extensions", {}), "cost": described}
