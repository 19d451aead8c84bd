"""Validation that fields with one response key can be merged, in time that is linear in almost all documents.

graphql-core compares each pair of fields, which takes seconds for a document of a few thousand equal fields. Here the
fields of a key are compared with the first one: shapes of responses of all of them, and names and arguments of those
that can belong to one object. Sets of fields that were checked are not checked again.

https://spec.graphql.org/draft/#sec-Field-Selection-Merging
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
    is_wrapping_type,
    print_ast,
    type_from_ast,
)
from graphql.utilities.sort_value_node import sort_value_node

from graphql_app.plan.selection import fragments_of

ADVICE = "Use different aliases on the fields to fetch both if this was intentional."


class FoundField(NamedTuple):
    """Field node, with the type around it and its definition; None if they are unknown."""

    node: FieldNode
    parent: object
    definition: GraphQLField | None

    @property
    def key(self) -> str:
        return (self.node.alias or self.node.name).value


class MergeCheck:
    """Check of one document. ``visit`` is called with numbers of visited selections, and may raise an error.

    ``errors`` are the conflicts. Unknown fields and fragments, which other rules report, have none.
    """

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, visit: Callable[[int], None]) -> None:
        self._schema, self._fragments, self._visit = schema, fragments_of(document), visit
        self._checked: set[tuple[bool, frozenset[int]]] = set()
        self._reached: set[str] = set()
        self._conflicts: set[tuple[int, int]] = set()
        self.errors: list[GraphQLError] = []
        for each in document.definitions:
            if isinstance(each, OperationDefinitionNode):
                self._check_root(each.selection_set, schema.get_root_type(each.operation))
        for name, fragment in self._fragments.items():
            if name not in self._reached:
                self._check_root(fragment.selection_set, type_from_ast(schema, fragment.type_condition))

    def _check_root(self, selections: SelectionSetNode, kind: object) -> None:
        found = list(self._fields(selections, kind, set()))
        self._check(found, is_shape=False)
        self._check(found, is_shape=True)

    def _check(self, fields: Sequence[FoundField], *, is_shape: bool) -> None:
        """Check a merged set of fields: the shapes of their responses, or their names and arguments."""
        known = (is_shape, frozenset(id(each.node) for each in fields))
        if known in self._checked:
            return
        self._checked.add(known)
        self._visit(len(fields))
        by_key: dict[str, list[FoundField]] = {}
        for each in fields:
            by_key.setdefault(each.key, []).append(each)
        for group in by_key.values():
            for part in [group] if is_shape else _overlapping(group):
                self._compare(part, _shape_conflict if is_shape else _name_conflict)
                seen: set[str] = set()
                below = [found for each in part for found in self._below(each, seen)]
                if below:
                    self._check(below, is_shape=is_shape)

    def _compare(self, fields: Sequence[FoundField], conflict: Callable[[FoundField, FoundField], str]) -> None:
        first = fields[0]
        for each in fields[1:]:
            reason, pair = conflict(first, each), (id(first.node), id(each.node))
            if reason and pair in self._conflicts:
                return
            if reason:
                self._conflicts.add(pair)
                message = f"Fields '{first.key}' conflict because {reason}. {ADVICE}"
                self.errors.append(GraphQLError(message, [first.node, each.node]))
                return

    def _below(self, field: FoundField, seen: set[str]) -> Iterator[FoundField]:
        selections = field.node.selection_set
        if selections is not None:
            kind = None if field.definition is None else get_named_type(field.definition.type)
            yield from self._fields(selections, kind, seen)

    def _fields(self, selections: SelectionSetNode, kind: object, seen: set[str]) -> Iterator[FoundField]:
        """Yield the fields of a selection set. Fragments in ``seen`` are not entered again."""
        self._visit(len(selections.selections))
        for each in selections.selections:
            if isinstance(each, FieldNode):
                fields = getattr(kind, "fields", {})
                yield FoundField(each, kind, fields.get(each.name.value))
                continue
            fragment: FragmentDefinitionNode | InlineFragmentNode | None
            if isinstance(each, FragmentSpreadNode):
                name = each.name.value
                if name in seen:
                    continue
                seen.add(name)
                self._reached.add(name)
                fragment = self._fragments.get(name)
            else:
                assert isinstance(each, InlineFragmentNode)
                fragment = each
            if fragment is not None:
                on = fragment.type_condition
                yield from self._fields(
                    fragment.selection_set, kind if on is None else type_from_ast(self._schema, on), seen
                )


def _overlapping(fields: Sequence[FoundField]) -> Iterable[Sequence[FoundField]]:
    """Return the fields that can belong to one object: of one object type, together with those of abstract types."""
    abstract, by_type = list[FoundField](), dict[str, list[FoundField]]()
    for each in fields:
        if isinstance(each.parent, GraphQLObjectType):
            by_type.setdefault(each.parent.name, []).append(each)
        else:
            abstract.append(each)
    return [[*abstract, *each] for each in by_type.values()] or [abstract]


def _name_conflict(one: FoundField, other: FoundField) -> str:
    first, second = one.node.name.value, other.node.name.value
    if first != second:
        return f"'{first}' and '{second}' are different fields"
    return "" if _arguments(one.node) == _arguments(other.node) else "they have differing arguments"


def _arguments(node: FieldNode) -> dict[str, str]:
    return {each.name.value: print_ast(sort_value_node(each.value)) for each in node.arguments or ()}


def _shape_conflict(one: FoundField, other: FoundField) -> str:
    if one.definition is None or other.definition is None:
        return ""
    first, second = one.definition.type, other.definition.type
    return f"they return conflicting types '{first}' and '{second}'" if _differ(first, second) else ""


def _differ(one: GraphQLOutputType, other: GraphQLOutputType) -> bool:
    """Return True if responses of two types have different shapes."""
    while is_wrapping_type(one) or is_wrapping_type(other):
        for wrapper in (GraphQLNonNull, GraphQLList):
            if isinstance(one, wrapper) or isinstance(other, wrapper):
                if not (isinstance(one, wrapper) and isinstance(other, wrapper)):
                    return True
                one, other = one.of_type, other.of_type
                break
    return one is not other if is_leaf_type(one) or is_leaf_type(other) else False
