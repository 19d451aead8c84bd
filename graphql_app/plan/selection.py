"""Selected fields in the order of the response, and the variables on which a plan depends.

The GraphQL specification's CollectFields (October 2021, section 6.3.2), for a type that is known beforehand. A plan is
made for one choice of the variables of `@include` and `@skip`, and for the classes of the page sizes in variables: a
plan serves many sizes.
"""

from collections.abc import Iterable, Mapping, Sequence
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
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
)

CLASSES = (10, 50, 200, 1_000)
"""A size counts as the first of these that is not smaller; a larger one as the last."""
USUAL = 25
"""The size of a page that gives none."""
SIZES = ("first", "last")


class Unplannable(Exception):
    """An operation that a plan cannot answer, so that graphql-core executes all of it. The message is the reason."""


Fields = Mapping[str, Sequence[FieldNode]]
"""The fields of an object by response key; several nodes under a key have their selections merged."""


@dataclass(slots=True)
class Budget:
    """How many fields one request may have compiled.

    Fragments that spread others in several places grow exponentially when they are looked through: a document of a few
    hundred words could name a billion fields.
    """

    fields: int = 20_000

    def spend(self, fields: int) -> None:
        """Raises Unplannable when there are no more."""
        self.fields -= fields
        if self.fields < 0:
            raise Unplannable("the selection is too large")


@dataclass(frozen=True, slots=True)
class Operation:
    """What selections are read with. ``choices`` are the values of the variables that directives look at."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    choices: Mapping[str, Any]
    budget: Budget

    def fields(self, nodes: Iterable[FieldNode | OperationDefinitionNode], kind: GraphQLObjectType) -> Fields:
        """What ``nodes`` select of an object of type ``kind``."""
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for node in nodes:
            if node.selection_set is not None:
                self._collect(node.selection_set, kind, found, seen)
        self.budget.spend(1 + len(found))
        return found

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
        """What a fragment selects of ``kind``: nothing when it is about another type, or was looked into before."""
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
        # in this order, as graphql-core has it: when the first decides, nobody looks at the second
        if "skip" in conditions and self._truth(conditions["skip"]):
            return False
        return "include" not in conditions or self._truth(conditions["include"])

    def _truth(self, value: Any) -> bool:
        if isinstance(value, VariableNode):
            chosen = self.choices[value.name.value]
            if chosen is None:
                raise Unplannable(f"${value.name.value} is null, which is an error of the field with the directive")
            return bool(chosen)
        assert isinstance(value, BooleanValueNode)
        return value.value


def size_class(size: int | None) -> int:
    """The class of a page size that a variable holds."""
    return next((each for each in CLASSES if (USUAL if size is None else size) <= each), CLASSES[-1])


def page_size(node: FieldNode, choices: Mapping[str, Any]) -> int:
    """How many rows a page may have. ``choices`` has the classes of the sizes that are in variables."""
    for argument in node.arguments or ():
        if argument.name.value in SIZES:
            if isinstance(argument.value, IntValueNode):
                return int(argument.value.value)
            if isinstance(argument.value, VariableNode):
                return int(choices[argument.value.name.value])
    return USUAL


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The document's fragments by name."""
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


class PlanVariables(Visitor):
    """The variables of a document that plans depend on: those of `@include` and `@skip`, and the sizes of pages."""

    def __init__(self) -> None:
        super().__init__()
        self.choices: set[str] = set()
        self.sizes: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value in ("include", "skip"):
            values = [each.value for each in node.arguments or ()]
            self.choices |= {each.name.value for each in values if isinstance(each, VariableNode)}

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        if node.name.value in SIZES and isinstance(node.value, VariableNode):
            self.sizes.add(node.value.name.value)
