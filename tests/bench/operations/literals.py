"""Documents with literals in place of their variables."""

from functools import cache
from typing import Any

from graphql import (
    DocumentNode,
    IntValueNode,
    NameNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from tests.bench.operations.operation import DOCUMENTS, Variables


def with_literals(dialect: str, name: str, variables: Variables) -> str:
    """Return the document ``documents/DIALECT/NAME.graphql`` with the values of its variables as literals."""
    text = (DOCUMENTS / dialect / f"{name}.graphql").read_text()
    return print_ast(visit(_parsed(text), _Inlined(variables)))


@cache
def _parsed(text: str) -> DocumentNode:
    return parse(text, no_location=True)


class _Inlined(Visitor):
    def __init__(self, variables: Variables) -> None:
        super().__init__()
        self._variables = variables

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> OperationDefinitionNode:
        return OperationDefinitionNode(
            operation=node.operation, name=node.name, variable_definitions=(), directives=node.directives,
            selection_set=node.selection_set,
        )  # fmt: skip

    def enter_variable(self, node: VariableNode, *_: Any) -> ValueNode:
        return literal(self._variables[node.name.value])


def literal(value: Any) -> ValueNode:
    """Return a string, a whole number or an object of these as a literal."""
    if isinstance(value, dict):
        fields = (ObjectFieldNode(name=NameNode(value=name), value=literal(each)) for name, each in value.items())
        return ObjectValueNode(fields=tuple(fields))
    return IntValueNode(value=str(value)) if isinstance(value, int) else StringValueNode(value=str(value))
