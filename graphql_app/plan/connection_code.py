"""Connections in a plan: the expression of the page of a key ``k`` with its ``items`` (rows ``r``) and ``more``.

Aggregates are read from a row ``r``, which begins with a key. A group is a pair of the values that its records share,
``g`` (by column), and of the row ``r`` of its measures.

Methods named like a field return that field's expression.
"""

from collections.abc import Iterator

from graphql import GraphQLField, GraphQLObjectType

from graphql_app.models.base import Base
from graphql_app.plan.compiler import Compiler, Level, RowCode, RowLookup
from graphql_app.plan.fields import Nodes, PlannedField, object_type
from graphql_app.plan.lists import GroupArguments, ListDeclaration
from graphql_app.plan.program import Columns, Step, StepKind, each
from graphql_app.sql.aggregates import COUNT, Measure


class ObjectCode:
    """Code of an object with a method for each of its fields."""

    def call(self, declared: PlannedField, definition: GraphQLField, nodes: Nodes) -> str:
        """Return the expression of a field."""
        return str(getattr(self, declared.python_name)(definition, nodes))


class ConnectionCode(ObjectCode):
    """Code of a connection with its edges and page info. Collects the statements that the expression requires."""

    def __init__(self, compiler: Compiler, declared: ListDeclaration, listing: int, rows: int, under: int) -> None:
        self.compiler, self.draft = compiler, compiler.draft
        self.model, self.listing, self.under = declared.target(), listing, under
        self.page = self.draft.name("page")
        self.is_root = declared.edge is None
        self.level = Level(Columns(offset=0 if self.is_root else 1), rows)
        read = Step(StepKind.LIST, self.model, outputs=self.level.columns, listing=listing, under=under, is_used=False)
        self._rows, self.step = read, self.draft.add(self.draft.steps, read)
        self._lookups: dict[StepKind, tuple[str, str]] = {}
        """Name of the dict of values by key, and its expression, for each additional statement."""
        self._aggregates: dict[str, AggregatesCode] = {}
        self.groups: list[GroupsCode] = []
        self._row_part = ""
        self._cursor = ""

    @property
    def reads_rows(self) -> bool:
        """True if a field is selected that is read from the rows of the page."""
        return self._rows.is_used

    def connection(self, kind: GraphQLObjectType, nodes: Nodes) -> tuple[str, str]:
        """Return the expression of the selection ``nodes`` of a connection, and the location of an error of its rows.

        The location is the first field that is read from rows; empty if there is none.
        """
        self._row_part = ""
        return self.compiler.build(kind, nodes, self), self._row_part

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

    def nodes(self, definition: GraphQLField, nodes: Nodes) -> str:
        self._locate(nodes)
        row = self.node(definition, nodes)
        return f"[{row} {each('r', 'items', row)}]"

    def edges(self, definition: GraphQLField, nodes: Nodes) -> str:
        self._locate(nodes)
        self._rows.is_used = True  # also for edges of which only __typename is selected
        edge = self.compiler.build(object_type(definition), nodes, self)
        return f"[{edge} {each('r', 'items', edge)}]"

    def node(self, definition: GraphQLField, nodes: Nodes) -> str:
        self._rows.is_used = True
        return RowCode(self.compiler, object_type(definition), self.model, self.level).build(nodes)

    def cursor(self, definition: GraphQLField, nodes: Nodes) -> str:
        return f"{self._cursors()}(r)"

    def page_info(self, definition: GraphQLField, nodes: Nodes) -> str:
        self._locate(nodes)
        return self.compiler.build(object_type(definition), nodes, self)

    def has_next_page(self, definition: GraphQLField, nodes: Nodes) -> str:
        beyond = self._beyond(StepKind.LOOK_AFTER)
        return f"(({self._more()} and not {self.page}.backward) or {beyond}.get(k, False))"

    def has_previous_page(self, definition: GraphQLField, nodes: Nodes) -> str:
        beyond = self._beyond(StepKind.LOOK_BEFORE)
        return f"(({self._more()} and {self.page}.backward) or {beyond}.get(k, False))"

    def start_cursor(self, definition: GraphQLField, nodes: Nodes) -> str:
        return f"({self._cursors()}(items[0]) if items else None)"

    def end_cursor(self, definition: GraphQLField, nodes: Nodes) -> str:
        return f"({self._cursors()}(items[-1]) if items else None)"

    def total_count(self, definition: GraphQLField, nodes: Nodes) -> str:
        return f"{self._lookup(StepKind.COUNT, '{{text(r[0]): r[1] for r in {rows}}}')}.get(k, 0)"

    def aggregates(self, definition: GraphQLField, nodes: Nodes) -> str:
        name = self.draft.name("aggregates")
        self._aggregates[name] = AggregatesCode(self.compiler, definition, nodes, [COUNT])
        return f"{name}(k)"

    def _locate(self, nodes: Nodes) -> None:
        """Record the first field that is read from rows."""
        key = (nodes[0].alias or nodes[0].name).value
        self._row_part = self._row_part or f"{(key,)!r}, {self.draft.constant('NODES', nodes)}"

    def _fetch(self, kind: StepKind, keys: str, measures: tuple[Measure, ...] = ()) -> str:
        step = Step(kind, self.model, listing=self.listing, measures=measures, under=self.under)
        return f"await fetch({self.draft.add(self.draft.steps, step)}, {keys}) if {keys} else ()"

    def _cursors(self) -> str:
        self._rows.is_used = self._rows.places = True
        self._cursor = self._cursor or self.draft.name("cursor")
        return self._cursor

    def _more(self) -> str:
        self._rows.is_used = self.draft.listings[self.listing].one_more = True
        return "more"

    def _beyond(self, kind: StepKind) -> str:
        return self._lookup(kind, "{{text(r[0]): True for r in {rows}}}")

    def _lookup(self, kind: StepKind, values: str) -> str:
        """Return the name of the values of a further statement by key. The statement is added once."""
        if kind not in self._lookups:
            self._lookups[kind] = (self.draft.name("lookup"), values)
        return self._lookups[kind][0]


class AggregatesCode:
    """Code of the aggregates of a field. Adds its measures to ``measures``, which begin with COUNT."""

    def __init__(self, compiler: Compiler, definition: GraphQLField, nodes: Nodes, measures: list[Measure]) -> None:
        self.compiler, self.measures = compiler, measures
        self.expression = compiler.build(object_type(definition), nodes, self)

    def measure(self, measure: Measure) -> str:
        """Return the expression of the value of a measure."""
        if measure not in self.measures:
            self.measures.append(measure)
        return f"r[{self.measures.index(measure) + 1}]"


class GroupsCode(ObjectCode):
    """Code of the groups of a field. ``rows_by_key`` are the related records in the keys of groups, by column."""

    def __init__(self, compiler: Compiler, model: type[Base], definition: GraphQLField, nodes: Nodes) -> None:
        self.compiler, self.draft, self.model = compiler, compiler.draft, model
        self.name = self.draft.name("groups")
        self.rows_by_key: dict[str, RowLookup] = {}
        self.measures: list[Measure] = [COUNT]
        self._object = compiler.build(object_type(definition), nodes, self)
        grouping = GroupArguments(nodes[0], definition, tuple(self.measures))
        self.index = self.draft.add(self.draft.groupings, grouping)

    @property
    def expression(self) -> str:
        """Expression of the list of groups of the key ``k``."""
        groups = f"[{self._object} {each('g, r', f'{self.name}.get(k, ())', self._object)}]"
        return f"({self.name}.failed or {groups})"

    def line(self, step: int, keys: str) -> str:
        """Return the line that fetches the groups of the keys in the list ``keys``, with a step."""
        rows = f"await fetch({step}, {keys}) if {keys} else ()"
        return f"{self.name} = grouped({rows}, lambda: grouping({self.index}))"

    def keys(self, column: str) -> str:
        """Return the expression of the keys in ``column`` of all groups."""
        each = f"text(g[{column!r}]) for groups in {self.name}.values() for g, _ in groups"
        return f"list(dict.fromkeys({each} if g.get({column!r}) is not None))"

    def key(self, definition: GraphQLField, nodes: Nodes) -> str:
        return self.compiler.build(object_type(definition), nodes, self)

    def count(self, definition: GraphQLField, nodes: Nodes) -> str:
        return "r[1]"

    def aggregates(self, definition: GraphQLField, nodes: Nodes) -> str:
        return AggregatesCode(self.compiler, definition, nodes, self.measures).expression

    def related(self, column: str, model: type[Base], definition: GraphQLField, nodes: Nodes) -> str:
        """Return the expression of the record of ``model`` whose ID is the shared value of a column."""
        kind, id = object_type(definition), f"text(g[{column!r}])"
        names = self.compiler.operation.id_fields(nodes, kind)
        if names is not None:
            items = (f"{key!r}: {id if name == 'id' else repr(kind.name)}" for key, name in names.items())
            return f"({{{', '.join(items)}}} if g.get({column!r}) is not None else None)"
        lookup = self.rows_by_key.setdefault(column, RowLookup(kind, model))
        results = self.draft.name("found")
        lookup.results.append((results, nodes))
        return f"{results}.get(text(g.get({column!r})))"
