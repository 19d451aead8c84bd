"""Computed fields in a plan: a plain function of columns that it has declared, called with a row of just those."""

from collections import namedtuple
from collections.abc import Sequence
from enum import Enum
from typing import Any

from graphql import FieldNode, GraphQLField, GraphQLNonNull, GraphQLScalarType

from graphql_app.database.base import Base
from graphql_app.plan.selection import Unplannable
from graphql_app.plan.steps import Columns, Program
from graphql_app.statements.outputs import Form, Output
from graphql_app.statements.reach import Path

Row = tuple[type[Base], Path]
"""A model, and the path over which its row is reached from that of the statement."""
PLAIN = ("Boolean", "String", "Int", "ID")


def computed_value(
    shown: Any, definition: GraphQLField, program: Program, columns: Columns, row: Row, nodes: Sequence[FieldNode]
) -> str:
    """The expression that computes the field. Raises Unplannable for a resolver that does not say what it needs."""
    needed = shown.metadata.get("columns")
    if needed is None or shown.base_resolver is None or nodes[0].arguments:
        raise Unplannable(f"the resolver of {shown.python_name} does not say which columns it needs")
    kind = definition.type.of_type if isinstance(definition.type, GraphQLNonNull) else definition.type
    if not isinstance(kind, GraphQLScalarType):
        raise Unplannable(f"{shown.python_name} is not a scalar")
    made = program.constant("Row", namedtuple("Row", needed))
    function = program.constant("compute", shown.base_resolver.wrapped_func)
    reads = [_read(name, program, columns, row) for name in needed]
    call = f"{function}({made}({', '.join(reads)}))"
    return call if kind.name in PLAIN else f"{program.constant('write', kind.coerce_output_value)}({call})"


def _read(name: str, program: Program, columns: Columns, row: Row) -> str:
    model, path = row
    read = columns.place(Output(name, Form.NATIVE, path))
    kind = model.__table__.c[name].type.python_type
    return f"{program.constant('Kind', kind)}({read})" if issubclass(kind, Enum) else read
