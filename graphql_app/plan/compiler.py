"""Compilation of selections into a program: each object type becomes an expression that builds a dict from a row.

A level is the rows that one statement reads. The related rows of a level (rows by ID, pages per parent) are fetched
after it and before its objects are built, so that an object's expression finds its children in a dict by the key in
its row.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    get_nullable_type,
    print_ast,
)
from strawberry.types.field import StrawberryField

from graphql_app.models.base import Base
from graphql_app.models.kinds.kind import Conversion, kind_of
from graphql_app.plan.program import Columns, Draft
from graphql_app.plan.resolver_columns import columns_read, complete_row, computation
from graphql_app.plan.selection import Operation
from graphql_app.sql.edges import Edge, Kind
from graphql_app.sql.joins import Form, Output, Path
from graphql_app.types.declarations import COLUMNS
from graphql_app.types.fields import ColumnField, RestrictedField, ToOneField, UnionField
from graphql_app.types.lists import ToManyField
from graphql_app.types.registry import type_name_of
from graphql_app.types.strawberry_adapter import declaration_of

DEEPEST = 3
"""Maximum number of edges to a joined row."""
MOST_ROWS = 200
"""Maximum number of rows of a level to which other rows are joined.

A join saves a statement. But a joined row is looked up, sent and built once for each row that refers to it, while rows
found by key are read once. ``docs/planning.md`` has measurements on even and skewed data.
"""
Nodes = Sequence[FieldNode]


@dataclass(slots=True)
class FoundRows:
    """Rows of a table found by key for a level: the expressions of keys, and each selection with its dict."""

    model: type[Base]
    column: str
    keys: list[str] = field(default_factory=list)
    nullable: bool = False
    """True if one of the keys may be null."""
    required: bool = False
    """True if one of the keys belongs to a required row."""
    filled: list[tuple[str, Nodes]] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    """Dicts of objects that are values of a union."""


@dataclass(slots=True)
class ListedPages:
    """Pages of a list for a level: the field, the expression of the key, and each selection with its dict."""

    definition: GraphQLField
    key: str
    nullable: bool = False
    """True if the key may be null."""
    filled: list[tuple[str, Nodes]] = field(default_factory=list)


@dataclass(slots=True)
class ResolverCalls:
    """Calls of a resolver for the rows of a level: its index, the expression of its argument, the dict of results."""

    index: int
    source: str
    filled: str


@dataclass(slots=True)
class Level:
    """Rows that one statement reads, with the related rows to be fetched."""

    columns: Columns
    rows: int = 1
    """Maximum number of rows according to the document."""
    once: bool = False
    """True for rows found by key, which are read once for any number of references."""
    found: dict[tuple[type[Base], str], FoundRows] = field(default_factory=dict)
    lists: dict[tuple[Any, ...], ListedPages] = field(default_factory=dict)
    calls: list[ResolverCalls] = field(default_factory=list)

    @property
    def is_last(self) -> bool:
        """True if nothing is fetched for its rows."""
        return not (self.found or self.lists or self.calls)


class Compiler:
    """Compiler of selections of an operation into a program. ``called`` returns the plan of a hand-written resolver."""

    def __init__(self, operation: Operation, draft: Draft, called: Callable[..., object]) -> None:
        self.operation, self.draft, self._called = operation, draft, called

    def object_type(self, model: type[Base]) -> GraphQLObjectType:
        found = self.operation.schema.type_map[type_name_of(model)]
        assert isinstance(found, GraphQLObjectType)
        return found

    def made(self, kind: str | GraphQLNamedType, nodes: Nodes, value: Callable[[GraphQLField, str, Nodes], str]) -> str:
        """Return the expression of an object of a type or type name; ``value`` returns the expressions of fields."""
        found: Any = self.operation.schema.type_map[kind] if isinstance(kind, str) else kind
        parts = []
        for key, group in self.operation.fields(nodes, found).items():
            name = group[0].name.value
            is_type = name == "__typename"
            parts.append(f"{key!r}: {repr(found.name) if is_type else value(found.fields[name], name, group)}")
        return "{" + ", ".join(parts) + "}"

    def row(self, model: type[Base], nodes: Nodes, level: Level, path: Path = ()) -> str:
        """Return the expression of the object of a row ``r`` of the level, or of a row joined to it over ``path``."""

        def value(definition: GraphQLField, _: str, group: Nodes) -> str:
            declared = declaration_of(definition)
            match declared:
                case ToOneField():
                    return self._to_one(declared.edge, group, level, path)
                case UnionField():
                    return self._one_of(declared.edges, group, level, path)
                case ToManyField():
                    return self._to_many(declared, definition, group, level, path)
            if _is_column(declared):
                return self._column(declared, model, level, path)
            scalar = _computed_scalar(declared, definition)
            if scalar is not None:
                compute = self.draft.constant("compute", computation(declared.base_resolver.wrapped_func, scalar))
                return f"{compute}(check, {self._reduced(declared.metadata[COLUMNS], model, level, path)})"
            return self._resolved(declared, definition, group, model, level)

        return self.made(self.object_type(model), nodes, value)

    def _column(self, declared: StrawberryField, model: type[Base], level: Level, path: Path) -> str:
        roles = self.draft.constant("ROLES", declared.roles) if isinstance(declared, RestrictedField) else ""
        kind = kind_of(model.__mapper__.columns[declared.python_name].type)
        form = Form.TEXT if kind.is_text else Form.NATIVE
        read = level.columns.place(Output(declared.python_name, form, path).nearest)
        value = read if kind.is_text else self.converted(read, kind.native)
        return f"({value} if role in {roles} else None)" if roles else value

    def converted(self, read: str, native: Conversion | Mapping[Any, object] | None) -> str:
        """Return the expression of a value of the response for the value of the driver that ``read`` reads."""
        if native is None:
            return read
        if isinstance(native, Mapping):
            return f"{self.draft.constant('NAMES', native)}.get({read})"
        return f"({self.draft.constant('convert', native)}({read}) if {read} is not None else None)"

    def _to_one(self, edge: Edge, nodes: Nodes, level: Level, path: Path) -> str:
        is_held = edge.target_column == "id" and self.is_key_only(edge, nodes)
        if not is_held and not self._may_join(edge, nodes, level, path):
            return self._find(edge, nodes, level, path)
        made = self.row(edge.target, nodes, level, (*path, edge))
        return f"(None if {self._sign(edge, level, path)} is None else {made})" if edge.nullable else made

    def _sign(self, edge: Edge, level: Level, path: Path) -> str:
        """Return an expression that is null if ``edge`` has no related row: one of its columns, or the foreign key."""
        columns = edge.target.__mapper__.columns
        for output in level.columns.items:
            if output.path == (*path, edge) and not columns[output.column].nullable:
                return level.columns.place(output)
        return key_of(edge, level.columns, path)

    def is_key_only(self, edge: Edge, nodes: Nodes) -> bool:
        """Return True if only the ID of the related row is selected."""
        selected = self.operation.fields(nodes, self.object_type(edge.target))
        return {group[0].name.value for group in selected.values()} <= {"id", "__typename"}

    def _may_join(self, edge: Edge, nodes: Nodes, level: Level, path: Path) -> bool:
        """Return True if the related row is joined. ``path`` leads to the row with the foreign key."""
        rows = 1 if level.once else level.rows
        return len(path) < DEEPEST and rows <= MOST_ROWS and self._is_plain(edge, nodes)

    def _is_plain(self, edge: Edge, nodes: Nodes) -> bool:
        """Return True if a row, and all rows that are selected below it, can be joined."""
        if edge.kind is not Kind.ONE or edge.target_column != "id":
            return False
        kind = self.object_type(edge.target)
        for group in self.operation.fields(nodes, kind).values():
            definition = kind.fields.get(group[0].name.value)
            if definition is None:  # __typename
                continue
            declared = declaration_of(definition)
            if isinstance(declared, ToOneField):
                if not self._is_plain(declared.edge, group):
                    return False
            elif not _is_column(declared) and _computed_scalar(declared, definition) is None:
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

    def _to_many(self, declared: ToManyField, definition: GraphQLField, nodes: Nodes, level: Level, path: Path) -> str:
        key = key_of(declared.edge, level.columns, path)
        arguments = tuple(sorted(print_ast(argument) for argument in nodes[0].arguments or ()))
        listed = ListedPages(definition, key, may_be_null(declared.edge, path))
        listed = level.lists.setdefault((declared, key, arguments), listed)
        filled = self.draft.name("lists")
        listed.filled.append((filled, nodes))
        return f"{filled}[{key}]"

    def _reduced(self, names: Sequence[str], model: type[Base], level: Level, path: Path) -> str:
        """Return the expression of a row that has only these columns."""
        made = self.draft.constant("Row", namedtuple("Row", names))
        reads = (self._native(name, model, level, path) for name in names)
        return f"{made}({', '.join(reads)})"

    def _native(self, name: str, model: type[Base], level: Level, path: Path) -> str:
        read = level.columns.place(Output(name, Form.NATIVE, path))
        convert = kind_of(model.__mapper__.columns[name].type).reader
        return read if convert is None else f"{self.draft.constant('convert', convert)}({read})"

    def _resolved(self, declared: Any, definition: GraphQLField, nodes: Nodes, model: type[Base], level: Level) -> str:
        """Return the expression of the result of a resolver that is called for all rows of the level together."""
        columns = declared.metadata.get(COLUMNS)
        if columns is None:
            # names that a named tuple can have
            known = [each.key for each in model.__mapper__.column_attrs if not each.key.startswith("_")]
            columns = columns_read(declared.base_resolver, known)
        if columns is not None:
            source = self._reduced(columns, model, level, ())
        else:
            names, make = complete_row(model)
            reads = (level.columns.place(Output(name)) for name in names)
            source = f"{self.draft.constant('entity', make)}(({', '.join(reads)},))"
        index = self.draft.add(self.draft.calls, self._called(self.object_type(model), definition, nodes))
        level.calls.append(ResolverCalls(index, source, self.draft.name("called")))
        return f"{level.calls[-1].filled}[id(r)]"


def key_of(edge: Edge, columns: Columns, path: Path) -> str:
    """Return the expression of the key by which ``edge`` finds rows; ``path`` leads to the row that has it."""
    return columns.place(Output(edge.parent_key, Form.TEXT, path))


def may_be_null(edge: Edge, path: Path) -> bool:
    """Return True if the key can be null: its column is nullable, or a row along the path may be missing."""
    return any(step.nullable for step in path) or bool(edge.source.__mapper__.columns[edge.parent_key].nullable)


def _is_column(declared: object) -> bool:
    """Return True if the field is a column or the ID."""
    return isinstance(declared, (ColumnField, RestrictedField)) or getattr(declared, "python_name", "") == "id"


def _computed_scalar(declared: StrawberryField, definition: GraphQLField) -> GraphQLScalarType | None:
    """Return the scalar of a plain function of declared columns; None for any other field."""
    resolver, scalar = declared.base_resolver, get_nullable_type(definition.type)
    if resolver is None or resolver.is_async or resolver.info_parameter or definition.args or declared.extensions:
        return None
    return scalar if isinstance(scalar, GraphQLScalarType) and declared.metadata.get(COLUMNS) is not None else None
