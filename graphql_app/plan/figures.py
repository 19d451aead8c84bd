"""Aggregates in a plan: one statement for the figures of every key, and the expression that shows those of one."""

from typing import Any

from graphql import GraphQLObjectType

from graphql_app.database.base import Base
from graphql_app.plan.compiler import Compiler, Nodes
from graphql_app.plan.finished import DEFINITION
from graphql_app.plan.steps import Does, Step
from graphql_app.statements.aggregates import COUNT, Measure
from graphql_app.views.measures import Value
from graphql_app.views.registry import name_of


class Figures:
    """The figures that one ``aggregates`` field selects."""

    def __init__(self, compiler: Compiler, model: type[Base], listing: int, nodes: Nodes) -> None:
        self.compiler, self.program = compiler, compiler.program
        self.measures: list[Measure] = [COUNT]
        self._name = self.program.name("figures")
        self._object = self._shown(nodes, f"{name_of(model)}Aggregates")
        self._step = self.program.step(Step(Does.MEASURE, model, listing=listing, measures=tuple(self.measures)))

    @property
    def expression(self) -> str:
        """The object that shows the figures of the key ``k``."""
        return f"{self._name}(k)"

    def line(self, keys: str) -> str:
        """What makes the function that the expression calls."""
        nothing = (None, 0, *(None for _ in self.measures[1:]))
        return (
            f"{self._name} = showing(lambda r: {self._object}, await fetch({self._step}, {keys}) if {keys} else (), "
            f"{self.program.constant('NOTHING', nothing)})"
        )

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
        if shown.measure not in self.measures:
            self.measures.append(shown.measure)
        read = f"figure(r[{self.measures.index(shown.measure) + 1}], {shown.measure.function in ('sum', 'avg')})"
        if shown.measure == COUNT:
            read = "r[1]"
        if shown.roles is None:
            return read
        return f"({read} if role in {self.program.constant('ROLES', shown.roles)} else None)"
