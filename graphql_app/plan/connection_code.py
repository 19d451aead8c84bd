"""Connections in a plan: the expression of the page of a key ``k`` with its ``items`` (rows ``r``) and ``more``.

Aggregates are read from a row ``r``, which begins with a key. A group is a pair of the values that its records share,
``g`` (by column), and of the row ``r`` of its measures.
"""

from collections.abc import Iterator

from graphql import GraphQLField, get_named_type

from graphql_app.models.base import Base
from graphql_app.plan.compiler import Compiler, FoundRows, Level, Nodes
from graphql_app.plan.lists import GroupArguments
from graphql_app.plan.program import Columns, Step, StepKind, each
from graphql_app.sql.aggregates import COUNT, Measure
from graphql_app.types.aggregates import MeasureField
from graphql_app.types.groups import GroupKeyField
from graphql_app.types.lists import ListField
from graphql_app.types.registry import type_name_of
from graphql_app.types.strawberry_adapter import declaration_of

ROW_PARTS = ("nodes", "edges", "pageInfo")
"""Fields of a connection that are read from its rows."""


class ConnectionMaker:
    """Builder of the expression of a connection. Collects the statements that the expression requires."""

    def __init__(self, compiler: Compiler, declared: ListField, listing: int, rows: int, under: int) -> None:
        self.compiler, self.draft = compiler, compiler.draft
        self.model, self.listing, self.under = declared.target(), listing, under
        self.page = self.draft.name("page")
        self.is_root = declared.edge_or_none() is None
        self.level = Level(Columns(offset=0 if self.is_root else 1), rows)
        read = Step(StepKind.LIST, self.model, outputs=self.level.columns, listing=listing, under=under, is_used=False)
        self._rows, self.step = read, self.draft.add(self.draft.steps, read)
        self._lookups: dict[StepKind, tuple[str, str]] = {}
        """For each further statement: the name of its dict of values by key, and the expression of the dict."""
        self._aggregates: dict[str, AggregatesMaker] = {}
        self.groups: list[GroupsMaker] = []
        self._row_part = ""
        self._cursor = ""

    @property
    def reads_rows(self) -> bool:
        """True if a field is selected that is read from the rows of the page."""
        return self._rows.is_used

    def connection(self, nodes: Nodes) -> tuple[str, str]:
        """Return the expression of the selection ``nodes`` of a connection, and the location of an error of its rows.

        The location is that of the first field that is read from rows; empty if there is none.
        """
        self._row_part = ""
        return self.compiler.made(f"{type_name_of(self.model)}Connection", nodes, self._part), self._row_part

    def lines(self, keys: str) -> Iterator[str]:
        """Yield the lines that fetch or build the values of the expression, besides the rows."""
        if self._cursor:
            yield f"{self._cursor} = cursor({self.step}) if {keys} else None"
        for kind, (name, values) in self._lookups.items():
            rows = self.draft.name("rows")
            yield f"{rows} = {self._fetch(kind, keys)}"
            yield f"{name} = lost({rows}) or {values.format(rows=rows)}"
        for name, aggregates in self._aggregates.items():
            rows = self._fetch(StepKind.MEASURE, keys, tuple(aggregates.measures))
            empty = self.draft.constant("EMPTY", (None, 0, *(None for _ in aggregates.measures[1:])))
            yield f"{name} = by_key(lambda r: {aggregates.expression}, {rows}, {empty})"

    def _fetch(self, kind: StepKind, keys: str, measures: tuple[Measure, ...] = ()) -> str:
        step = Step(kind, self.model, listing=self.listing, measures=measures, under=self.under)
        return f"await fetch({self.draft.add(self.draft.steps, step)}, {keys}) if {keys} else ()"

    def _part(self, definition: GraphQLField, name: str, nodes: Nodes) -> str:
        if name in ROW_PARTS and not self._row_part:
            key = (nodes[0].alias or nodes[0].name).value
            self._row_part = f"{(key,)!r}, {self.draft.constant('NODES', nodes)}"
        match name:
            case "nodes":
                row = self._row(nodes)
                return f"[{row} {each('r', 'items', row)}]"
            case "edges":
                self._rows.is_used = True  # also for edges of which only __typename is selected
                edge = self.compiler.made(f"{type_name_of(self.model)}Edge", nodes, self._edge)
                return f"[{edge} {each('r', 'items', edge)}]"
            case "pageInfo":
                return self.compiler.made("PageInfo", nodes, self._page_info)
            case "totalCount":
                return f"{self._lookup(StepKind.COUNT, '{{text(r[0]): r[1] for r in {rows}}}')}.get(k, 0)"
            case "aggregates":
                aggregates = self.draft.name("aggregates")
                self._aggregates[aggregates] = AggregatesMaker(self.compiler, self.model, nodes, [COUNT])
                return f"{aggregates}(k)"
        self.groups.append(GroupsMaker(self.compiler, self.model, definition, nodes))
        return self.groups[-1].expression

    def _edge(self, _: GraphQLField, name: str, nodes: Nodes) -> str:
        return f"{self._cursors()}(r)" if name == "cursor" else self._row(nodes)

    def _page_info(self, _: GraphQLField, name: str, nodes: Nodes) -> str:
        self._rows.is_used = True
        match name:
            case "hasNextPage":
                beyond = self._beyond(StepKind.LOOK_AFTER)
                return f"(({self._more()} and not {self.page}.backward) or {beyond}.get(k, False))"
            case "hasPreviousPage":
                beyond = self._beyond(StepKind.LOOK_BEFORE)
                return f"(({self._more()} and {self.page}.backward) or {beyond}.get(k, False))"
            case "startCursor":
                return f"({self._cursors()}(items[0]) if items else None)"
        return f"({self._cursors()}(items[-1]) if items else None)"

    def _row(self, nodes: Nodes) -> str:
        self._rows.is_used = True
        return self.compiler.row(self.model, nodes, self.level)

    def _cursors(self) -> str:
        self._rows.is_used = self._rows.places = True
        self._cursor = self._cursor or self.draft.name("cursor")
        return self._cursor

    def _more(self) -> str:
        self.draft.listings[self.listing].one_more = True
        return "more"

    def _beyond(self, kind: StepKind) -> str:
        return self._lookup(kind, "{{text(r[0]): True for r in {rows}}}")

    def _lookup(self, kind: StepKind, values: str) -> str:
        """Return the name of the values of a further statement by key. The statement is added once."""
        if kind not in self._lookups:
            self._lookups[kind] = (self.draft.name("lookup"), values)
        return self._lookups[kind][0]


class AggregatesMaker:
    """Builder of the aggregates of a field. Adds its measures to ``measures``, which begin with COUNT."""

    def __init__(self, compiler: Compiler, model: type[Base], nodes: Nodes, measures: list[Measure]) -> None:
        self.compiler, self.draft = compiler, compiler.draft
        self.measures = measures
        self.expression = compiler.made(f"{type_name_of(model)}Aggregates", nodes, self._part)

    def _part(self, definition: GraphQLField, _: str, nodes: Nodes) -> str:
        declared = declaration_of(definition)
        if isinstance(declared, MeasureField):
            return self._value(declared)
        return self.compiler.made(get_named_type(definition.type), nodes, self._part)

    def _value(self, declared: MeasureField) -> str:
        if declared.measure == COUNT:
            return "r[1]"
        if declared.measure not in self.measures:
            self.measures.append(declared.measure)
        read = f"r[{self.measures.index(declared.measure) + 1}]"
        convert = declared.native
        if convert is not None:
            read = f"measure({read}, {self.draft.constant('convert', convert)})"
        if declared.roles is None:
            return read
        return f"({read} if role in {self.draft.constant('ROLES', declared.roles)} else None)"


class GroupsMaker:
    """Builder of the groups of a field. ``found`` are the related records in the keys of groups."""

    def __init__(self, compiler: Compiler, model: type[Base], definition: GraphQLField, nodes: Nodes) -> None:
        self.compiler, self.draft = compiler, compiler.draft
        self.model = model
        self.name = self.draft.name("groups")
        self.found: dict[str, FoundRows] = {}
        self.measures: list[Measure] = [COUNT]
        self._object = compiler.made(f"{type_name_of(model)}Group", nodes, self._part)
        grouping = GroupArguments(nodes[0], definition, tuple(self.measures))
        self.index = self.draft.add(self.draft.groupings, grouping)

    @property
    def expression(self) -> str:
        """Expression of the list of groups of the key ``k``."""
        made = f"[{self._object} {each('g, r', f'{self.name}.get(k, ())', self._object)}]"
        return f"({self.name}.failed or {made})"

    def filled(self, step: int, keys: str) -> str:
        """Return the line that fetches the groups of the keys in the list ``keys``, with a step."""
        rows = f"await fetch({step}, {keys}) if {keys} else ()"
        return f"{self.name} = grouped({rows}, lambda: grouping({self.index}))"

    def keys(self, column: str) -> str:
        """Return the expression of the keys in ``column`` of all groups."""
        each = f"text(g[{column!r}]) for groups in {self.name}.values() for g, _ in groups"
        return f"list(dict.fromkeys({each} if g.get({column!r}) is not None))"

    def _part(self, definition: GraphQLField, name: str, nodes: Nodes) -> str:
        if name == "count":
            return "r[1]"
        if name == "key":
            return self.compiler.made(f"{type_name_of(self.model)}GroupKey", nodes, self._key)
        return AggregatesMaker(self.compiler, self.model, nodes, self.measures).expression

    def _key(self, definition: GraphQLField, name: str, nodes: Nodes) -> str:
        declared: GroupKeyField = declaration_of(definition)
        column, edge = declared.groupable.column, declared.groupable.edge
        if edge is None:
            return self.compiler.converted(f"g.get({column!r})", declared.groupable.kind.native)
        if self.compiler.is_key_only(edge, nodes):
            held = self.compiler.made(type_name_of(edge.target), nodes, lambda *_: f"text(g[{column!r}])")
            return f"({held} if g.get({column!r}) is not None else None)"
        found = self.found.setdefault(column, FoundRows(edge.target, "id"))
        filled = self.draft.name("found")
        found.filled.append((filled, nodes))
        return f"{filled}.get(text(g.get({column!r})))"
