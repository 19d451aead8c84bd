"""Aggregates in a plan: the expression that shows the measures of a row ``r``, which begins with a key."""

from typing import Any

from graphql import GraphQLObjectType

from graphql_app.database.base import Base
from graphql_app.plan.compiler import Compiler, Nodes
from graphql_app.plan.finished import DEFINITION
from graphql_app.statements.aggregates import COUNT, Measure
from graphql_app.views.measures import Value
from graphql_app.views.registry import name_of


class Figures:
    """The figures that one field selects; what they need is added to ``measures``, which begin with COUNT."""

    def __init__(self, compiler: Compiler, model: type[Base], nodes: Nodes, measures: list[Measure]) -> None:
        self.compiler, self.program = compiler, compiler.program
        self.measures = measures
        self.expression = self._shown(nodes, f"{name_of(model)}Aggregates")

    def _shown(self, nodes: Nodes, kind: str) -> str:
        found = self.compiler.operation.schema.type_map[kind]
        assert isinstance(found, GraphQLObjectType)
        parts = []
        for key, group in self.compiler.operation.fields(nodes, found).items():
            parts.append(f"{key!r}: {self._part(found, group)}")
        return "{" + ", ".join(parts) + "}"

    def _part(self, kind: GraphQLObjectType, nodes: Nodes) -> str:
        name = nodes[0].name.value
        if name == "__typename":
            return repr(kind.name)
        definition = kind.fields[name]
        shown: Any = definition.extensions[DEFINITION]
        if isinstance(shown, Value):
            return self._value(shown)
        inner: Any = definition.type
        return self._shown(nodes, getattr(inner, "of_type", inner).name)

    def _value(self, shown: Value) -> str:
        if shown.measure == COUNT:
            return "r[1]"
        if shown.measure not in self.measures:
            self.measures.append(shown.measure)
        read = f"figure(r[{self.measures.index(shown.measure) + 1}], {shown.measure.function in ('sum', 'avg')})"
        if shown.roles is None:
            return read
        return f"({read} if role in {self.program.constant('ROLES', shown.roles)} else None)"
