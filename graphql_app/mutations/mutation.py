"""``create_task = mutation(rules.create_task, CreateTaskInput, CreateTaskPayload, "Create a task.")`` is a whole field.

Its one argument is ``input``. The input is read and checked, and the rule called with what was given in it, in one
transaction that is committed when the rule returns; the payload shows the record that the rule returned.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Any

import orjson
from graphql import OperationDefinitionNode
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from graphql_app.context import Context
from graphql_app.database.idempotency import Key
from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Invalid
from graphql_app.mutations.directives import is_transaction, key_of
from graphql_app.mutations.inputs import Values, comparable, fields_of, read_input, shown_names
from graphql_app.mutations.payloads import Outcome, Payload
from graphql_app.mutations.transaction_batch import Continuation, MutationCall, TransactionBatch, outcome_of
from graphql_app.types.descriptions import argument
from graphql_app.types.fields import EngineField, argument_values

KEY_REQUIRED = "IDEMPOTENCY_KEY_REQUIRED"

Rule = Callable[..., Awaitable[Any]]
"""``async def rule(tx, *, title, due_at=None)``: what was given of the input, by name, without GraphQL."""

Prepare = Callable[[Context, Values], Awaitable[Values]]
"""Makes what a rule is given of what an input gives."""

Arguments = Mapping[str, Any]
"""Arguments of a field, as graphql-core coerces them: inputs are dicts by the names of the API."""


class TransactionalField(EngineField):
    """A root field whose call is performed in a transaction: ``call`` reads the arguments."""

    needs_key = False
    """True if each call has an idempotency key."""

    def __init__(self, payload: type, description: str, *arguments: StrawberryArgument) -> None:
        # nullable, so that a field that fails does not erase others that are committed
        nullable: Any = payload | None
        super().__init__(type_annotation=StrawberryAnnotation(nullable), description=description)
        self.arguments = [*arguments]

    def call(self, context: Context, arguments: Arguments) -> MutationCall:
        """Return the call with these arguments."""
        raise TypeError(f"{type(self).__name__} does not say what it does.")

    def resolve(self, source: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return self.act(info._raw_info)

    def refer(self, source: Any, info: Any) -> Awaitable[Outcome]:
        return self.act(info._raw_info)

    def act(self, info: Any) -> Awaitable[Outcome]:
        """Perform the call of the field that graphql-core's ``info`` is about. Raises errors of its arguments."""
        context: Context = info.context
        call = self.call(context, argument_values(info))
        call.name, text = info.path.key, key_of(info)
        if text is not None:
            call.key = Key(info.field_name, text, _digest(call.compared()), context.writing.keys_kept)
        elif self.needs_key:
            missing = Invalid(
                "An idempotency key is required: `@idempotent(key:)` or the `Idempotency-Key` header.",
                code=KEY_REQUIRED,
            )
            others = [] if call.refused is None else call.refused.errors
            call.refused, call.standalone = Outcome(errors=[missing, *others]), False
        return _noted(context, _performed(context, call) if context.batch is None else context.batch.join(call))

    def transaction(self, context: Context, operation: OperationDefinitionNode) -> TransactionBatch | None:
        """Have all fields of the operation join one transaction; None for one that is no transaction."""
        if not is_transaction(operation):
            return None
        batch = context.batch = TransactionBatch(context)
        return batch


async def _performed(context: Context, call: MutationCall) -> Outcome:
    if call.refused is not None:
        return call.refused
    # what comes after the commit may change the record again
    shown = context.shown if call.continuation is None else None
    (outcome,) = await TransactionBatch(context, call).perform(shown)
    return outcome


async def _noted(context: Context, pending: Awaitable[Outcome]) -> Outcome:
    """Return the outcome once it is known, and note its user errors."""
    outcome = await pending
    context.note_user_errors(outcome.errors)
    return outcome


def _digest(input: Any) -> str:
    return sha256(orjson.dumps(input, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()


class MutationField(TransactionalField):
    """A root field that runs ``rule(tx, **input)`` in a transaction of its own.

    ``needs_key``: each call has an idempotency key. ``alone``: it cannot be part of a transaction of several.
    ``continuation`` runs after the commit, and its errors stand beside the record. ``prepare`` makes of the input what
    the rule takes, once, before any transaction begins: for work that takes long and needs no database, such as hashing
    a password. Without it, raises TypeError when the rule does not take what the input gives. ``begins_with``: the lock
    of the organization that the rule begins with, ``LOCK_TENANT`` or ``SHARE_TENANT``, sent by the message that begins
    the transaction.
    """

    def __init__(
        self,
        rule: Rule,
        input: type,
        payload: type[Payload],
        description: str,
        *,
        needs_key: bool = False,
        alone: bool = False,
        continuation: Continuation | None = None,
        prepare: Prepare | None = None,
        begins_with: str = "",
    ) -> None:
        super().__init__(payload, description, argument("input", input, "Input of the mutation."))
        self.rule, self.input, self.prepare, self.continuation = rule, input, prepare, continuation
        self.needs_key, self.standalone, self.begins_with = needs_key, alone, begins_with
        if prepare is None:
            _check_parameters(rule, {field.python_name for field in fields_of(input)})

    def call(self, context: Context, arguments: Arguments) -> MutationCall:
        values, errors = read_input(self.input, arguments["input"])
        taken = values

        async def prepare() -> None:
            nonlocal taken
            assert self.prepare is not None
            taken = await self.prepare(context, values)

        async def work(tx: WriteTransaction) -> Outcome:
            return outcome_of(await self.rule(tx, **taken))

        return MutationCall(
            work,
            Outcome(errors=errors) if errors else None,
            shown_names(self.input),
            lambda: comparable(self.input, values),
            standalone=self.standalone,
            begins_with=self.begins_with,
            continuation=self.continuation,
            prepare=None if self.prepare is None else prepare,
        )


mutation: Any = MutationField
"""Declares a root field of a type."""


def _check_parameters(rule: Rule, given: set[str]) -> None:
    parameters = list(inspect.signature(rule).parameters.values())[1:]
    named = {each.name for each in parameters if each.kind is not each.VAR_KEYWORD}
    needed = {each.name for each in parameters if each.kind is not each.VAR_KEYWORD and each.default is each.empty}
    unknown = set() if len(named) < len(parameters) else given - named
    if unknown or needed - given:
        raise TypeError(
            f"{rule.__qualname__} does not take {unknown or 'no'} of its input, or misses {needed - given}."
        )
