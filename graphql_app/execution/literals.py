"""Literals of documents: documents that differ in nothing else share validation, plans and statements.

A text is split into its shape, which is what stands between literals, and its literals. The second text of a shape is
parsed and validated as it is, and then gets a parameterized document, in which variables take the place of literals.
For every later text of the shape, the values of these variables are read from its literals, by the rules for literals.

A literal stays in the document, and is part of what the document is found by, if something else than a value depends
on it: the size of a page, an argument of introspection, the default of a variable, a part of a custom scalar. Names
(enums, booleans, null) belong to the shape. Literals of equal text share a variable, because it is validated whether
fields that are merged have equal arguments, and because equal selections share statements.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Protocol

from graphql import (
    ArgumentNode,
    DocumentNode,
    FloatValueNode,
    GraphQLError,
    GraphQLID,
    GraphQLInputType,
    GraphQLInt,
    GraphQLSchema,
    GraphQLString,
    IntValueNode,
    NameNode,
    Source,
    SourceLocation,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    Undefined,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_location,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    parse_const_value,
    visit,
)
from graphql.utilities import coerce_input_literal

from graphql_app.execution.texts import is_storable
from graphql_app.plan.selection import SIZES
from graphql_app.views.fields import DEFINITION

BETWEEN = r'(?:[^"\#0-9\-]++|(?<=\w)[0-9]++)*+'
"""What stands between literals; digits belong to it that are part of a name."""
STRING = r'"{3}(?:\\"{3}|(?!"{3}).)*+(?:"{3})?|"(?:[^"\\\n\r]|\\.)*+"?'
"""A string, also one that is not closed."""
INTEGER = r"-?(?:0|[1-9][0-9]*+)"
NUMBER = rf"{INTEGER}(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?(?![\w.])"
NO_NUMBER = r"-?[0-9][\w.]*+"
SPLIT = re.compile(rf"({BETWEEN})({STRING}|{NUMBER}|{NO_NUMBER}|\#[^\n\r]*|.|\Z)", re.DOTALL | re.ASCII)
IS_INTEGER, IS_NUMBER = (re.compile(form, re.ASCII).fullmatch for form in (INTEGER, NUMBER))
TEXTS = (GraphQLString, GraphQLID)
COMMENT, PREFIX, INTROSPECTION = "#", ":", "__"
MOST_VARIANTS, LARGEST = 100, 8_000_000
"""Parameterized documents of one shape, each for other literals that stay in it, and bytes that they take together."""
SHORT_INTEGER = 9
"""Characters of an integer that surely fits an Int."""
BYTES_OF_A_CHARACTER, BYTES_OF_A_LITERAL = 3, 200
"""What the shape of a text takes for each character and each literal, and each of its documents for each literal."""

Read = Callable[[str], Any]
"""Reads the value of a literal's text; gives Undefined for one that does not fit."""


def split(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what stands between the literals of a document, and its literals and comments.

    Joined alternately, both give the text again. A text that is no document may give anything else as a literal.
    """
    parts = SPLIT.findall(text)
    return tuple([between for between, _ in parts]), tuple([token for _, token in parts if token])


@dataclass(frozen=True, slots=True)
class Literals:
    """The literals of one text whose document is parameterized."""

    values: Mapping[str, Any]
    """By the names of their variables, which no client can choose."""
    text: str
    original: "Spans"
    """Of the text that the document was made from."""

    def locations(self, positions: Iterable[int]) -> list[SourceLocation]:
        """Return where the places of the document's nodes are in this text."""
        source, own = Source(self.text), Spans.of(self.text)
        return [get_location(source, self.original.moved(position, own)) for position in positions]


@dataclass(frozen=True, slots=True)
class Spans:
    """Where the literals and comments of a text start and end."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> "Spans":
        """Return those of a document."""
        lengths = [len(part) for pair in SPLIT.findall(text) for part in pair]
        places = list(accumulate(lengths))
        starts, ends = places[::2], places[1::2]
        count = sum(start < end for start, end in zip(starts, ends, strict=True))
        return cls(tuple(starts[:count]), tuple(ends[:count]))

    def moved(self, position: int, other: "Spans") -> int:
        """Return the place in another text of the same shape."""
        index = bisect_right(self.starts, position) - 1
        if index < 0:
            return position
        if position == self.starts[index]:
            return other.starts[index]
        return position - self.ends[index] + other.ends[index]


class Sized(Protocol):
    """A value that takes about ``size`` bytes, which may grow."""

    @property
    def size(self) -> int: ...


@dataclass(slots=True)
class Shape[T: Sized]:
    """What texts have in common that differ in literals: how each literal is read, and parameterized documents.

    There is a document for each combination of the literals that stay in it, and of literals that are equal.
    """

    length: int
    """Of the first text, in characters."""
    count: int
    """How many literals and comments it has."""
    reads: tuple[Read | None, ...] | None = None
    """For each literal how it is read, or None if it stays; None while a single text of the shape was seen."""
    is_closed: bool = False
    """True if documents of this shape are not parameterized."""
    variants: dict[Any, tuple[T, Spans]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """About how many bytes it takes, with its documents."""
        own = BYTES_OF_A_LITERAL * self.count
        variants = sum(own + document.size for document, _ in self.variants.values())
        return BYTES_OF_A_CHARACTER * self.length + own + variants

    def find(self, text: str, tokens: tuple[str, ...]) -> tuple[T, Literals] | None:
        """Return the document for a text with these literals, if it is made and they fit."""
        keyed = self.key(tokens)
        if keyed is None or keyed[0] not in self.variants:
            return None
        document, original = self.variants[keyed[0]]
        return document, Literals(keyed[1], text, original)

    def key(self, tokens: tuple[str, ...]) -> tuple[Any, dict[str, Any]] | None:
        """Return what a document is found by, and the values of its variables; None if a literal does not fit."""
        if self.reads is None or len(self.reads) != len(tokens):
            return None
        key: list[Any] = []
        first: dict[Any, str] = {}
        values: dict[str, Any] = {}
        for index, (token, read) in enumerate(zip(tokens, self.reads, strict=True)):
            if read is None:
                key.append(COMMENT if token[0] == COMMENT else token)
                continue
            name = first.setdefault((token, read), f"{PREFIX}{index}")
            key.append(name)
            if name not in values:
                value = values[name] = read(token)
                if value is Undefined:
                    return None
        return tuple(key), values

    def keep(self, key: Any, document: T, original: Spans) -> tuple[T, Spans]:
        """Keep a document for ``key``, made from a text with these spans; return what is kept, of several the first."""
        kept = self.variants.setdefault(key, (document, original))
        while len(self.variants) > MOST_VARIANTS or (self.size > LARGEST and len(self.variants) > 1):
            del self.variants[next(iter(self.variants))]
        return kept


def read_types(schema: GraphQLSchema, node: DocumentNode, text: str) -> tuple[Read | None, ...] | None:
    """Return how the literals of a document are read that fits the schema; None if they cannot be told apart."""
    spans = Spans.of(text)
    found = _Positions(schema)
    visit(node, TypeInfoVisitor(found.types, found))
    places = {start: end for start, end in zip(spans.starts, spans.ends, strict=True) if text[start] != COMMENT}
    if {start: end for start, (end, _) in found.reads.items()} != places:
        return None
    return tuple(found.reads[start][1] if start in places else None for start in spans.starts)


def parameterized(node: DocumentNode, text: str, key: Sequence[Any]) -> DocumentNode:
    """Return a document with variables in place of its literals. ``key`` has their names at the literals' places."""
    names = dict(zip(Spans.of(text).starts, key, strict=True))
    result: DocumentNode = visit(node, _Replaced(names))
    return result


def _reader(kind: GraphQLInputType) -> Read:
    """Return how a literal at a place of this type is read."""
    plain = get_nullable_type(kind)

    def read(token: str) -> Any:
        if plain is GraphQLInt and len(token) <= SHORT_INTEGER and IS_INTEGER(token):
            return int(token)
        node = _literal(token)
        if node is None:
            return Undefined
        if plain in TEXTS and isinstance(node, StringValueNode):
            return node.value
        return coerce_input_literal(node, kind)

    return read


def _literal(token: str) -> ValueNode | None:
    """Return the literal that is written so; None for what is none, and for a text that cannot be stored."""
    if token[0] == '"':
        if "\\" not in token and token[:3] != '"""' and len(token) > 1 and token[-1] == '"':
            node: ValueNode = StringValueNode(value=token[1:-1])
        else:
            try:
                node = parse_const_value(token)
            except GraphQLError:
                return None
        return node if isinstance(node, StringValueNode) and is_storable(node.value) else None
    if IS_INTEGER(token):
        return IntValueNode(value=token)
    return FloatValueNode(value=token) if IS_NUMBER(token) else None


class _Positions(Visitor):
    """The literals of a document: where each ends, and how it is read, by where it starts."""

    def __init__(self, schema: GraphQLSchema) -> None:
        super().__init__()
        self.types = TypeInfo(schema)
        self.reads: dict[int, tuple[int, Read | None]] = {}
        self._readers: dict[str, Read] = {}
        self._in_default = False

    def enter_variable_definition(self, *_: Any) -> None:
        self._in_default = True

    def leave_variable_definition(self, *_: Any) -> None:
        self._in_default = False

    def enter_int_value(self, node: ValueNode, _key: Any, parent: Any, *_: Any) -> None:
        assert node.loc is not None  # a parsed document's nodes have one
        self.reads[node.loc.start] = (node.loc.end, self._read(parent))

    enter_float_value = enter_string_value = enter_int_value

    def _read(self, parent: Any) -> Read | None:
        kind = self.types.get_input_type()
        if self._in_default or kind is None or not is_leaf_type(get_named_type(kind)) or self._is_kept(parent):
            return None
        return self._readers.setdefault(str(kind), _reader(kind))

    def _is_kept(self, parent: Any) -> bool:
        """True for the size of a list, for arguments of introspection, and outside of fields."""
        field, owner = self.types.get_field_def(), self.types.get_parent_type()
        if field is None or owner is None or INTROSPECTION in (owner.name[:2], get_named_type(field.type).name[:2]):
            return True
        sizing = getattr(field.extensions.get(DEFINITION), "sizing", None)
        sizes = SIZES if sizing is None else (*SIZES, *sizing.arguments)
        return isinstance(parent, ArgumentNode) and parent.name.value in sizes


class _Replaced(Visitor):
    """Variables in place of literals, by where these start; each at the location of its literal."""

    def __init__(self, names: Mapping[int, str]) -> None:
        super().__init__()
        self._names = names

    def enter_variable_definition(self, _: VariableDefinitionNode, *__: Any) -> Any:
        return self.SKIP

    def enter_int_value(self, node: ValueNode, *_: Any) -> VariableNode | None:
        assert node.loc is not None
        name = self._names[node.loc.start]
        if not name.startswith(PREFIX):
            return None
        return VariableNode(name=NameNode(value=name, loc=node.loc), loc=node.loc)

    enter_float_value = enter_string_value = enter_int_value
