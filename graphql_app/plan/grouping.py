"""Aggregates and groups in a plan: the expression of figures, and that of the groups of a key.

Figures are those of a row ``r``, which begins with a key. A group is a pair of what its records share, ``g`` (values by
column), and its measures, ``r``.
"""

from enum import Enum
from typing import Any

from graphql import GraphQLField, GraphQLObjectType

from graphql_app.database.base import Base
from graphql_app.plan.compiler import Compiler, Found, Nodes
from graphql_app.plan.lists import GroupArguments
from graphql_app.plan.program import each
from graphql_app.statements.aggregates import COUNT, Measure
from graphql_app.statements.edges import Edge
from graphql_app.views.aggregates import Value
from graphql_app.views.fields import DEFINITION
from graphql_app.views.groups import KeyPart
from graphql_app.views.registry import name_of


class Figures:
    """The figures that one field selects; what they need is added to ``measures``, which begin with COUNT."""

    def __init__(self, compiler: Compiler, model: type[Base], nodes: Nodes, measures: list[Measure]) -> None:
        self.compiler, self.draft = compiler, compiler.draft
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
        return f"({read} if role in {self.draft.constant('ROLES', shown.roles)} else None)"


class GroupsMaker:
    """The groups that one field selects. ``found`` are the records that keys of groups show."""

    def __init__(self, compiler: Compiler, model: type[Base], field: tuple[Any, GraphQLField], nodes: Nodes) -> None:
        self.compiler, self.draft = compiler, compiler.draft
        self.model = model
        self.name = self.draft.name("groups")
        self.found: dict[str, Found] = {}
        self.measures: list[Measure] = [COUNT]
        self._object = self._shown(nodes, f"{name_of(model)}Group", self._part)
        shown, definition = field
        self.index = self.draft.add(
            self.draft.groupings, GroupArguments(shown, nodes[0], definition, tuple(self.measures))
        )

    @property
    def expression(self) -> str:
        """The list of the groups of the key ``k``."""
        made = f"[{self._object} {each('g, r', f'{self.name}.get(k, ())', self._object)}]"
        return f"({self.name}.failed or {made})"

    def filled(self, step: int, keys: str) -> str:
        """The line that fetches the groups of the keys in the list of that name, by a step."""
        rows = f"await fetch({step}, {keys}) if {keys} else ()"
        return f"{self.name} = grouped({rows}, lambda: grouping({self.index}))"

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
        filled = self.draft.name("found")
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
        names = self.draft.constant("NAMES", {member.value: member.name for member in members})
        return f"{names}.get({read})"
