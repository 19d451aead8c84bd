"""Validation rules for mutations: where ``@idempotent`` may stand, and how often a field may be selected."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)

from graphql_app.mutations.directives import IDEMPOTENT
from graphql_app.mutations.fields import DeedField
from graphql_app.views.described import MOST_CALLS
from graphql_app.views.fields import DEFINITION


class KeysWhereTheyCount(ValidationRule):
    """A key that nobody looks at would be believed in."""

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        definition = self.context.get_field_def()
        if node.name.value != IDEMPOTENT or definition is None:
            return
        if not isinstance(definition.extensions.get(DEFINITION), DeedField):
            self.report_error(GraphQLError("`@idempotent` belongs to a mutation that changes records.", node))


class MostCallsPerOperation(ValidationRule):
    """A mutation that is expensive, such as a log-in, is called no more often per operation than it declares.

    Calls are counted by their response keys, through fragments; fields that are merged are one call. Conditions
    (`@skip`, `@include`) are not evaluated: the document alone decides.
    """

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        kind = self.context.schema.mutation_type
        if node.operation is not OperationType.MUTATION or kind is None:
            return
        calls: dict[str, FieldNode] = {}
        for each in root_fields(node, self.context):
            calls.setdefault((each.alias or each.name).value, each)
        for name, number in Counter(each.name.value for each in calls.values()).items():
            most = _limit(kind.fields.get(name))
            if most is not None and number > most:
                nodes = [each for each in calls.values() if each.name.value == name]
                self.report_error(_too_many(name, number, most, nodes[most]))


def _limit(definition: Any) -> int | None:
    """Return how often one operation may call the field of a mutation, or None if that is not limited."""
    declared = None if definition is None else definition.extensions.get(DEFINITION)
    most: int | None = None if declared is None else declared.metadata.get(MOST_CALLS)
    return most


def root_fields(operation: OperationDefinitionNode, context: ValidationContext) -> Iterator[FieldNode]:
    """Yield the fields at the root of an operation in the order of the document, each fragment once."""
    seen: set[str] = set()

    def within(selections: SelectionSetNode) -> Iterator[FieldNode]:
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                yield selection
            elif isinstance(selection, InlineFragmentNode):
                yield from within(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                seen.add(selection.name.value)
                fragment = context.get_fragment(selection.name.value)
                if fragment is not None:
                    yield from within(fragment.selection_set)

    return within(operation.selection_set)


def _too_many(name: str, number: int, most: int, node: FieldNode) -> GraphQLError:
    times = "once" if most == 1 else f"{most} times"
    return GraphQLError(
        f"`{name}` may be called at most {times} per operation. This operation calls it {number} times: send separate "
        "requests.",
        node,
        extensions={"code": "COST_LIMIT_EXCEEDED", "field": name, "number": number, "limit": most},
    )
