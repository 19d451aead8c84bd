"""``extensions.trace``: how an operation was answered, its programs as trees and as Mermaid diagrams.

https://mermaid.js.org/syntax/flowchart.html
"""

from collections.abc import Iterator
from typing import Any

from graphql_app.plan.program import Program, Step, StepKind


def trace_of(context: Any) -> dict[str, Any]:
    """Return the plans that were used, each statement with its rows, keys and time, and why there is no plan.

    ``context`` is an operation's ``Context``.
    """
    trace = context.session.trace
    return {
        "plans": {name: explain(program) for name, program in context.programs.items()},
        "fellBack": context.fell_back or None,
        "statements": [] if trace is None else trace.statements,
    }


def tree(program: Program) -> list[str]:
    """A line for each step, indented below the step whose rows it is about."""
    return list(_lines(program, -1, ""))


def mermaid(program: Program) -> str:
    """The same as a diagram."""
    boxes = [f'  s{index}["{describe(step)}"]' for index, step in enumerate(program.steps) if step.is_used]
    arrows = [
        f"  s{step.under} --> s{index}" for index, step in enumerate(program.steps) if step.is_used and step.under >= 0
    ]
    return "\n".join(["flowchart TD", *boxes, *arrows])


def explain(program: Program) -> dict[str, Any]:
    """The tree, the diagram and the generated function."""
    return {"tree": tree(program), "mermaid": mermaid(program), "source": program.source.splitlines()}


def describe(step: Step) -> str:
    """What a step does, in a few words."""
    columns = ", ".join(".".join([*(edge.name for edge in each.path), each.column]) for each in step.outputs.items)
    what = f"{step.does.name.lower().replace('_', ' ')} {step.model.__name__}"
    if step.does is StepKind.FIND:
        what += f" by {step.column}"
    return f"{what}: {columns}" if columns else what


def _lines(program: Program, under: int, indent: str) -> Iterator[str]:
    for index, step in enumerate(program.steps):
        if step.under == under and step.is_used:
            yield indent + describe(step)
            yield from _lines(program, index, indent + "  ")
