"""From selections to a program. Each object type becomes an expression that makes a dict of a row.

A level is the rows that one statement reads. What hangs on a level by key (rows by id, pages per parent) is fetched
after it and before its objects are made, so that an object's expression finds its children in a dict by the key in its
row.
"""

from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
    get_nullable_type,
    print_ast,
)

from graphql_app.models.base import Base
from graphql_app.plan.program import Columns, Draft
from graphql_app.plan.resolvers import columns_read, computing, reader_of, whole_row
from graphql_app.plan.selection import Operation
from graphql_app.sql.edges import Edge, Kind
from graphql_app.sql.joins import Form, Output, Path
from graphql_app.types.descriptions import COLUMNS
from graphql_app.types.fields import DEFINITION, ColumnField, RestrictedField, ToOneField, UnionField
from graphql_app.types.lists import ToManyField
from graphql_app.types.registry import type_name_of

WRITTEN = ("ID", "Decimal", "DateTime")
"""Scalars whose texts PostgreSQL writes."""
DEEPEST = 3
"""How many edges lead to a joined row at most."""
MOST_ROWS = 200
"""How many rows a level may have for others to be joined to them.

A join saves a statement; but a joined row is looked up, sent and built once for each row that it belongs to, where rows
found by their keys come once. Measured on even and on skewed data: ``docs/planning.md`` has the figures.
"""
Nodes = Sequence[FieldNode]


@dataclass(slots=True)
class FoundRows:
    """Rows of one table found by key for a level: the keys' expressions, and each selection with the dict it fills."""

    model: type[Base]
    column: str
    keys: list[str] = field(default_factory=list)
    nullable: bool = False
    """Whether one of the keys may be null."""
    required: bool = False
    """Whether one of the keys is that of a row that has to be there."""
    filled: list[tuple[str, Nodes]] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    """The dicts whose objects are of one of several types where they are shown."""


@dataclass(slots=True)
class ListedPages:
    """Pages of one list for a level: the field, the keys' expression, and each selection with the dict it fills."""

    field: Any
    """A Many field, and what graphql-core knows of it."""
    key: str
    nullable: bool = False
    """Whether the key may be null."""
    filled: list[tuple[str, Nodes]] = field(default_factory=list)


@dataclass(slots=True)
class ResolverCalls:
    """A resolver that is called for the rows of a level: its index, its argument, and the dict of results it fills."""

    index: int
    source: str
    filled: str


@dataclass(slots=True)
class Level:
    """Rows that one statement reads, and what has to be fetched for them."""

    columns: Columns
    rows: int = 1
    """How many rows it may have, as far as the document tells."""
    once: bool = False
    """Whether each row comes once, however many refer to it: rows found by key do."""
    found: dict[tuple[type[Base], str], FoundRows] = field(default_factory=dict)
    lists: dict[tuple[Any, ...], ListedPages] = field(default_factory=dict)
    calls: list[ResolverCalls] = field(default_factory=list)

    @property
    def is_last(self) -> bool:
        """Whether nothing hangs on its rows."""
        return not (self.found or self.lists or self.calls)


class Compiler:
    """Compiles selections of one operation into one program. ``called`` makes the plan of a resolver of one's own."""

    def __init__(self, operation: Operation, draft: Draft, called: Callable[..., Any]) -> None:
        self.operation, self.draft, self._called = operation, draft, called

    def object_type(self, model: type[Base]) -> GraphQLObjectType:
        found = self.operation.schema.type_map[type_name_of(model)]
        assert isinstance(found, GraphQLObjectType)
        return found

    def made(self, kind: Any, nodes: Nodes, value: Callable[[GraphQLField, str, Nodes], str]) -> str:
        """The expression that makes an object of a type, or of the type of a name; ``value`` gives those of fields."""
        found: Any = self.operation.schema.type_map[kind] if isinstance(kind, str) else kind
        parts = []
        for key, group in self.operation.fields(nodes, found).items():
            name = group[0].name.value
            is_type = name == "__typename"
            parts.append(f"{key!r}: {repr(found.name) if is_type else value(found.fields[name], name, group)}")
        return "{" + ", ".join(parts) + "}"

    def row(self, model: type[Base], nodes: Nodes, level: Level, path: Path = ()) -> str:
        """The expression that makes the object of a row ``r`` of the level, or of one joined to it over ``path``."""
        kind = self.object_type(model)
        return self.made(kind, nodes, lambda field, _, group: self._value(model, kind, field, group, level, path))

    def _value(
        self, model: type[Base], kind: Any, definition: GraphQLField, nodes: Nodes, level: Level, path: Path
    ) -> str:
        shown: Any = definition.extensions[DEFINITION]
        if isinstance(shown, ColumnField) or shown.python_name == "id":
            return self._column(shown, definition, level, path)
        if isinstance(shown, RestrictedField):
            roles = self.draft.constant("ROLES", shown.roles)
            return f"({self._column(shown, definition, level, path)} if role in {roles} else None)"
        if isinstance(shown, (ToOneField, UnionField, ToManyField)):
            return self._edge(shown, definition, nodes, level, path)
        if _is_computed(shown, definition):
            return self._computed(shown, definition, model, level, path)
        return self._own(shown, definition, kind, nodes, model, level)

    def _edge(self, shown: Any, definition: Any, nodes: Nodes, level: Level, path: Path) -> str:
        if isinstance(shown, ToOneField):
            return self._to_one(shown.edge, nodes, level, path)
        if isinstance(shown, UnionField):
            return self._one_of(shown.edges, nodes, level, path)
        return self._many(shown, definition, nodes, level, path)

    def _column(self, shown: Any, definition: Any, level: Level, path: Path) -> str:
        named = get_named_type(definition.type)
        form = Form.TEXT if named.name in WRITTEN else Form.NATIVE
        read = level.columns.place(Output(shown.python_name, form, path).nearest)
        names = self.names(named)
        return f"{names}.get({read})" if names else read

    def names(self, kind: Any) -> str:
        """The constant of the names by which members of an enum are shown, by their values.

        Empty for other types, and where what is stored are the names.
        """
        members: Sequence[Enum] = [*getattr(kind, "wrapped_cls", ())]
        if all(member.name == member.value for member in members):
            return ""
        return self.draft.constant("NAMES", {member.value: member.name for member in members})

    def _to_one(self, edge: Edge, nodes: Nodes, level: Level, path: Path) -> str:
        is_held = edge.target_column == "id" and self.is_key_only(edge, nodes)
        if not is_held and not self._may_join(edge, nodes, level, path):
            return self._find(edge, nodes, level, path)
        made = self.row(edge.target, nodes, level, (*path, edge))
        return f"(None if {self._sign(edge, level, path)} is None else {made})" if edge.nullable else made

    def _sign(self, edge: Edge, level: Level, path: Path) -> str:
        """What is null when there is no row at the end of ``edge``: one of its columns, or the key that leads there."""
        columns = edge.target.__mapper__.columns
        for output in level.columns.items:
            if output.path == (*path, edge) and not columns[output.column].nullable:
                return level.columns.place(output)
        return key_of(edge, level.columns, path)

    def is_key_only(self, edge: Edge, nodes: Nodes) -> bool:
        """Whether nothing is selected of the row at the end of ``edge`` but what its key tells."""
        selected = self.operation.fields(nodes, self.object_type(edge.target))
        return {group[0].name.value for group in selected.values()} <= {"id", "__typename"}

    def _may_join(self, edge: Edge, nodes: Nodes, level: Level, path: Path) -> bool:
        """Whether the row at the end of ``edge`` is joined; ``path`` leads to the row that it belongs to."""
        rows = 1 if level.once else level.rows
        return len(path) < DEEPEST and rows <= MOST_ROWS and self._is_plain(edge, nodes)

    def _is_plain(self, edge: Edge, nodes: Nodes) -> bool:
        """Whether a row can be joined, and nothing hangs on it but columns and rows that can be joined as well."""
        if edge.kind is not Kind.ONE or edge.target_column != "id":
            return False
        kind = self.object_type(edge.target)
        for group in self.operation.fields(nodes, kind).values():
            definition = kind.fields.get(group[0].name.value)
            shown: Any = None if definition is None else definition.extensions[DEFINITION]
            if isinstance(shown, ToOneField):
                if not self._is_plain(shown.edge, group):
                    return False
            elif shown is not None and (isinstance(shown, (UnionField, ToManyField)) or _is_own(shown, definition)):
                return False
        return True

    def _find(self, edge: Edge, nodes: Nodes, level: Level, path: Path, *, typed: bool = False) -> str:
        key, nullable = key_of(edge, level.columns, path), may_be_null(edge, path)
        found = level.found.setdefault((edge.target, edge.target_column), FoundRows(edge.target, edge.target_column))
        if key not in found.keys:
            found.keys.append(key)
            found.nullable |= nullable
        found.required |= not edge.nullable
        filled = self.draft.name("found")
        found.filled.append((filled, nodes))
        if typed:
            found.typed.append(filled)
        return f"{filled}.get({key})"

    def _one_of(self, edges: Sequence[Edge], nodes: Nodes, level: Level, path: Path) -> str:
        first, *others = edges
        value = self._find(first, nodes, level, path, typed=True)
        if not others:
            return value
        key = key_of(first, level.columns, path)
        return f"({value} if {key} is not None else {self._one_of(others, nodes, level, path)})"

    def _many(self, shown: ToManyField, definition: Any, nodes: Nodes, level: Level, path: Path) -> str:
        key = key_of(shown.edge, level.columns, path)
        arguments = tuple(sorted(print_ast(argument) for argument in nodes[0].arguments or ()))
        listed = ListedPages((shown, definition), key, may_be_null(shown.edge, path))
        listed = level.lists.setdefault((shown, key, arguments), listed)
        filled = self.draft.name("lists")
        listed.filled.append((filled, nodes))
        return f"{filled}[{key}]"

    def _computed(self, shown: Any, definition: Any, model: type[Base], level: Level, path: Path) -> str:
        """The expression that calls a plain function of the columns that it declares."""
        compute = self.draft.constant("compute", computing(shown.base_resolver.wrapped_func, definition.type))
        return f"{compute}(check, {self._reduced(shown.metadata[COLUMNS], model, level, path)})"

    def _reduced(self, names: Sequence[str], model: type[Base], level: Level, path: Path) -> str:
        """The expression of a row that has only these columns."""
        made = self.draft.constant("Row", namedtuple("Row", names))
        reads = (self._native(name, model, level, path) for name in names)
        return f"{made}({', '.join(reads)})"

    def _native(self, name: str, model: type[Base], level: Level, path: Path) -> str:
        read = level.columns.place(Output(name, Form.NATIVE, path))
        convert = reader_of(model.__mapper__.columns[name].type)
        return read if convert is None else f"{self.draft.constant('convert', convert)}({read})"

    def _own(self, shown: Any, definition: Any, kind: Any, nodes: Nodes, model: type[Base], level: Level) -> str:
        """The expression of the result of a resolver that is called for all rows of the level together."""
        columns = shown.metadata.get(COLUMNS)
        if columns is None:
            # names that a named tuple can have
            known = [each.key for each in model.__mapper__.column_attrs if not each.key.startswith("_")]
            columns = columns_read(shown.base_resolver, known)
        if columns is not None:
            source = self._reduced(columns, model, level, ())
        else:
            names, make = whole_row(model)
            reads = (level.columns.place(Output(name)) for name in names)
            source = f"{self.draft.constant('entity', make)}(({', '.join(reads)},))"
        index = self.draft.add(self.draft.calls, self._called(kind, definition, nodes))
        level.calls.append(ResolverCalls(index, source, self.draft.name("called")))
        return f"{level.calls[-1].filled}[id(r)]"


def key_of(edge: Edge, columns: Columns, path: Path) -> str:
    """The expression that reads the key by which ``edge`` finds rows; ``path`` leads to the row that has it."""
    return columns.place(Output(edge.parent_key, Form.TEXT, path))


def may_be_null(edge: Edge, path: Path) -> bool:
    """Whether that key can be null: its column can, or a row on the way to it may be missing."""
    return any(step.nullable for step in path) or bool(edge.source.__mapper__.columns[edge.parent_key].nullable)


def _is_computed(shown: Any, definition: Any) -> bool:
    """Whether the field is a plain function of columns that it declares, and shows a scalar."""
    resolver = shown.base_resolver
    return (
        resolver is not None
        and shown.metadata.get(COLUMNS) is not None
        and isinstance(get_nullable_type(definition.type), GraphQLScalarType)
        and not (definition.args or resolver.is_async or resolver.info_parameter or shown.extensions)
    )


def _is_own(shown: Any, definition: Any) -> bool:
    """Whether the field has a resolver that is called for many rows together."""
    is_column = isinstance(shown, (ColumnField, RestrictedField)) or shown.python_name == "id"
    return not is_column and not _is_computed(shown, definition)
