"""Connections in a plan: the expression of a page of one key ``k`` with its ``items`` (rows ``r``) and ``more``.

Figures are those of a row ``r``, which begins with a key. A group is a pair of what its records share, ``g`` (values by
column), and its measures, ``r``.
"""

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLField, get_named_type

from graphql_app.models.base import Base
from graphql_app.plan.compiler import Compiler, FoundRows, Level, Nodes
from graphql_app.plan.lists import GroupArguments
from graphql_app.plan.program import Columns, Step, StepKind, each
from graphql_app.sql.aggregates import COUNT, Measure
from graphql_app.types.aggregates import MeasureField
from graphql_app.types.fields import DEFINITION
from graphql_app.types.groups import GroupKeyField
from graphql_app.types.lists import ListField
from graphql_app.types.registry import type_name_of

ROW_PARTS = ("nodes", "edges", "pageInfo")
"""The parts of a connection that are made of its rows."""


class ConnectionMaker:
    """Makes the expression of one connection, and knows afterwards what it needs."""

    def __init__(self, compiler: Compiler, shown: ListField, listing: int, rows: int, under: int) -> None:
        self.compiler, self.draft = compiler, compiler.draft
        self.model, self.listing, self.under = shown.target(), listing, under
        self.page = self.draft.name("page")
        self.is_root = shown.edge_or_none() is None
        self.level = Level(Columns(offset=0 if self.is_root else 1), rows)
        read = Step(StepKind.LIST, self.model, outputs=self.level.columns, listing=listing, under=under, is_used=False)
        self._rows, self.step = read, self.draft.add(self.draft.steps, read)
        self._asked: dict[str, tuple[StepKind, str]] = {}
        self._figures: dict[str, AggregatesMaker] = {}
        self.groups: list[GroupsMaker] = []
        self._row_part = ""
        self._cursor = ""

    @property
    def reads_rows(self) -> bool:
        """Whether anything of the page's rows is selected."""
        return self._rows.is_used

    def connection(self, nodes: Nodes) -> tuple[str, str]:
        """The expression of a connection of which ``nodes`` select, and the place of an error of reading its rows.

        The place is that of the first part that is made of rows; empty if there is none.
        """
        self._row_part = ""
        return self.compiler.made(f"{type_name_of(self.model)}Connection", nodes, self._part), self._row_part

    def lines(self, keys: str) -> Iterator[str]:
        """What has to be fetched or made for the expression, beside the rows."""
        if self._cursor:
            yield f"{self._cursor} = cursor({self.step}) if {keys} else None"
        for name, (does, form) in self._asked.items():
            step = self.draft.add(self.draft.steps, Step(does, self.model, listing=self.listing, under=self.under))
            rows = self.draft.name("rows")
            yield f"{rows} = await fetch({step}, {keys}) if {keys} else ()"
            yield f"{name} = lost({rows}) or {form.format(rows=rows)}"
        for name, figures in self._figures.items():
            measures = tuple(figures.measures)
            measure = Step(StepKind.MEASURE, self.model, listing=self.listing, measures=measures, under=self.under)
            step = self.draft.add(self.draft.steps, measure)
            nothing = self.draft.constant("NOTHING", (None, 0, *(None for _ in figures.measures[1:])))
            rows = f"await fetch({step}, {keys}) if {keys} else ()"
            yield f"{name} = showing(lambda r: {figures.expression}, {rows}, {nothing})"

    def _part(self, definition: GraphQLField, name: str, nodes: Nodes) -> str:
        if name in ROW_PARTS and not self._row_part:
            key = (nodes[0].alias or nodes[0].name).value
            self._row_part = f"{(key,)!r}, {self.draft.constant('NODES', nodes)}"
        match name:
            case "nodes":
                row = self._row(nodes)
                return f"[{row} {each('r', 'items', row)}]"
            case "edges":
                self._rows.is_used = True  # also for edges of which only the type is asked
                edge = self.compiler.made(f"{type_name_of(self.model)}Edge", nodes, self._edge)
                return f"[{edge} {each('r', 'items', edge)}]"
            case "pageInfo":
                return self.compiler.made("PageInfo", nodes, self._page_info)
            case "totalCount":
                return f"{self._ask(StepKind.COUNT, '{{text(r[0]): r[1] for r in {rows}}}')}.get(k, 0)"
            case "aggregates":
                figures = self.draft.name("figures")
                self._figures[figures] = AggregatesMaker(self.compiler, self.model, nodes, [COUNT])
                return f"{figures}(k)"
        self.groups.append(GroupsMaker(self.compiler, self.model, definition, nodes))
        return self.groups[-1].expression

    def _edge(self, _: GraphQLField, name: str, nodes: Nodes) -> str:
        return f"{self._cursors()}(r)" if name == "cursor" else self._row(nodes)

    def _page_info(self, _: GraphQLField, name: str, nodes: Nodes) -> str:
        self._rows.is_used = True
        match name:
            case "hasNextPage":
                beyond = self._look(StepKind.LOOK_AFTER)
                return f"(({self._more()} and not {self.page}.backward) or {beyond}.get(k, False))"
            case "hasPreviousPage":
                return (
                    f"(({self._more()} and {self.page}.backward) or {self._look(StepKind.LOOK_BEFORE)}.get(k, False))"
                )
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

    def _look(self, does: StepKind) -> str:
        return self._ask(does, "{{text(r[0]): True for r in {rows}}}")

    def _ask(self, does: StepKind, form: str) -> str:
        """The name of what a further statement tells of each key; it is asked once."""
        for name, (asked, _) in self._asked.items():
            if asked is does:
                return name
        name = self.draft.name("asked")
        self._asked[name] = (does, form)
        return name


class AggregatesMaker:
    """The figures that one field selects; what they need is added to ``measures``, which begin with COUNT."""

    def __init__(self, compiler: Compiler, model: type[Base], nodes: Nodes, measures: list[Measure]) -> None:
        self.compiler, self.draft = compiler, compiler.draft
        self.measures = measures
        self.expression = compiler.made(f"{type_name_of(model)}Aggregates", nodes, self._part)

    def _part(self, definition: GraphQLField, _: str, nodes: Nodes) -> str:
        shown: Any = definition.extensions[DEFINITION]
        if isinstance(shown, MeasureField):
            return self._value(shown)
        return self.compiler.made(get_named_type(definition.type), nodes, self._part)

    def _value(self, shown: MeasureField) -> str:
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

    def __init__(self, compiler: Compiler, model: type[Base], definition: GraphQLField, nodes: Nodes) -> None:
        self.compiler, self.draft = compiler, compiler.draft
        self.model = model
        self.name = self.draft.name("groups")
        self.found: dict[str, FoundRows] = {}
        self.measures: list[Measure] = [COUNT]
        self._object = compiler.made(f"{type_name_of(model)}Group", nodes, self._part)
        shown: Any = definition.extensions[DEFINITION]
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

    def _part(self, definition: GraphQLField, name: str, nodes: Nodes) -> str:
        if name == "count":
            return "r[1]"
        if name == "key":
            return self.compiler.made(f"{type_name_of(self.model)}GroupKey", nodes, self._key)
        return AggregatesMaker(self.compiler, self.model, nodes, self.measures).expression

    def _key(self, definition: GraphQLField, name: str, nodes: Nodes) -> str:
        shown: GroupKeyField = definition.extensions[DEFINITION]
        column, edge = shown.groupable.column, shown.groupable.edge
        if edge is None:
            names = self.compiler.names(definition.type)
            return f"{names}.get(g.get({column!r}))" if names else f"figure(g.get({column!r}), False)"
        if self.compiler.is_key_only(edge, nodes):
            held = self.compiler.made(type_name_of(edge.target), nodes, lambda *_: f"text(g[{column!r}])")
            return f"({held} if g.get({column!r}) is not None else None)"
        found = self.found.setdefault(column, FoundRows(edge.target, "id"))
        filled = self.draft.name("found")
        found.filled.append((filled, nodes))
        return f"{filled}.get(text(g.get({column!r})))"
