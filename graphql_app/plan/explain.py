"""Trace of an operation: the steps of its programs as trees and diagrams, and its statements."""

from collections.abc import Iterator

from graphql_app.context import Context
from graphql_app.plan.program import Program, Step, StepKind
from graphql_app.telemetry.operation_trace import OperationTrace


def describe_plans(trace: OperationTrace, context: Context) -> None:
    """Add the executed programs of an operation to its trace, and to its statements the steps that sent them."""
    places = {
        id(step): {"plan": name, "step": index}
        for name, program in context.programs.items()
        for index, step in enumerate(program.steps)
    }
    for statement in trace.statements:
        statement |= places.get(id(trace.senders.get(str(statement["sql"]))), {})
    trace.plans = {name: explain(program) for name, program in context.programs.items()}
    trace.fell_back = context.fell_back


def mermaid(program: Program) -> str:
    """Return the tree of steps as a diagram: https://mermaid.js.org/syntax/flowchart.html."""
    boxes = [f'  s{index}["{describe(step)}"]' for index, step in enumerate(program.steps) if step.is_used]
    arrows = [
        f"  s{step.under} --> s{index}" for index, step in enumerate(program.steps) if step.is_used and step.under >= 0
    ]
    return "\n".join(["flowchart TD", *boxes, *arrows])


def explain(program: Program) -> dict[str, object]:
    """Return the tree, the diagram and the generated function."""
    return {"tree": list(_lines(program, -1, "")), "mermaid": mermaid(program), "source": program.source.splitlines()}


def describe(step: Step) -> str:
    """Return a short description of a step."""
    columns = ", ".join(".".join([*(edge.name for edge in each.path), each.column]) for each in step.outputs.items)
    text = f"{step.kind.name.lower().replace('_', ' ')} {step.model.__name__}"
    if step.kind is StepKind.FIND:
        text += f" by {step.column}"
    return f"{text}: {columns}" if columns else text


def _lines(program: Program, under: int, indent: str) -> Iterator[str]:
    """Yield a line for each step, indented below the step that reads its parent rows."""
    for index, step in enumerate(program.steps):
        if step.under == under and step.is_used:
            yield indent + describe(step)
            yield from _lines(program, index, indent + "  ")
