"""Division of an operation at `@defer` into operations for the parts of its response, and the lists of `@stream`.

A deferred fragment becomes a separate operation, which selects the fields that lead to it and nothing else beside
it. In its place, the operation around it selects the type's name as a marker: the response has a part for each object
with the marker. Conditions of `@skip` and `@include` stay in the operations.

https://github.com/graphql/graphql-spec/pull/1110
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    Visitor,
    VisitorAction,
    value_from_ast_untyped,
    visit,
)

from graphql_app.errors import BadUserInput
from graphql_app.execution.caches import HasSize
from graphql_app.execution.introspection import root_fields
from graphql_app.execution.request import JsonObject
from graphql_app.plan.selection import fragments_of, operations_of

DEFER, STREAM = "defer", "stream"
MARKER = "__part"
"""Beginning of the response keys of markers. An operation with such a key is not divided."""
MOST_SELECTIONS = 5_000
"""Number of selections of the divided operation, whose fragments are expanded. A larger operation is not divided."""
MOST_DIVISIONS = 20
"""Cached divisions of a document, each for given values of the variables in its directives."""
INITIAL = -1
"""Index of the part that is sent first."""
type Frame = Callable[[SelectionNode], SelectionNode]
"""Function that encloses a selection in a field or a fragment."""


@dataclass(frozen=True, slots=True)
class StreamedList:
    """List with `@stream`, by the response keys that lead to it. Its first ``count`` items are sent with ``parent``."""

    parent: int
    keys: tuple[str, ...]
    label: str | None
    count: int


@dataclass(frozen=True, slots=True)
class DeferredFragment[D]:
    """Deferred fragment of the objects to which the response keys lead, within the part ``parent``."""

    index: int
    parent: int
    keys: tuple[str, ...]
    label: str | None
    document: D
    operation: OperationDefinitionNode

    @property
    def marker(self) -> str:
        """Response key of the marker in the part around it."""
        return f"{MARKER}{self.index}"


@dataclass(frozen=True, slots=True)
class Division[D]:
    """Parts of an operation: the first one, and the deferred fragments, each after the part around it."""

    document: D
    operation: OperationDefinitionNode
    deferred: Sequence[DeferredFragment[D]]
    streamed: Sequence[StreamedList]

    @property
    def operations(self) -> list[tuple[D, OperationDefinitionNode]]:
        """Documents and operations of all parts."""
        return [(self.document, self.operation), *((each.document, each.operation) for each in self.deferred)]


class Deferral[D: HasSize]:
    """Divisions of the operations of the document ``node``, which has the directives. ``make`` returns a document."""

    def __init__(self, node: DocumentNode, variables: Sequence[str], make: Callable[[DocumentNode], D]) -> None:
        self._fragments, self._operations = fragments_of(node), operations_of(node)
        self._variables, self._make = variables, make
        self._divisions: dict[Hashable, Division[D] | None] = {}

    @property
    def size(self) -> int:
        """Approximate bytes of the documents."""
        found = [each for each in self._divisions.values() if each is not None]
        return sum(each.document.size + sum(one.document.size for one in each.deferred) for each in found)

    def divide(self, node: OperationDefinitionNode, raw: JsonObject) -> Division[D] | None:
        """Return the division of a query with these variables; None if its response has one part.

        ``node`` is the operation without the directives.

        Raises BadUserInput for a negative number of items.
        """
        values = {name: _value_of(node, raw, name) for name in self._variables}
        key = (id(node), *map(repr, values.values()))
        if key not in self._divisions:
            if len(self._divisions) >= MOST_DIVISIONS:
                self._divisions.clear()
            original = self._operations[node.name.value if node.name else None]
            self._divisions[key] = self._divided(original, values)
        return self._divisions[key]

    def _divided(self, node: OperationDefinitionNode, values: Mapping[str, object]) -> Division[D] | None:
        if node.operation is not OperationType.QUERY or {"__schema", "__type"} & {*root_fields(node, self._fragments)}:
            return None
        divider = _Divider(node, self._fragments, values)
        try:
            first = divider.selections(node.selection_set, (), (), INITIAL)
        except _TooLarge:
            return None
        if not divider.operations and not divider.streamed:
            return None
        deferred: list[DeferredFragment[D]] = []
        for (parent, keys, label), selection in divider.operations:
            index, operation = len(deferred), replace(node, selection_set=SelectionSetNode(selections=(selection,)))
            document = self._make(DocumentNode(definitions=(operation,)))
            deferred.append(DeferredFragment(index, parent, keys, label, document, operation))
        operation = replace(node, selection_set=first)
        return Division(self._make(DocumentNode(definitions=(operation,))), operation, deferred, divider.streamed)


class _TooLarge(Exception):
    """Operation that is not divided."""


class _Divider:
    """Divider of one operation."""

    def __init__(
        self,
        node: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        values: Mapping[str, object],
    ) -> None:
        self._fragments, self._values, self._left = fragments, values, MOST_SELECTIONS
        self._pending: list[tuple[tuple[int, tuple[str, ...], str | None], SelectionNode | None]] = []
        self.streamed: list[StreamedList] = []

    @property
    def operations(self) -> list[tuple[tuple[int, tuple[str, ...], str | None], SelectionNode]]:
        """Parent, keys and label of each deferred fragment, with the selection of its operation."""
        return [(about, selection) for about, selection in self._pending if selection is not None]

    def selections(
        self, found: SelectionSetNode, keys: tuple[str, ...], frames: tuple[Frame, ...], part: int
    ) -> SelectionSetNode:
        """Return the selections of ``part``, without those of its deferred fragments, which are divided further."""
        made = [self._selection(each, keys, frames, part) for each in found.selections]
        return SelectionSetNode(selections=tuple(made))

    def _selection(
        self, node: SelectionNode, keys: tuple[str, ...], frames: tuple[Frame, ...], part: int
    ) -> SelectionNode:
        self._left -= 1
        if self._left < 0:
            raise _TooLarge
        if isinstance(node, FieldNode):
            return self._field(node, keys, frames, part)
        if isinstance(node, FragmentSpreadNode):
            fragment = self._fragments[node.name.value]
            condition: NamedTypeNode | None = fragment.type_condition
            inner = fragment.selection_set
        else:
            assert isinstance(node, InlineFragmentNode)
            condition, inner = node.type_condition, node.selection_set
        around = InlineFragmentNode(
            type_condition=condition, directives=_conditions(node), selection_set=SelectionSetNode(selections=())
        )
        own, frames = part, (*frames, lambda each: _enclosed(around, each))
        defer = self._active(node, DEFER)
        if defer is not None:
            self._pending.append(((part, keys, _label(defer)), None))
            own = len(self._pending) - 1
        selected = self.selections(inner, keys, frames, own)
        if defer is None:
            return replace(around, selection_set=selected)
        about, _ = self._pending[own]
        self._pending[own] = (about, _framed(replace(around, selection_set=selected), frames[:-1]))
        marker = FieldNode(alias=NameNode(value=f"{MARKER}{own}"), name=NameNode(value="__typename"))
        return _enclosed(around, marker)

    def _field(self, node: FieldNode, keys: tuple[str, ...], frames: tuple[Frame, ...], part: int) -> FieldNode:
        key = (node.alias or node.name).value
        if key.startswith(MARKER):
            raise _TooLarge
        stream = self._active(node, STREAM)
        plain, keys = replace(node, directives=_conditions(node)), (*keys, key)
        if stream is not None:
            self.streamed.append(StreamedList(part, keys, _label(stream), self._count(stream)))
        if node.selection_set is None:
            return plain
        frames = (*frames, lambda each: _enclosed(plain, each))
        return replace(plain, selection_set=self.selections(node.selection_set, keys, frames, part))

    def _active(self, node: SelectionNode, name: str) -> DirectiveNode | None:
        """Return the directive of this name unless its condition is false."""
        found = next((each for each in node.directives or () if each.name.value == name), None)
        return None if found is None or self._argument(found, "if", default=True) is False else found

    def _count(self, stream: DirectiveNode) -> int:
        count = self._argument(stream, "initialCount", default=0)
        if isinstance(count, int) and count < 0:
            raise BadUserInput("The number of items must not be negative.", ["initialCount"])
        return count if isinstance(count, int) else 0

    def _argument(self, directive: DirectiveNode, name: str, *, default: object) -> object:
        value = _argument(directive, name)
        if isinstance(value, VariableNode):
            given = self._values.get(value.name.value)
            return default if given is None else given
        if isinstance(value, BooleanValueNode):
            return value.value
        return int(value.value) if isinstance(value, IntValueNode) else default


def _argument(directive: DirectiveNode, name: str) -> ValueNode | None:
    return next((each.value for each in directive.arguments or () if each.name.value == name), None)


def _label(directive: DirectiveNode) -> str | None:
    value = _argument(directive, "label")
    return value.value if isinstance(value, StringValueNode) else None


def _conditions(node: SelectionNode) -> tuple[DirectiveNode, ...]:
    return tuple(each for each in node.directives or () if each.name.value not in (DEFER, STREAM))


def _enclosed[N: FieldNode | InlineFragmentNode](around: N, selection: SelectionNode) -> N:
    return replace(around, selection_set=SelectionSetNode(selections=(selection,)))


def _framed(selection: SelectionNode, frames: Sequence[Frame]) -> SelectionNode:
    for frame in reversed(frames):
        selection = frame(selection)
    return selection


def _value_of(node: OperationDefinitionNode, raw: JsonObject, name: str) -> object:
    """Return the value of a variable, or its default."""
    if name in raw:
        return raw[name]
    defined = {each.variable.name.value: each.default_value for each in node.variable_definitions or ()}
    default = defined.get(name)
    return None if default is None else value_from_ast_untyped(default)


class IncrementalDirectives(Visitor):
    """Visitor that finds `@defer` and `@stream`, and the variables in them."""

    def __init__(self) -> None:
        super().__init__()
        self.is_found = False
        self.variables: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value in (DEFER, STREAM):
            self.is_found = True
            values = [each.value for each in node.arguments or ()]
            self.variables |= {each.name.value for each in values if isinstance(each, VariableNode)}


class _Removed(Visitor):
    def enter_directive(self, node: DirectiveNode, *_: object) -> VisitorAction:
        return self.REMOVE if node.name.value in (DEFER, STREAM) else None


def without_incremental(node: DocumentNode) -> DocumentNode:
    """Return a document without `@defer` and `@stream`, for a response in one part."""
    plain: DocumentNode = visit(node, _Removed())
    return plain
