"""Connections in a plan: the expression of a page of one key ``k`` with its ``items`` (rows ``r``) and ``more``."""

from collections.abc import Callable, Iterator
from typing import Any

from graphql import GraphQLField, GraphQLObjectType

from graphql_app.plan.compiler import Compiler, Level, Nodes
from graphql_app.plan.grouping import Figures, GroupsMaker
from graphql_app.plan.program import Columns, Does, Step, each
from graphql_app.statements.aggregates import COUNT
from graphql_app.views.fields import DEFINITION
from graphql_app.views.lists import ListField
from graphql_app.views.registry import name_of

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
        read = Step(Does.LIST, self.model, outputs=self.level.columns, listing=listing, under=under, is_used=False)
        self._rows, self.step = read, self.draft.add(self.draft.steps, read)
        self._asked: dict[str, tuple[Does, str]] = {}
        self._figures: dict[str, Figures] = {}
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
        return self._object(nodes, f"{name_of(self.model)}Connection", self._top), self._row_part

    def _top(self, name: str, nodes: Nodes) -> str:
        if name in ROW_PARTS and not self._row_part:
            key = (nodes[0].alias or nodes[0].name).value
            self._row_part = f"{(key,)!r}, {self.draft.constant('NODES', nodes)}"
        return self._part(name, nodes)

    def lines(self, keys: str) -> Iterator[str]:
        """What has to be fetched or made for the expression, beside the rows."""
        if self._cursor:
            yield f"{self._cursor} = cursor({self.step}) if {keys} else None"
        for name, (does, form) in self._asked.items():
            step = self._step(Step(does, self.model, listing=self.listing, under=self.under))
            rows = self.draft.name("rows")
            yield f"{rows} = await fetch({step}, {keys}) if {keys} else ()"
            yield f"{name} = lost({rows}) or {form.format(rows=rows)}"
        for name, figures in self._figures.items():
            measures = tuple(figures.measures)
            step = self._step(Step(Does.MEASURE, self.model, listing=self.listing, measures=measures, under=self.under))
            nothing = self.draft.constant("NOTHING", (None, 0, *(None for _ in figures.measures[1:])))
            rows = f"await fetch({step}, {keys}) if {keys} else ()"
            yield f"{name} = showing(lambda r: {figures.expression}, {rows}, {nothing})"

    def _step(self, step: Step) -> int:
        return self.draft.add(self.draft.steps, step)

    def _object(self, nodes: Nodes, kind: str, part: Callable[[str, Nodes], str]) -> str:
        """The expression of an object of the connection's own types."""
        found = self.compiler.operation.schema.type_map[kind]
        assert isinstance(found, GraphQLObjectType)
        parts = []
        for key, group in self.compiler.operation.fields(nodes, found).items():
            name = group[0].name.value
            parts.append(f"{key!r}: {repr(kind) if name == '__typename' else part(name, group)}")
        return "{" + ", ".join(parts) + "}"

    def _part(self, name: str, nodes: Nodes) -> str:
        match name:
            case "nodes":
                row = self._row(nodes)
                return f"[{row} {each('r', 'items', row)}]"
            case "edges":
                self._rows.is_used = True  # also for edges of which only the type is asked
                edge = self._object(nodes, f"{name_of(self.model)}Edge", self._edge)
                return f"[{edge} {each('r', 'items', edge)}]"
            case "pageInfo":
                return self._object(nodes, "PageInfo", self._page_info)
            case "totalCount":
                return f"{self._ask(Does.COUNT, '{{text(r[0]): r[1] for r in {rows}}}')}.get(k, 0)"
            case "aggregates":
                figures = self.draft.name("figures")
                self._figures[figures] = Figures(self.compiler, self.model, nodes, [COUNT])
                return f"{figures}(k)"
        self.groups.append(GroupsMaker(self.compiler, self.model, self._field(name), nodes))
        return self.groups[-1].expression

    def _field(self, name: str) -> tuple[Any, GraphQLField]:
        kind = self.compiler.operation.schema.type_map[f"{name_of(self.model)}Connection"]
        assert isinstance(kind, GraphQLObjectType)
        return kind.fields[name].extensions[DEFINITION], kind.fields[name]

    def _edge(self, name: str, nodes: Nodes) -> str:
        if name == "cursor":
            return f"{self._cursors()}(r)"
        return self._row(nodes)

    def _page_info(self, name: str, nodes: Nodes) -> str:
        self._rows.is_used = True
        match name:
            case "hasNextPage":
                return f"(({self._more()} and not {self.page}.backward) or {self._look(Does.LOOK_AFTER)}.get(k, False))"
            case "hasPreviousPage":
                return f"(({self._more()} and {self.page}.backward) or {self._look(Does.LOOK_BEFORE)}.get(k, False))"
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

    def _look(self, does: Does) -> str:
        return self._ask(does, "{{text(r[0]): True for r in {rows}}}")

    def _ask(self, does: Does, form: str) -> str:
        """The name of what a further statement tells of each key; it is asked once."""
        for name, (asked, _) in self._asked.items():
            if asked is does:
                return name
        name = self.draft.name("asked")
        self._asked[name] = (does, form)
        return name
