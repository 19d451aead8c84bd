"""Random documents: selections of any type, with fragments, directives, aliases and merged fields."""

from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
)
from hypothesis import strategies as st

from tests.plan.documents.pools import Pools
from tests.plan.documents.tree import Arguments, Document, Field, Fragment, Inline, Selection, Spread
from tests.plan.documents.values import Values, written

MOST_FIELDS, DEEPEST = 30, 7
"""Limits of the size of a document."""
CURSORS = ("after", "before")


@dataclass
class Drawing:
    """State of one document while it is drawn."""

    schema: GraphQLSchema
    values: Values
    fragments: list[Fragment] = field(default_factory=list)
    keys: dict[tuple[str, str, Arguments], str] = field(default_factory=dict)
    """Every drawn field and its key. The mapping is global, so that the same key is always the same field."""
    cursors: dict[str, str] = field(default_factory=dict)
    left: int = MOST_FIELDS

    def selections(self, kind: Any, depth: int) -> tuple[Selection, ...]:
        """Draw the selections of a composite type."""
        size = self.values.draw(st.integers(1, 4))
        found = [self._selection(kind, depth) for _ in range(size)]
        return (*(each for each in found if each is not None), *self._leaves(kind)) or (self._leaf(kind),)

    def _leaves(self, kind: Any) -> list[Field]:
        """Draw sometimes several fields without selections and arguments."""
        names = [name for name, each in sorted(self._fields(kind, 0).items()) if not each.args]
        if not names or not self.values.rarely(3):
            return []
        chosen = self.values.draw(st.lists(st.sampled_from(names), max_size=8, unique=True))
        return [self._field(kind, name, (), 0) for name in chosen]

    def _selection(self, kind: Any, depth: int) -> Selection | None:
        if self.left <= 0:
            return None
        self.left -= 1
        if depth > 0 and self.values.rarely(2 if is_abstract_type(kind) else 6):
            return self._fragment(kind, depth)
        fields = self._fields(kind, depth)
        if not fields or self.values.rarely(12):
            return self._leaf(kind)
        drawn = [known for known in self.keys if known[0] == kind.name and known[1] in fields]
        if drawn and self.values.rarely(5):
            return self._field(kind, *self.values.draw(st.sampled_from(drawn))[1:], depth)
        name = self.values.draw(st.sampled_from(sorted(fields)))
        return self._field(kind, name, self._arguments(kind, name), depth)

    def _leaf(self, kind: Any) -> Field:
        """Return ``__typename``, which every type has."""
        return Field(kind.name, self._key(kind, "__typename", ()), "__typename", (), self._directives())

    def _fields(self, kind: Any, depth: int) -> dict[str, GraphQLField]:
        """Return the fields that may be selected: at the maximum depth, only those without selections."""
        if not isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
            return {}
        allowed = self.values.pools.mutations if kind is self.schema.mutation_type else kind.fields
        return {
            name: kind.fields[name]
            for name in allowed
            if (depth > 0 or not is_composite_type(get_named_type(kind.fields[name].type)))
            and not (self.values.plain and name in self.values.pools.failing)
        }

    def _field(self, kind: Any, name: str, arguments: Arguments, depth: int) -> Field:
        inner = get_named_type(kind.fields[name].type)
        key = self._key(kind, name, arguments)
        for argument, value in arguments:
            if argument in CURSORS and value.startswith("$c"):
                self.cursors[value[1:]] = key
        below = self.selections(inner, depth - 1) if is_composite_type(inner) else ()
        return Field(kind.name, key, name, arguments, self._directives(), below)

    def _key(self, kind: GraphQLNamedType, name: str, arguments: Arguments) -> str:
        """Return the field's name, or an alias if arguments or chance require one."""
        known = self.keys.get((kind.name, name, arguments))
        if known is None:
            alias = bool(arguments) or self.values.rarely(8)
            known = self.keys[kind.name, name, arguments] = f"{name}_{len(self.keys)}" if alias else name
        return known

    def _arguments(self, kind: Any, name: str) -> Arguments:
        definition = kind.fields[name]
        if kind is self.schema.mutation_type:
            return self.values.draw(st.sampled_from(self.values.pools.mutations[name]))
        about = get_named_type(definition.type).name
        chosen = [name for name in definition.args if self.values.rarely(2 if name == "first" else 4)]
        if {"first", "last"} <= set(chosen) and not self.values.oddly(6):
            chosen.remove("first")
        return tuple(
            (name, self._argument(argument, name, about))
            for name, argument in definition.args.items()
            if name in chosen or is_required_argument(argument)
        )

    def _argument(self, argument: GraphQLArgument, name: str, about: str) -> str:
        if name in CURSORS and not self.values.oddly(10):
            return self.values.cursor()
        return self.values.argument(argument.type, name, about)

    def _directives(self) -> tuple[str, ...]:
        return tuple(f"@{name}(if: {self._condition()})" for name in ("include", "skip") if self.values.rarely(14))

    def _condition(self) -> str:
        def boolean_value(_kind: Any) -> bool:
            return self.values.draw(st.booleans())

        if self.values.rarely(2):
            return self.values.variable(GraphQLNonNull(GraphQLBoolean), boolean_value)
        return written(boolean_value(None))

    def _fragment(self, kind: Any, depth: int) -> Selection:
        """Draw an inline fragment, or a named one, which may exist already."""
        fitting = [each for each in self._related(kind) if each is not kind]
        on = self.values.draw(st.sampled_from([kind, *fitting]))
        directives = self._directives()
        if self.values.rarely(2):
            known = [each for each in self.fragments if each.on == on.name]
            if known and self.values.rarely(2):
                return Spread(self.values.draw(st.sampled_from(known)).name, directives)
            selections = self.selections(on, min(depth - 1, 3))
            # named only after its selections, so that no fragment contains itself
            made = Fragment(f"F{len(self.fragments)}", on.name, selections)
            self.fragments.append(made)
            return Spread(made.name, directives)
        bare = on is kind and self.values.rarely(2)
        return Inline(None if bare else on.name, directives, self.selections(on, depth - 1))

    def _related(self, kind: Any) -> list[Any]:
        """Return the type conditions that are possible inside ``kind``."""
        possible = {kind} if isinstance(kind, GraphQLObjectType) else set(self.schema.get_possible_types(kind))
        return [
            each
            for name, each in sorted(self.schema.type_map.items())
            if (isinstance(each, GraphQLObjectType) and each in possible)
            or (is_abstract_type(each) and possible & set(self.schema.get_possible_types(each)))
        ]


@st.composite
def documents(draw: st.DrawFn, schema: GraphQLSchema, pools: Pools, *, plain: bool = False) -> Document:
    """Return a strategy of documents for ``schema``, with values from ``pools``.

    A ``plain`` document is a query without invalid values and without failing resolvers.
    """
    values = Values(draw, pools, plain=plain)
    drawing = Drawing(schema, values)
    mutates = bool(pools.mutations) and values.oddly(10)
    root = schema.mutation_type if mutates else schema.query_type
    selections = drawing.selections(root, DEEPEST)
    kind = "mutation" if mutates else "query"
    return Document(kind, selections, tuple(drawing.fragments), tuple(values.variables), drawing.cursors)
