"""Parameterization: documents that differ only in literals share validation, plans and statements.

A text is split into its shape, which is the text between literals, and its literals. The second text of a shape is
parsed and validated unchanged, and then gets a parameterized document, in which variables replace literals. For every
later text of the shape, the values of these variables are read from its literals, by the rules for literals.

A literal stays in the document, and is part of the document's cache key, if more than a value depends on it: the size
of a page, an argument of introspection, the default of a variable, a part of a custom scalar. Names (enums, Booleans,
null) belong to the shape. Literals of equal text share a variable, because validation requires that merged fields have
equal arguments, and because equal selections share statements.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

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
    VisitorAction,
    get_location,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    parse_const_value,
    visit,
)
from graphql.utilities import coerce_input_literal

from graphql_app.execution.caches import HasSize
from graphql_app.execution.validation import is_storable
from graphql_app.plan.selection import SIZES
from graphql_app.strawberry_adapter import DEFINITION

BETWEEN = r'(?:[^"\#0-9\-]++|(?<=\w)[0-9]++)*+'
"""Text between literals, including digits that are part of a name."""
STRING = r'"{3}(?:\\"{3}|(?!"{3}).)*+(?:"{3})?|"(?:[^"\\\n\r]|\\.)*+"?'
"""String literal, possibly unterminated."""
INTEGER = r"-?(?:0|[1-9][0-9]*+)"
NUMBER = rf"{INTEGER}(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?(?![\w.])"
INVALID_NUMBER = r"-?[0-9][\w.]*+"
SPLIT = re.compile(rf"({BETWEEN})({STRING}|{NUMBER}|{INVALID_NUMBER}|\#[^\n\r]*|.|\Z)", re.DOTALL | re.ASCII)
IS_INTEGER, IS_NUMBER = (re.compile(form, re.ASCII).fullmatch for form in (INTEGER, NUMBER))
TEXTS = (GraphQLString, GraphQLID)
COMMENT, PREFIX, INTROSPECTION = "#", ":", "__"
MOST_VARIANTS, LARGEST = 100, 8_000_000
"""Maximum number and bytes of a shape's parameterized documents, which differ in the literals that stay."""
SHORT_INTEGER = 9
"""Characters of an integer that always fits an Int."""
BYTES_OF_A_CHARACTER, BYTES_OF_A_LITERAL = 3, 200
"""Bytes of a shape per character and per literal of its text, and of each of its documents per literal."""

ReadLiteral = Callable[[str], object]
"""Function that returns the value of a literal's text, or Undefined if it does not fit its type."""
VariantKey = tuple[str, ...]
"""Key of a parameterized document in its shape: literals that stay, and names of variables, in order."""


def split(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the texts between the literals of a document, and its literals and comments.

    Joined alternately, both are the text again. If the text is not a document, a literal may be any other text.
    """
    parts = SPLIT.findall(text)
    return tuple([between for between, _ in parts]), tuple([token for _, token in parts if token])


@dataclass(frozen=True, slots=True)
class Literals:
    """Literals of one text whose document is parameterized."""

    values: Mapping[str, object]
    """Values by the names of their variables, which are not valid names in a document."""
    text: str
    original: "LiteralSpans"
    """Spans of the literals in the text from which the document was made."""

    def locations(self, positions: Iterable[int]) -> list[SourceLocation]:
        """Return the locations in this text of ``positions`` of the document's nodes."""
        source, own = Source(self.text), LiteralSpans.of(self.text)
        return [get_location(source, self.original.moved(position, own)) for position in positions]


@dataclass(frozen=True, slots=True)
class LiteralSpans:
    """Starts and ends of the literals and comments of a text."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> "LiteralSpans":
        """Return the spans of a document."""
        lengths = [len(part) for pair in SPLIT.findall(text) for part in pair]
        places = list(accumulate(lengths))
        starts, ends = places[::2], places[1::2]
        count = sum(start < end for start, end in zip(starts, ends, strict=True))
        return cls(tuple(starts[:count]), tuple(ends[:count]))

    def moved(self, position: int, other: "LiteralSpans") -> int:
        """Return the corresponding position in another text of the same shape."""
        index = bisect_right(self.starts, position) - 1
        if index < 0:
            return position
        if position == self.starts[index]:
            return other.starts[index]
        return position - self.ends[index] + other.ends[index]


@dataclass(slots=True)
class DocumentShape[T: HasSize]:
    """Shape of texts that differ only in literals, with the functions that read them, and parameterized documents.

    There is a document for each combination of the literals that stay in it, and of literals that are equal.
    """

    length: int
    """Characters of the first text."""
    count: int
    """Number of literals and comments."""
    reads: tuple[ReadLiteral | None, ...] | None = None
    """Function for each literal, or None if the literal stays. None until the second text of the shape."""
    is_closed: bool = False
    """True if documents of this shape are not parameterized."""
    variants: dict[VariantKey, tuple[T, LiteralSpans]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Approximate bytes, including documents."""
        own = BYTES_OF_A_LITERAL * self.count
        variants = sum(own + document.size for document, _ in self.variants.values())
        return BYTES_OF_A_CHARACTER * self.length + own + variants

    def find(self, text: str, tokens: tuple[str, ...]) -> tuple[T, Literals] | None:
        """Return the document for a text with these literals, or None if there is none or a literal does not fit."""
        keyed = self.key(tokens)
        if keyed is None or keyed[0] not in self.variants:
            return None
        document, original = self.variants[keyed[0]]
        return document, Literals(keyed[1], text, original)

    def key(self, tokens: tuple[str, ...]) -> tuple[VariantKey, dict[str, object]] | None:
        """Return the key of a document and the values of its variables, or None if a literal does not fit."""
        if self.reads is None or len(self.reads) != len(tokens):
            return None
        key: list[str] = []
        first: dict[tuple[str, ReadLiteral], str] = {}
        values: dict[str, object] = {}
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

    def add(self, key: VariantKey, document: T, original: LiteralSpans) -> tuple[T, LiteralSpans]:
        """Cache a document for ``key``, made from a text with these spans, and return the first one for this key."""
        cached = self.variants.setdefault(key, (document, original))
        while len(self.variants) > MOST_VARIANTS or (self.size > LARGEST and len(self.variants) > 1):
            del self.variants[next(iter(self.variants))]
        return cached


def read_types(schema: GraphQLSchema, node: DocumentNode, text: str) -> tuple[ReadLiteral | None, ...] | None:
    """Return the functions that read the literals of a valid document, or None if their positions are ambiguous."""
    spans = LiteralSpans.of(text)
    found = _LiteralPositions(schema)
    visit(node, TypeInfoVisitor(found.types, found))
    places = {start: end for start, end in zip(spans.starts, spans.ends, strict=True) if text[start] != COMMENT}
    if {start: end for start, (end, _) in found.reads.items()} != places:
        return None
    return tuple(found.reads[start][1] if start in places else None for start in spans.starts)


def parameterized(node: DocumentNode, text: str, key: Sequence[str]) -> DocumentNode:
    """Return a document with variables in place of its literals. ``key`` contains their names, in document order."""
    names = dict(zip(LiteralSpans.of(text).starts, key, strict=True))
    result: DocumentNode = visit(node, _LiteralsToVariables(names))
    return result


def _reader(kind: GraphQLInputType) -> ReadLiteral:
    """Return the function that reads literals of this type."""
    plain = get_nullable_type(kind)

    def read(token: str) -> object:
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
    """Return the node of a literal, or None if ``token`` is not a literal or a string that cannot be stored."""
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


class _LiteralPositions(Visitor):
    """Visitor that finds the literals of a document: the end and the function of each, by its start."""

    def __init__(self, schema: GraphQLSchema) -> None:
        super().__init__()
        self.types = TypeInfo(schema)
        self.reads: dict[int, tuple[int, ReadLiteral | None]] = {}
        self._readers: dict[str, ReadLiteral] = {}
        self._in_default = False

    def enter_variable_definition(self, *_: object) -> None:
        self._in_default = True

    def leave_variable_definition(self, *_: object) -> None:
        self._in_default = False

    def enter_int_value(self, node: ValueNode, _key: object, parent: object, *_: object) -> None:
        assert node.loc is not None  # a parsed document's nodes have one
        self.reads[node.loc.start] = (node.loc.end, self._read(parent))

    enter_float_value = enter_string_value = enter_int_value

    def _read(self, parent: object) -> ReadLiteral | None:
        kind = self.types.get_input_type()
        if self._in_default or kind is None or not is_leaf_type(get_named_type(kind)) or self._stays(parent):
            return None
        return self._readers.setdefault(str(kind), _reader(kind))

    def _stays(self, parent: object) -> bool:
        """Return True for the size of a list, for arguments of introspection, and outside fields."""
        field, owner = self.types.get_field_def(), self.types.get_parent_type()
        if field is None or owner is None or INTROSPECTION in (owner.name[:2], get_named_type(field.type).name[:2]):
            return True
        sizing = getattr(field.extensions.get(DEFINITION), "sizing", None)
        sizes = SIZES if sizing is None else (*SIZES, *sizing.arguments)
        return isinstance(parent, ArgumentNode) and parent.name.value in sizes


class _LiteralsToVariables(Visitor):
    """Visitor that replaces literals by variables at the same location. ``names`` are by the literals' starts."""

    def __init__(self, names: Mapping[int, str]) -> None:
        super().__init__()
        self._names = names

    def enter_variable_definition(self, _: VariableDefinitionNode, *__: object) -> VisitorAction:
        return self.SKIP

    def enter_int_value(self, node: ValueNode, *_: object) -> VariableNode | None:
        assert node.loc is not None
        name = self._names[node.loc.start]
        if not name.startswith(PREFIX):
            return None
        return VariableNode(name=NameNode(value=name, loc=node.loc), loc=node.loc)

    enter_float_value = enter_string_value = enter_int_value
