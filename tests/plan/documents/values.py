"""Random values of arguments: literals, variables, and literals with variables inside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    get_named_type,
    is_required_input_field,
)
from hypothesis import strategies as st

from tests.plan.documents.pools import Pools
from tests.plan.documents.tree import Variable

DEPTH = 3
"""Maximum depth of an input."""
BAD = {"ID": ["garbage"], "Decimal": ["0.0000001"], "DateTime": ["9999-12-31T23:59:59Z"]}
"""Values that scalars accept and columns do not."""
GARBAGE = ("", "nonsense", "WzEsImFiYyJd", "WzEsbnVsbF0")
"""Strings that are no cursors."""


@dataclass(frozen=True, slots=True)
class Word:
    """Token without quotes: a member of an enum, or a variable."""

    text: str


def written(value: Any) -> str:
    """Return a value as a literal."""
    match value:
        case Word(text):
            return text
        case dict():
            return "{" + ", ".join(f"{name}: {written(each)}" for name, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(written, value)) + "]"
    return orjson.dumps(value).decode()


def sent(value: Any) -> Any:
    """Return a value as that of a variable in a request."""
    match value:
        case Word(text):
            return text
        case dict():
            return {name: sent(each) for name, each in value.items()}
        case list():
            return [sent(each) for each in value]
    return value


class Values:
    """Random values of one document, and the variables created for them."""

    def __init__(self, draw: st.DrawFn, pools: Pools, *, plain: bool = False) -> None:
        self.draw, self.pools, self.plain = draw, pools, plain
        self.variables: list[Variable] = []

    def rarely(self, times: int) -> bool:
        """Return True once in so many times; examples shrink to False."""
        return self.draw(st.integers(1, times)) == times

    def oddly(self, times: int) -> bool:
        """Return the same for invalid values; never True if only plain values are allowed."""
        return not self.plain and self.rarely(times)

    def argument(self, kind: Any, name: str, about: str) -> str:
        """Return the text of an argument; ``about`` is the type that its field returns."""
        if self.rarely(3):
            return self.variable(kind, lambda inner: self._content(inner, name, about, DEPTH, inside=False))
        return written(self._content(kind, name, about, DEPTH, inside=True))

    def variable(self, kind: Any, content: Callable[[Any], Any], *, strict: bool = False) -> str:
        """Return a variable for a value of type ``kind``, with a value or none; ``content`` draws values.

        A ``strict`` one never has a nullable type, not even where a default would permit it.
        """
        name = f"v{len(self.variables)}"
        required, inner = isinstance(kind, GraphQLNonNull), _nullable(kind)
        default = content(GraphQLNonNull(inner)) if self.rarely(4) else None
        strict = strict or (required and default is None) or self.rarely(4)
        choices = ["given", *(["omitted"] if default is not None or not strict else [])]
        if not strict and not self.plain:
            choices.append("null")
        how = self.draw(st.sampled_from(choices))
        value = content(GraphQLNonNull(inner) if strict else inner) if how == "given" else None
        shown = None if default is None else written(default)
        self.variables.append(Variable(name, f"{inner}{'!' * strict}", shown, how != "omitted", sent(value)))
        return f"${name}"

    def cursor(self) -> str:
        """Return a variable for a cursor, whose value is not known yet."""
        name, given = f"c{len(self.variables)}", self.oddly(12)
        value = self.draw(st.sampled_from(GARBAGE)) if given else None
        self.variables.append(Variable(name, "String", None, given, value))
        return f"${name}"

    def _content(self, kind: Any, name: str, about: str, depth: int, *, inside: bool) -> Any:
        """Return a value of a type; ``inside`` a literal it may be a variable, and null if the type allows it."""
        if isinstance(kind, GraphQLNonNull):
            return self._value(kind.of_type, name, about, depth, inside=inside)
        return None if self.oddly(20) else self._value(kind, name, about, depth, inside=inside)

    def _value(self, kind: Any, name: str, about: str, depth: int, *, inside: bool, only: bool = False) -> Any:
        """Return a value other than null; ``only`` for the single field of a oneOf input."""
        if inside and depth < DEPTH and self.rarely(8):
            draw = partial(self._content, name=name, about=about, depth=depth, inside=False)
            return Word(self.variable(GraphQLNonNull(kind), draw, strict=only))
        if isinstance(kind, GraphQLList):
            # a list has no repeated group keys
            size = 1 if self.plain and name == "by" else self.draw(st.integers(int(depth == DEPTH), 2))
            return [self._content(kind.of_type, name, about, depth - 1, inside=inside) for _ in range(size)]
        if isinstance(kind, GraphQLInputObjectType):
            return self._object(kind, about, depth, inside=inside)
        if isinstance(kind, GraphQLEnumType):
            return Word(self.draw(st.sampled_from(list(kind.values))))
        return self.draw(st.sampled_from(self._scalars(kind, name, about)))

    def _object(self, kind: GraphQLInputObjectType, about: str, depth: int, *, inside: bool) -> dict[str, Any]:
        def content(name: str) -> Any:
            of, inner = fields[name].type, _about(kind, name, about)
            if _is_one_of(kind):
                return self._value(_nullable(of), name, inner, depth - 1, inside=inside, only=True)
            return self._content(of, name, inner, depth - 1, inside=inside)

        fields = {name: each for name, each in kind.fields.items() if depth > 0 or not _is_nested(each)}
        needed = [name for name, each in fields.items() if is_required_input_field(each)]
        least, most = (1, 1) if _is_one_of(kind) else (0, 2)
        names = st.sampled_from(list(fields)) if fields else st.nothing()
        chosen = self.draw(st.lists(names, min_size=least, max_size=most if fields else 0, unique=True))
        return {name: content(name) for name in dict.fromkeys([*needed, *chosen])}

    def _scalars(self, kind: GraphQLNamedType, name: str, about: str) -> Sequence[Any]:
        if kind.name == "Int" and name in ("first", "last"):
            return [-1, 9, 10**9, 0] if self.oddly(20) else [2, 1, 3]
        if kind.name in BAD and self.oddly(20):
            return BAD[kind.name]
        if kind.name == "ID":
            return self.pools.ids_for(about)
        if kind.name == "String":
            words = self.pools.words.get(name, self.pools.texts)
            return self.pools.odd_words[name] if name in self.pools.odd_words and self.oddly(5) else words
        return self.pools.scalars[kind.name]


def _about(kind: GraphQLInputObjectType, name: str, about: str) -> str:
    """Return the subject of an input's field, given the subject of the input."""
    if name == "id":
        return kind.name.removesuffix("Filter")
    return name if name.endswith("Id") else about


def _is_one_of(kind: GraphQLInputObjectType) -> bool:
    """Return True for oneOf inputs, which only Strawberry marks, not graphql-core."""
    return bool(kind.extensions["strawberry-definition"].is_one_of)


def _nullable(kind: Any) -> Any:
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind


def _is_nested(field: GraphQLInputField) -> bool:
    """Return True if an input of such a field can be nested without limit."""
    inner = get_named_type(field.type)
    return isinstance(inner, GraphQLInputObjectType) and any(
        isinstance(get_named_type(each.type), GraphQLInputObjectType) for each in inner.fields.values()
    )
