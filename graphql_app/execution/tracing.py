"""``extensions.trace``: how an operation was answered, for whoever develops against it."""

from typing import Any

from graphql_app.execution.context import Context
from graphql_app.plan.explain import explain


def trace_of(context: Context) -> dict[str, Any]:
    """The plans that were used, each statement with its rows, keys and time, and what fell back to resolvers."""
    planner, trace = context.planner, context.gate.trace
    return {
        "plans": {} if planner is None else {name: explain(plan) for name, plan in planner.used().items()},
        "fellBack": [] if planner is None else planner.fell_back,
        "statements": [] if trace is None else trace.statements,
    }
