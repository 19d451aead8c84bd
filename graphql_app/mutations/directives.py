"""Implementation of ``@idempotent`` and ``@transaction``, and the validation rules of mutations."""

from collections import Counter

from graphql import (
    DirectiveNode,
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    OperationType,
    ValidationRule,
    get_directive_values,
)

from graphql_app.context import Context
from graphql_app.plan.fields import planned
from graphql_app.plan.selection import selected_fields
from graphql_app.strawberry_adapter import declaration_of
from graphql_app.types.declarations import MOST_CALLS
from graphql_app.types.schema import IDEMPOTENT, TRANSACTION


def key_of(info: GraphQLResolveInfo[Context]) -> str | None:
    """Return the idempotency key of a mutation field, or None.

    The key in the request's header applies to all fields without their own key, combined with their response key.
    """
    directive = info.schema.get_directive(IDEMPOTENT)
    assert directive is not None
    for node in info.field_nodes:
        values = get_directive_values(directive, node, info.variable_values)
        if values is not None:
            key: str = values["key"]
            return key
    header_key = info.context.header_key
    return None if header_key is None else f"{header_key} {info.path.key}"


def is_transaction(operation: OperationDefinitionNode) -> bool:
    """Return True if the operation's fields are one transaction."""
    return any(directive.name.value == TRANSACTION for directive in operation.directives or ())


class SupportedIdempotencyKeys(ValidationRule):
    """Validation rule that rejects ``@idempotent`` on fields that do not support it."""

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        definition = self.context.get_field_def()
        if node.name.value != IDEMPOTENT or definition is None:
            return
        if planned(definition).transaction is None:
            self.report_error(GraphQLError("`@idempotent` is not supported by this field.", node))


class MostCallsPerOperation(ValidationRule):
    """Validation rule for the number of calls of expensive mutations, such as a login, per operation.

    Calls are counted by their response keys, through fragments; merged fields are one call. Conditions (`@skip`,
    `@include`) are not evaluated.
    """

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
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


def _limit(definition: GraphQLField | None) -> int | None:
    """Return the maximum number of calls of a mutation field per operation, or None if it is not limited."""
    declared = None if definition is None else declaration_of(definition)
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
