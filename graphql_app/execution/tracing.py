"""``extensions.trace``: how an operation was answered, for whoever develops against it."""

from typing import Any

from graphql_app.execution.context import Context
from graphql_app.plan.explain import explain


def trace_of(context: Context) -> dict[str, Any]:
    """Return the plans that were used, each statement with its rows, keys and time, and why there is no plan."""
    trace = context.gate.trace
    return {
        "plans": {name: explain(program) for name, program in context.programs.items()},
        "fellBack": context.fell_back or None,
        "statements": [] if trace is None else trace.statements,
    }
