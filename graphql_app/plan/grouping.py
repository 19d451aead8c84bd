"""Groups in a plan: one statement for the groups of every key, and the expression that shows one of them.

A group is a pair of what its records share, ``g`` (values by column), and its measures, ``r``.
"""

from enum import Enum
from typing import Any

from graphql import FieldNode, GraphQLField, GraphQLObjectType
from graphql.execution.values import get_argument_values
from strawberry.types.arguments import convert_arguments

from graphql_app.database.base import Base
from graphql_app.plan.compiler import Compiler, Found, Nodes
from graphql_app.plan.figures import Figures
from graphql_app.plan.finished import DEFINITION
from graphql_app.plan.steps import each
from graphql_app.statements.aggregates import COUNT, Grouping, Measure
from graphql_app.statements.edges import Edge
from graphql_app.views.group_keys import KeyPart
from graphql_app.views.registry import name_of


class GroupsMaker:
    """The groups that one field selects. ``found`` are the records that keys of groups show."""

    def __init__(self, compiler: Compiler, model: type[Base], field: tuple[Any, GraphQLField], nodes: Nodes) -> None:
        self.compiler, self.program = compiler, compiler.program
        self.model = model
        self.name = self.program.name("groups")
        self.found: dict[str, Found] = {}
        self.measures: list[Measure] = [COUNT]
        self._object = self._shown(nodes, f"{name_of(model)}Group", self._part)
        shown, definition = field
        self.index = self.program.grouping(Groups(shown, nodes[0], definition, tuple(self.measures)))

    @property
    def expression(self) -> str:
        """The list of the groups of the key ``k``."""
        return f"[{self._object} {each('g, r', f'{self.name}.get(k, ())', self._object)}]"

    def filled(self, step: int, keys: str) -> str:
        """The line that fetches the groups of the keys in the list of that name, by a step."""
        rows = f"await fetch({step}, {keys}) if {keys} else ()"
        return f"{self.name} = grouped({rows}, grouping({self.index}))"

    def keys(self, column: str) -> str:
        """The expression of the keys of the records that groups share in ``column``."""
        each = f"text(g[{column!r}]) for groups in {self.name}.values() for g, _ in groups"
        return f"list(dict.fromkeys({each} if g.get({column!r}) is not None))"

    def _shown(self, nodes: Nodes, kind: str, part: Any) -> str:
        found = self.compiler.operation.schema.type_map[kind]
        assert isinstance(found, GraphQLObjectType)
        parts = []
        for key, group in self.compiler.operation.fields(nodes, found).items():
            name = group[0].name.value
            parts.append(f"{key!r}: {repr(kind) if name == '__typename' else part(found.fields[name], name, group)}")
        return "{" + ", ".join(parts) + "}"

    def _part(self, definition: GraphQLField, name: str, nodes: Nodes) -> str:
        if name == "count":
            return "r[1]"
        if name == "key":
            return self._shown(nodes, f"{name_of(self.model)}GroupKey", self._key)
        figures = Figures(self.compiler, self.model, nodes, self.measures)
        return figures.expression

    def _key(self, definition: GraphQLField, name: str, nodes: Nodes) -> str:
        shown: KeyPart = definition.extensions[DEFINITION]
        column, edge = shown.groupable.column, shown.groupable.edge
        if edge is None:
            return self._value(definition, f"g.get({column!r})")
        if self.compiler.is_key_only(edge, nodes):
            return f"({self._held(edge, column, nodes)} if g.get({column!r}) is not None else None)"
        found = self.found.setdefault(column, Found(edge.target, "id"))
        filled = self.program.name("found")
        found.filled.append((filled, nodes))
        return f"{filled}.get(text(g.get({column!r})))"

    def _held(self, edge: Edge, column: str, nodes: Nodes) -> str:
        """A record of which nothing but the id is shown, which the group has."""
        kind = name_of(edge.target)
        parts = [
            f"{key!r}: {repr(kind) if group[0].name.value == '__typename' else f'text(g[{column!r}])'}"
            for key, group in self.compiler.fields(edge.target, nodes).items()
        ]
        return "{" + ", ".join(parts) + "}"

    def _value(self, definition: GraphQLField, read: str) -> str:
        members: type[Enum] | None = getattr(definition.type, "wrapped_cls", None)
        if members is None:
            return f"figure({read}, False)"
        names = self.program.constant("NAMES", {member.value: member.name for member in members})
        return f"{names}.get({read})"


class Groups:
    """A ``groups`` field in the document: what it is read with when the plan runs."""

    def __init__(self, shown: Any, node: FieldNode, definition: GraphQLField, measures: tuple[Measure, ...]) -> None:
        self.shown, self.node, self.definition, self.measures = shown, node, definition, measures

    def read(self, context: Any, schema: Any, variables: Any) -> Grouping:
        """The grouping that this request asks for. Raises BadUserInput or Forbidden."""
        raw = get_argument_values(self.definition, self.node, variables)
        arguments = convert_arguments(
            raw,
            self.shown.arguments,
            scalar_registry=schema.schema_converter.scalar_registry,
            config=schema.config,
        )
        grouping: Grouping = self.shown.read(context, arguments, self.measures)
        return grouping
