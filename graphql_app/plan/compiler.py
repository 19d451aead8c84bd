"""Stage two: from selections to a program. Each object type becomes an expression that makes a dict of a row.

A level is the rows that one statement reads. What hangs on a level by key (rows by id, pages per parent) is fetched
after it and before its objects are made, so that an object's expression finds its children in a dict by the key in its
row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from graphql import FieldNode, GraphQLObjectType, get_named_type, print_ast

from graphql_app.database.base import Base
from graphql_app.plan.computed import computed_value
from graphql_app.plan.deciding import may_join
from graphql_app.plan.finished import DEFINITION
from graphql_app.plan.keys import held, key_of, may_be_null
from graphql_app.plan.selection import Fields, Operation
from graphql_app.plan.steps import Columns, Does, Program, Step
from graphql_app.statements.edges import Edge, Kind
from graphql_app.statements.outputs import Form, Output
from graphql_app.statements.reach import Path
from graphql_app.views.fields import Column, OneOf, RestrictedColumn, ToOne
from graphql_app.views.lists import Many
from graphql_app.views.registry import name_of

WRITTEN = ("ID", "Decimal", "DateTime")
"""Scalars whose texts PostgreSQL writes."""
Nodes = Sequence[FieldNode]


@dataclass(slots=True)
class Found:
    """Rows of one table found by key for a level: the keys' expressions, and each selection with the dict it fills."""

    model: type[Base]
    column: str
    keys: list[str] = field(default_factory=list)
    nullable: bool = False
    """Whether one of the keys may be null."""
    filled: list[tuple[str, Nodes]] = field(default_factory=list)


@dataclass(slots=True)
class Listed:
    """Pages of one list for a level: the field, the keys' expression, and each selection with the dict it fills."""

    field: Any
    """A Many field, and what graphql-core knows of it."""
    key: str
    nullable: bool = False
    """Whether the key may be null."""
    filled: list[tuple[str, Nodes]] = field(default_factory=list)


@dataclass(slots=True)
class Level:
    """Rows that one statement reads, and what has to be fetched for them."""

    columns: Columns
    rows: int = 1
    """How many rows it may have, as far as the document tells."""
    once: bool = False
    """Whether each row comes once, however many refer to it: rows found by key do."""
    found: dict[tuple[type[Base], str], Found] = field(default_factory=dict)
    lists: dict[tuple[Any, ...], Listed] = field(default_factory=dict)


class Compiler:
    """Compiles selections of one operation into one program."""

    def __init__(self, operation: Operation, program: Program) -> None:
        self.operation = operation
        self.program = program

    def object_type(self, model: type[Base]) -> GraphQLObjectType:
        found = self.operation.schema.type_map[name_of(model)]
        assert isinstance(found, GraphQLObjectType)
        return found

    def fields(self, model: type[Base], nodes: Nodes) -> Fields:
        return self.operation.fields(nodes, self.object_type(model))

    def row(self, model: type[Base], nodes: Nodes, level: Level, path: Path = ()) -> str:
        """The expression that makes the object of a row ``r`` of the level, or of one joined to it over ``path``."""
        kind = self.object_type(model)
        parts = [
            f"{key!r}: {self._value(model, kind, group, level, path)}"
            for key, group in self.fields(model, nodes).items()
        ]
        return "{" + ", ".join(parts) + "}"

    def _value(self, model: type[Base], kind: GraphQLObjectType, nodes: Nodes, level: Level, path: Path) -> str:
        name = nodes[0].name.value
        if name == "__typename":
            return repr(kind.name)
        definition = kind.fields[name]
        shown: Any = definition.extensions[DEFINITION]
        if isinstance(shown, Column) or shown.python_name == "id":
            return self._column(shown, definition, level, path)
        if isinstance(shown, RestrictedColumn):
            roles = self.program.constant("ROLES", shown.roles)
            return f"({self._column(shown, definition, level, path)} if role in {roles} else None)"
        if isinstance(shown, (ToOne, OneOf, Many)):
            return self._edge(shown, definition, nodes, level, path)
        return computed_value(shown, definition, self.program, level.columns, (model, path), nodes)

    def _edge(self, shown: Any, definition: Any, nodes: Nodes, level: Level, path: Path) -> str:
        if isinstance(shown, ToOne):
            return self._to_one(shown.edge, nodes, level, path)
        if isinstance(shown, OneOf):
            return self._one_of(shown.edges, nodes, level, path)
        return self._many(shown, definition, nodes, level, path)

    def _column(self, shown: Any, definition: Any, level: Level, path: Path) -> str:
        named = get_named_type(definition.type)
        form = Form.TEXT if named.name in WRITTEN else Form.NATIVE
        read = level.columns.place(held(Output(shown.python_name, form, path)))
        # an enum is shown by its members' names, which usually are what is stored
        members: type[Enum] | None = getattr(named, "wrapped_cls", None)
        if members is None or all(member.name == member.value for member in members):
            return read
        names = self.program.constant("NAMES", {member.value: member.name for member in members})
        return f"{names}.get({read})"

    def _to_one(self, edge: Edge, nodes: Nodes, level: Level, path: Path) -> str:
        is_held = edge.target_column == "id" and self.is_key_only(edge, nodes)
        if not is_held and not may_join(
            edge, path, plain=self._is_plain(edge, nodes), rows=1 if level.once else level.rows
        ):
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
        selected = {group[0].name.value for group in self.fields(edge.target, nodes).values()}
        return selected <= {"id", "__typename"}

    def _is_plain(self, edge: Edge, nodes: Nodes) -> bool:
        """Whether nothing hangs on the row but columns and rows that can be joined as well."""
        fields = self.object_type(edge.target).fields
        for group in self.fields(edge.target, nodes).values():
            name = group[0].name.value
            shown: Any = None if name == "__typename" else fields[name].extensions[DEFINITION]
            if isinstance(shown, ToOne):
                inner = shown.edge
                if inner.kind is not Kind.ONE or inner.target_column != "id" or not self._is_plain(inner, group):
                    return False
            elif isinstance(shown, (OneOf, Many)):
                return False
        return True

    def _find(self, edge: Edge, nodes: Nodes, level: Level, path: Path) -> str:
        key = key_of(edge, level.columns, path)
        found = level.found.setdefault((edge.target, edge.target_column), Found(edge.target, edge.target_column))
        if key not in found.keys:
            found.keys.append(key)
            found.nullable |= may_be_null(edge, path)
        filled = self.program.name("found")
        found.filled.append((filled, nodes))
        return f"{filled}.get({key})"

    def _one_of(self, edges: Sequence[Edge], nodes: Nodes, level: Level, path: Path) -> str:
        first, *others = edges
        value = self._find(first, nodes, level, path)
        if not others:
            return value
        key = key_of(first, level.columns, path)
        return f"({value} if {key} is not None else {self._one_of(others, nodes, level, path)})"

    def _many(self, shown: Many, definition: Any, nodes: Nodes, level: Level, path: Path) -> str:
        key = key_of(shown.edge, level.columns, path)
        arguments = tuple(sorted(print_ast(argument) for argument in nodes[0].arguments or ()))
        listed = Listed((shown, definition), key, may_be_null(shown.edge, path))
        listed = level.lists.setdefault((shown, key, arguments), listed)
        filled = self.program.name("lists")
        listed.filled.append((filled, nodes))
        return f"{filled}[{key}]"


def find_step(model: type[Base], column: str, under: int) -> Step:
    """A step that finds rows by a column, which is the first thing that it reads of them."""
    step = Step(Does.FIND, model, column, under=under)
    step.outputs.place(Output(column, Form.TEXT))
    return step
