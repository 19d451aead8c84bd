"""Directives of mutations: ``@idempotent`` and ``@transaction``."""

from typing import Annotated, Any

import strawberry
from graphql import OperationDefinitionNode, get_directive_values
from strawberry.directive import DirectiveLocation

from graphql_app.execution.context import Context


@strawberry.directive(
    locations=[DirectiveLocation.FIELD],
    description="Do this at most once, however often it is sent: the same key and input give the first result again.",
)
def idempotent(
    key: Annotated[
        str, strawberry.argument(description="Your name for this one call, 1 to 255 characters; a UUID is a good one.")
    ],
) -> None:
    """For a field of a mutation."""


@strawberry.directive(
    locations=[DirectiveLocation.MUTATION],
    description="All fields or none: one transaction, and no field shows what another one's error has undone.",
)
def transaction() -> None:
    """For a mutation as a whole."""


DIRECTIVES = (idempotent, transaction)


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


IDEMPOTENT, TRANSACTION = "idempotent", "transaction"
