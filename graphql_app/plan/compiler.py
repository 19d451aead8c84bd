"""Compilation of selections into a program: each object type becomes an expression that builds a dict from a row.

A level is the set of rows that one statement reads. The related rows of a level (rows by ID, pages per parent) are
fetched after it and before its objects are built, so an object's expression finds its children in a dict by the key in
its row.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    print_ast,
)

from graphql_app.authorization import requirement_of
from graphql_app.database.row_codec import codec_of
from graphql_app.models.base import Base, table_columns
from graphql_app.models.kinds.kind import Conversion, kind_of
from graphql_app.models.values import known_value
from graphql_app.plan.fields import Nodes, Owner, PlannedField, planned
from graphql_app.plan.program import Columns, ProgramBuilder
from graphql_app.plan.selection import Operation, Unplannable
from graphql_app.sql.edges import Edge
from graphql_app.sql.joins import Form, Output, Path
from graphql_app.sql.row_rules import HIDDEN, hides
from graphql_app.strawberry_adapter import Source, declaration_of

DEEPEST = 3
"""Maximum number of edges to a joined row."""
MOST_ROWS = 200
"""Maximum number of rows of a level to which other rows are joined.

A join saves a statement. But a joined row is looked up, sent and built once for each row that refers to it, while rows
found by key are read once. ``docs/planning.md`` has measurements on even and skewed data.
"""
type Results = list[tuple[str, Nodes]]
"""Names of dicts, each with the selection of the objects in it."""


@dataclass(slots=True)
class RowLookup:
    """Rows of a table that a level refers to: the expressions of their keys, and the dicts of their objects."""

    kind: GraphQLObjectType
    model: type[Base]
    column: str = "id"
    results: Results = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    nullable: bool = False
    """True if one of the keys may be null."""
    required: bool = False
    """True if one of the keys belongs to a required row."""
    members: list[str] = field(default_factory=list)
    """Dicts of objects that are values of a union."""


@dataclass(slots=True)
class PageLookup:
    """Pages of a list for a level: the field, the expression of the key, and the dicts of connections."""

    definition: GraphQLField
    key: str = ""
    nullable: bool = False
    """True if the key may be null."""
    results: Results = field(default_factory=list)


@dataclass(slots=True)
class Level:
    """Rows that one statement reads, with the related rows to be fetched."""

    columns: Columns
    rows: int = 1
    """Maximum number of rows according to the document."""
    once: bool = False
    """True for rows found by key, which are read once for any number of references."""
    rows_by_key: dict[tuple[type[Base], str], RowLookup] = field(default_factory=dict)
    pages: dict[tuple[Any, ...], PageLookup] = field(default_factory=dict)
    calls: list[tuple[int, str, str, str]] = field(default_factory=list)
    """Resolvers that are called for the rows: index, expression of the argument, dict of results, and guard."""

    @property
    def is_last(self) -> bool:
        """True if nothing is fetched for its rows."""
        return not (self.rows_by_key or self.pages or self.calls)


class Compiler:
    """Compiler of selections of an operation into a program. ``call`` returns the plan of a hand-written resolver."""

    def __init__(self, operation: Operation, draft: ProgramBuilder, call: Callable[..., object]) -> None:
        self.operation, self.draft, self.call = operation, draft, call

    def build(self, kind: GraphQLObjectType, nodes: Nodes, owner: Owner) -> str:
        """Return the expression of an object; ``owner`` is passed to the declarations of its fields."""
        parts = []
        for key, group in self.operation.fields(nodes, kind).items():
            definition = kind.fields.get(group[0].name.value)
            value = repr(kind.name) if definition is None else self._field(definition, group, owner)
            parts.append(f"{key!r}: {value}")
        return "{" + ", ".join(parts) + "}"

    def _field(self, definition: GraphQLField, nodes: Nodes, owner: Owner) -> str:
        """Return the expression of a field, which is not evaluated for viewers that do not meet its requirement."""
        requirement = requirement_of(declaration_of(definition))
        if requirement is None:
            return planned(definition).expression(owner, definition, nodes)
        with self.draft.guarded(requirement) as guard:
            value = planned(definition).expression(owner, definition, nodes)
        return f"({value} if {guard} else {self.draft.refusal(requirement)})"

    def converted(self, read: str, native: Conversion | Mapping[Any, object] | None) -> str:
        """Return the expression of a value of the response for the value of the driver that ``read`` reads."""
        if native is None:
            return read
        if isinstance(native, Mapping):
            return f"{self.draft.constant('NAMES', native)}.get({read})"
        return f"({self.draft.constant('convert', native)}({read}) if {read} is not None else None)"


@dataclass(frozen=True, slots=True)
class RowCode:
    """Code of the object of a row ``r`` of a level, or of a row that is joined to it over ``path``."""

    compiler: Compiler
    kind: GraphQLObjectType
    model: type[Base]
    level: Level
    path: Path = ()

    def build(self, nodes: Nodes) -> str:
        """Return the expression of the object."""
        return self.compiler.build(self.kind, nodes, self)

    def column(self, name: str, form: Form = Form.NATIVE) -> str:
        """Return the expression of a column of the row."""
        return self.level.columns.place(Output(name, form, self.path).nearest)

    def key(self, edge: Edge) -> str:
        """Return the expression of the key by which ``edge`` finds rows."""
        return self.column(edge.parent_key, Form.TEXT)

    @property
    def may_join(self) -> bool:
        """True if rows may be joined to the row."""
        rows = 1 if self.level.once else self.level.rows
        return len(self.path) < DEEPEST and rows <= MOST_ROWS

    def joined(self, edge: Edge, kind: GraphQLObjectType) -> "RowCode":
        """Return the code of the row that is joined over ``edge``."""
        return replace(self, kind=kind, model=edge.target, path=(*self.path, edge))

    def sign(self) -> str:
        """Return an expression that is null without the joined row: one of its columns, or the foreign key."""
        *path, edge = self.path
        if hides(edge.target):
            return self.column(edge.target_column)
        for output in self.level.columns.items:
            if output.path == self.path and not known_value(self.model, output.column).nullable:
                return self.level.columns.place(output)
        return replace(self, path=tuple(path)).key(edge)

    def related(self, edge: Edge, kind: GraphQLObjectType, nodes: Nodes, *, is_member: bool = False) -> str:
        """Return the expression of the object of the row that ``edge`` finds, which may be a member of a union."""
        key, place = self.key(edge), (edge.target, edge.target_column)
        wanted = self.compiler.draft.wanted(key)
        lookup = self.level.rows_by_key.setdefault(place, RowLookup(kind, *place))
        if wanted not in lookup.keys:
            lookup.keys.append(wanted)
            lookup.nullable |= self._may_be_null(edge) or wanted != key
        lookup.required |= not edge.nullable
        results = self.compiler.draft.name("found")
        lookup.results.append((results, nodes))
        if is_member:
            lookup.members.append(results)
        return self.shown(f"{results}.get({key})", edge, is_required=is_member or not edge.nullable)

    def shown(self, value: str, edge: Edge, *, is_required: bool) -> str:
        """Return the expression of an object, or of an error for a required row that rules hide."""
        return f"({value} or denied({HIDDEN!r}, check))" if is_required and hides(edge.target) else value

    def page(self, edge: Edge, definition: GraphQLField, nodes: Nodes) -> str:
        """Return the expression of the connection of the rows that ``edge`` leads to."""
        key = self.key(edge)
        wanted = self.compiler.draft.wanted(key)
        arguments = tuple(sorted(print_ast(argument) for argument in nodes[0].arguments or ()))
        place = (declaration_of(definition), wanted, arguments)
        may_be_null = self._may_be_null(edge) or wanted != key
        lookup = self.level.pages.setdefault(place, PageLookup(definition, wanted, may_be_null))
        results = self.compiler.draft.name("lists")
        lookup.results.append((results, nodes))
        return f"{results}[{key}]"

    def reduced(self, names: Sequence[str]) -> str:
        """Return the expression of a named tuple of these columns, as Python values."""
        row = self.compiler.draft.constant("Row", namedtuple("Row", names))
        return f"{row}({', '.join(map(self._python_value, names))})"

    def call(self, declared: PlannedField, definition: GraphQLField, nodes: Nodes) -> str:
        """Return the expression of the result of a resolver that is called for all rows of the level together."""
        draft = self.compiler.draft
        # names that a named tuple can have
        known = [name for name in table_columns(self.model) if not name.startswith("_")]
        columns = declared.columns_used(known)
        if columns is not None:
            source = self.reduced(columns)
        else:
            names, make = complete_row(self.model)
            reads = (self.column(name) for name in names)
            source = f"{draft.constant('entity', make)}(({', '.join(reads)},))"
        index = draft.add(draft.calls, self.compiler.call(self.kind, definition, nodes))
        results = draft.name("called")
        self.level.calls.append((index, source, results, draft.guard))
        return f"{results}[id(r)]"

    def _may_be_null(self, edge: Edge) -> bool:
        """Return True if the key can be null: its column is nullable, or a row along the path may be missing."""
        is_nullable = edge.source.__mapper__.columns[edge.parent_key].nullable
        return bool(is_nullable) or any(step.nullable or hides(step.target) for step in self.path)

    def _python_value(self, name: str) -> str:
        read, convert = self.column(name), kind_of(known_value(self.model, name).type).reader
        return read if convert is None else f"{self.compiler.draft.constant('convert', convert)}({read})"


def complete_row(model: type[Base]) -> tuple[Iterable[str], Callable[[Sequence[object]], Source]]:
    """Return the columns of a model, and a function that makes a row of the driver's values.

    The row's relationships are not loaded. Raises Unplannable for a model whose rows require a session.
    """
    try:
        codec = codec_of(model)
    except TypeError as error:
        raise Unplannable(str(error)) from None
    names = tuple(codec.columns)

    def make(record: Sequence[object]) -> Source:
        values = codec.values(names, record)
        return codec.loaded(values, codec.key(values))

    return names, make
