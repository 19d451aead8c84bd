"""Root fields that change something."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import orjson
from graphql import OperationDefinitionNode
from strawberry.annotation import StrawberryAnnotation

from graphql_app.database.idempotency import Key
from graphql_app.errors import Invalid
from graphql_app.execution.context import Context
from graphql_app.mutations.deeds import Continuation, Deed, perform
from graphql_app.mutations.directives import is_transaction, key_of
from graphql_app.mutations.payloads import Outcome
from graphql_app.mutations.together import Together
from graphql_app.views.fields import EngineField, argument_values

Arguments = Mapping[str, Any]
"""What a field is called with, as graphql-core coerces it: inputs are dicts by the names of the API."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a mutation asks of its callers.

    ``needs_key``: each call has an idempotency key. ``alone``: it cannot be part of a transaction of several.
    ``continuation`` runs after the commit, outside any transaction.
    """

    needs_key: bool = False
    alone: bool = False
    continuation: Continuation | None = None


class DeedField(EngineField):
    """A root field that is a deed: ``deed`` reads the arguments, all else is done by ``perform``."""

    def __init__(self, payload: type, description: str, terms: Terms) -> None:
        # nullable, so that a field that fails does not erase others that are committed
        nullable: Any = payload | None
        super().__init__(type_annotation=StrawberryAnnotation(nullable), description=description)
        self.terms = terms

    def deed(self, context: Context, arguments: Arguments) -> Deed:
        """What a call with these arguments is to do, on the field's terms."""
        raise TypeError(f"{type(self).__name__} does not say what it does.")

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return self.act(info._raw_info)

    def refer(self, source: Any, info: Any) -> Awaitable[Outcome]:
        return self.act(info._raw_info)

    def act(self, info: Any) -> Awaitable[Outcome]:
        """Do what the field that graphql-core's ``info`` is about says. Raises what is wrong with its arguments."""
        context: Context = info.context
        deed = self._under_key(self.deed(context, argument_values(info)), info)
        outcome: Awaitable[Outcome]
        if context.together is None:
            outcome = perform(context, deed, info.path.key)
        else:
            outcome = context.together.join(deed, info.path.key)
        return _noted(context, outcome)

    def transaction(self, context: Context, operation: OperationDefinitionNode) -> Together | None:
        """Have all fields of the operation join one transaction; None for one that is no transaction."""
        if not is_transaction(operation):
            return None
        together = context.together = Together()
        return together

    def _under_key(self, deed: Deed, info: Any) -> Deed:
        text = key_of(info)
        if text is None and self.terms.needs_key:
            missing = Invalid("Name this call by a key of your own, so that it is done once.", code=KEY_REQUIRED)
            others = [] if deed.refused is None else deed.refused.errors
            return replace(deed, refused=Outcome(errors=[missing, *others]), alone=False)
        if text is None:
            return deed
        key = Key(info.field_name, text, _digest(deed.compared()), info.context.writing.keys_kept)
        return replace(deed, key=key)


async def _noted(context: Context, pending: Awaitable[Outcome]) -> Outcome:
    """Return the outcome once it is known, and note its user errors."""
    outcome = await pending
    context.note_user_errors(outcome.errors)
    return outcome


KEY_REQUIRED = "IDEMPOTENCY_KEY_REQUIRED"


def _digest(input: Any) -> str:
    return sha256(orjson.dumps(input, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()
