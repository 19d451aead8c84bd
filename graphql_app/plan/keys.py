"""Keys in a program: where a row has them, whether they can be null, and how they are gathered from many rows."""

from collections.abc import Sequence

from graphql_app.plan.steps import Columns
from graphql_app.statements.edges import Edge
from graphql_app.statements.outputs import Form, Output
from graphql_app.statements.reach import Path


def key_of(edge: Edge, columns: Columns, path: Path) -> str:
    """The expression that reads the key by which ``edge`` finds rows; ``path`` leads to the row that has it."""
    return columns.place(Output(edge.parent_key, Form.TEXT, path))


def may_be_null(edge: Edge, path: Path) -> bool:
    """Whether that key can be null: its column can, or a row on the way to it may be missing."""
    return any(step.nullable for step in path) or bool(edge.source.__mapper__.columns[edge.parent_key].nullable)


def held(output: Output) -> Output:
    """The same value, read off the nearest row that has it: the id of a row is in the row that refers to it."""
    while output.path and output.column == output.path[-1].target_column:
        output = Output(output.path[-1].parent_key, output.form, output.path[:-1])
    return output


def distinct(keys: Sequence[str], rows: str, *, nullable: bool) -> str:
    """The expression of the list of the keys in ``rows``, each once; ``nullable`` says that some may be null."""
    if len(keys) == 1:
        present = f" if {keys[0]} is not None" if nullable else ""
        return f"list(dict.fromkeys([{keys[0]} for r in {rows}{present}]))"
    present = " if key is not None" if nullable else ""
    return f"list(dict.fromkeys([key for r in {rows} for key in ({', '.join(keys)}){present}]))"
