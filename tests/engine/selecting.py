"""Random queries of everything that the toy API shows: any selection, with arguments as literals and as variables."""

import json
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)
from hypothesis import strategies as st

from tests.engine.arguments import arguments_of

SKIPPED = ("ask",)
"""Fields that do what a test tells them."""


@dataclass
class Query:
    """A query and its variables."""

    text: str
    variables: dict[str, Any]


@dataclass
class Writer:
    """Writes one query. Names of aliases, variables and fragments are numbered."""

    draw: st.DrawFn
    schema: GraphQLSchema
    variables: dict[str, Any] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)
    names: int = 0

    def query(self) -> Query:
        root = self.schema.query_type
        assert root is not None
        selected = self.selected(root, 4)
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        return Query(" ".join([f"query Q{declared} {selected}", *self.fragments]), self.variables)

    def name(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    def selected(self, kind: Any, depth: int) -> str:
        """A selection of an object, an interface or a union."""
        if not isinstance(kind, GraphQLObjectType):
            types = self.draw(st.lists(st.sampled_from(self.schema.get_possible_types(kind)), max_size=2))
            parts = [f"... on {each.name} {self.selected(each, depth)}" for each in types]
            return f"{{ {' '.join(['__typename', *parts])} }}"
        shown = [name for name in kind.fields if name not in SKIPPED and (depth > 1 or self.is_leaf(kind, name))]
        chosen = self.draw(st.lists(st.sampled_from([*shown, "__typename"]), min_size=1, max_size=3))
        return f"{{ {' '.join(self.part(kind, name, depth) for name in chosen)} }}"

    @staticmethod
    def is_leaf(kind: GraphQLObjectType, name: str) -> bool:
        return is_leaf_type(get_named_type(kind.fields[name].type))

    def part(self, kind: GraphQLObjectType, name: str, depth: int) -> str:
        """A field, sometimes inside a fragment or under a condition."""
        text = name if name == "__typename" else self.field(name, kind.fields[name], depth)
        match self.draw(st.integers(0, 9)):
            case 0:
                return f"... on {kind.name} {{ {text} }}"
            case 1:
                fragment = self.name("F")
                self.fragments.append(f"fragment {fragment} on {kind.name} {{ {text} }}")
                return f"...{fragment}"
            case 2:
                directive = self.draw(st.sampled_from(["include", "skip"]))
                return f"... @{directive}(if: {self.given('Boolean!', self.draw(st.booleans()))}) {{ {text} }}"
        return text

    def field(self, name: str, definition: GraphQLField, depth: int) -> str:
        arguments = self.draw(arguments_of(definition, self.schema))
        given = [f"{key}: {self.argument(definition.args[key].type, value)}" for key, value in arguments.items()]
        called = f"{self.name('a')}: {name}({', '.join(given)})" if definition.args and given else name
        if definition.args and not given:
            called = f"{self.name('a')}: {name}"
        named = get_named_type(definition.type)
        return called if is_leaf_type(named) else f"{called} {self.selected(named, depth - 1)}"

    def argument(self, kind: Any, value: Any) -> str:
        """A value as a variable or as a literal."""
        return self.given(str(kind), value) if self.draw(st.booleans()) else literal(value, kind)

    def given(self, kind: str, value: Any) -> str:
        """The value as a new variable."""
        name = self.name("v")
        self.declared.append(f"${name}: {kind}")
        self.variables[name] = value
        return f"${name}"


def literal(value: Any, kind: Any) -> str:
    """A JSON value as GraphQL writes it where ``kind`` is expected."""
    if isinstance(kind, GraphQLNonNull):
        return literal(value, kind.of_type)
    if isinstance(kind, GraphQLList) and isinstance(value, list):
        return f"[{', '.join(literal(each, kind.of_type) for each in value)}]"
    if isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {literal(each, kind.fields[name].type)}' for name, each in value.items())}}}"
    return str(value) if isinstance(kind, GraphQLEnumType) and value is not None else json.dumps(value)


@st.composite
def queries(draw: st.DrawFn, schema: GraphQLSchema) -> Query:
    """Any query."""
    return Writer(draw, schema).query()
