"""Selected fields in the order of the response, and the variables on which a plan depends.

Implements CollectFields (GraphQL specification, October 2021, section 6.3.2) for a known type. A plan is compiled for
given values of the variables of `@include` and `@skip`, and for size classes of variable page sizes, so that it serves
many sizes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    Visitor,
)

CLASSES = (10, 50, 200, 1_000)
"""Upper bounds of the size classes; larger sizes belong to the last class."""
DEFAULT_SIZE = 25
"""Assumed size of a page without size arguments, for the choice between joins and lookups."""
SIZES = ("first", "last")


class Unplannable(Exception):
    """Operation that has no plan, so that graphql-core executes it. The message is the reason."""


Fields = Mapping[str, Sequence[FieldNode]]
"""Fields of an object by response key; the selections of several nodes with the same key are merged."""
Selecting = FieldNode | OperationDefinitionNode
"""Node with a selection set."""


@dataclass(slots=True)
class Budget:
    """Number of fields that may be compiled per request.

    Fragments that spread other fragments several times grow exponentially when they are expanded: a document of a few
    hundred words can select a billion fields.
    """

    fields: int = 20_000

    def spend(self, fields: int) -> None:
        """Subtract a number of fields. Raises Unplannable if the budget is exhausted."""
        self.fields -= fields
        if self.fields < 0:
            raise Unplannable("the selection is too large")


@dataclass(frozen=True, slots=True)
class Operation:
    """Context of selections. ``choices`` are the values of the variables of directives."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    choices: Mapping[str, Any]
    budget: Budget

    def fields(self, nodes: Iterable[Selecting], kind: GraphQLObjectType) -> Fields:
        """Return the fields that ``nodes`` select of an object of type ``kind``."""
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for node in nodes:
            if node.selection_set is not None:
                self._collect(node.selection_set, kind, found, seen)
        self.budget.spend(1 + len(found))
        return found

    def possible_types(self, kind: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
        """Return the object types of the values of an object type, an interface or a union."""
        if isinstance(kind, GraphQLAbstractType):
            return self.schema.get_possible_types(kind)
        assert isinstance(kind, GraphQLObjectType)
        return [kind]

    def id_fields(self, nodes: Iterable[Selecting], kind: GraphQLObjectType) -> dict[str, str] | None:
        """Return the names of the selected fields by response key if only the ID is selected, else None."""
        names = {key: group[0].name.value for key, group in self.fields(nodes, kind).items()}
        return names if set(names.values()) <= {"id", "__typename"} else None

    def _collect(
        self, selections: SelectionSetNode, kind: GraphQLObjectType, found: dict[str, list[FieldNode]], seen: set[str]
    ) -> None:
        for selection in selections.selections:
            if not self._is_included(selection):
                continue
            if isinstance(selection, FieldNode):
                found.setdefault((selection.alias or selection.name).value, []).append(selection)
                continue
            inner = self._fragment(selection, kind, seen)
            if inner is not None:
                self._collect(inner, kind, found, seen)

    def _fragment(self, spread: SelectionNode, kind: GraphQLObjectType, seen: set[str]) -> SelectionSetNode | None:
        """Return the selections of a fragment; None if it is for another type, or was expanded before."""
        fragment: FragmentDefinitionNode | InlineFragmentNode
        if isinstance(spread, FragmentSpreadNode):
            if spread.name.value in seen:
                return None
            seen.add(spread.name.value)
            fragment = self.fragments[spread.name.value]
        else:
            assert isinstance(spread, InlineFragmentNode)
            fragment = spread
        condition = fragment.type_condition
        return fragment.selection_set if condition is None or self._applies(condition.name.value, kind) else None

    def _applies(self, name: str, kind: GraphQLObjectType) -> bool:
        condition = self.schema.type_map[name]
        if condition is kind:
            return True
        return isinstance(condition, GraphQLAbstractType) and self.schema.is_sub_type(condition, kind)

    def _is_included(self, selection: SelectionNode) -> bool:
        conditions = {each.name.value: (each.arguments or ())[0].value for each in selection.directives or ()}
        # in graphql-core's order: if the first one decides, the second is not evaluated
        if "skip" in conditions and self._truth(conditions["skip"]):
            return False
        return "include" not in conditions or self._truth(conditions["include"])

    def _truth(self, value: ValueNode) -> bool:
        if isinstance(value, VariableNode):
            chosen = self.choices[value.name.value]
            if chosen is None:
                raise Unplannable(f"${value.name.value} is null, which is an error of the field with the directive")
            return bool(chosen)
        assert isinstance(value, BooleanValueNode)
        return value.value


def selected_fields(
    selections: SelectionSetNode | None, fragment: Callable[[str], FragmentDefinitionNode | None], seen: set[str]
) -> Iterator[FieldNode]:
    """Yield the fields of a selection set in the order of the document, skipped ones included.

    ``fragment`` returns the fragment of a name. Fragments in ``seen`` are not entered again.
    """
    for selection in selections.selections if selections else ():
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield from selected_fields(selection.selection_set, fragment, seen)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
            seen.add(selection.name.value)
            found = fragment(selection.name.value)
            yield from selected_fields(None if found is None else found.selection_set, fragment, seen)


def size_class(size: int | None) -> int:
    """Return the size class of a page size in a variable."""
    return next((each for each in CLASSES if (DEFAULT_SIZE if size is None else size) <= each), CLASSES[-1])


def page_size(node: FieldNode, choices: Mapping[str, Any]) -> int:
    """Return the maximum number of rows of a page. ``choices`` has the classes of the sizes in variables."""
    for argument in node.arguments or ():
        if argument.name.value in SIZES:
            if isinstance(argument.value, IntValueNode):
                return int(argument.value.value)
            if isinstance(argument.value, VariableNode):
                return int(choices[argument.value.name.value])
    return DEFAULT_SIZE


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """Return the document's fragments by name."""
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def operations_of(document: DocumentNode) -> dict[str | None, OperationDefinitionNode]:
    """Return the document's operations by name. A single operation is also found by None."""
    found = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    named: dict[str | None, OperationDefinitionNode] = {node.name.value: node for node in found if node.name}
    return named | {None: found[0]} if len(found) == 1 else named


class PlanVariables(Visitor):
    """Visitor that collects the variables on which plans depend: in `@include`, `@skip` and page sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.choices: set[str] = set()
        self.sizes: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value in ("include", "skip"):
            values = [each.value for each in node.arguments or ()]
            self.choices |= {each.name.value for each in values if isinstance(each, VariableNode)}

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        if node.name.value in SIZES and isinstance(node.value, VariableNode):
            self.sizes.add(node.value.name.value)
