"""Meaning of ``@idempotent`` and ``@transaction``, and the validation rules of mutations."""

from collections import Counter
from typing import Any

from graphql import (
    DirectiveNode,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    ValidationRule,
    get_directive_values,
)

from graphql_app.context import Context
from graphql_app.types.descriptions import MOST_CALLS
from graphql_app.types.fields import DEFINITION, selected_fields
from graphql_app.types.schema import IDEMPOTENT, TRANSACTION


def key_of(info: Any) -> str | None:
    """The idempotency key of the mutation field that graphql-core's ``info`` is about; None when it has none.

    One in the request's header stands for all fields that have none of their own, each under its name in the response.
    """
    directive = info.schema.get_directive(IDEMPOTENT)
    for node in info.field_nodes:
        values = get_directive_values(directive, node, info.variable_values)
        if values is not None:
            key: str = values["key"]
            return key
    context: Context = info.context
    return None if context.header_key is None else f"{context.header_key} {info.path.key}"


def is_transaction(operation: OperationDefinitionNode) -> bool:
    """Whether the operation's fields are one transaction."""
    return any(directive.name.value == TRANSACTION for directive in operation.directives or ())


class KeysWhereTheyCount(ValidationRule):
    """Rejects ``@idempotent`` on fields that do not support it."""

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        definition = self.context.get_field_def()
        if node.name.value != IDEMPOTENT or definition is None:
            return
        if not hasattr(definition.extensions.get(DEFINITION), "needs_key"):
            self.report_error(GraphQLError("`@idempotent` is not supported by this field.", node))


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
        for each in selected_fields(node.selection_set, self.context.get_fragment, set()):
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


def _too_many(name: str, number: int, most: int, node: FieldNode) -> GraphQLError:
    times = "once" if most == 1 else f"{most} times"
    return GraphQLError(
        f"`{name}` may be called at most {times} per operation. This operation calls it {number} times: send separate "
        "requests.",
        node,
        extensions={"code": "COST_LIMIT_EXCEEDED", "field": name, "number": number, "limit": most},
    )
