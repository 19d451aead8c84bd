"""Mutation fields: ``create_task = mutation(rules.create_task, CreateTaskInput, CreateTaskPayload, "Create a task.")``.

The only argument is ``input``. Its values are checked and passed to the rule, in one transaction that is committed when
the rule returns. The payload contains the record that the rule returned.
"""

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from hashlib import sha256
from typing import Any, Unpack

import orjson
from graphql import GraphQLResolveInfo, OperationDefinitionNode
from strawberry.types.arguments import StrawberryArgument

from graphql_app.authorization import Requirement, Rights, requirement_of
from graphql_app.context import Context, Info
from graphql_app.database.idempotency import Key
from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Denied, Invalid, refuse
from graphql_app.mutations.calls import Continuation, MutationCall, TransactionBatch
from graphql_app.mutations.directives import is_transaction, key_of
from graphql_app.mutations.inputs import (
    InputValues,
    api_names,
    comparable,
    denied_fields,
    model_changed_by,
    read_input,
    restricted_fields,
)
from graphql_app.mutations.payloads import Outcome, Payload, outcome_of
from graphql_app.mutations.references import hidden_references, may_refer_to_hidden
from graphql_app.plan.fields import argument_values
from graphql_app.sql.row_rules import RowRules
from graphql_app.strawberry_adapter import Arguments, Source, fields_of, raw_info
from graphql_app.types.declarations import argument
from graphql_app.types.fields import EngineField

__all__ = ["mutation"]

KEY_REQUIRED = "IDEMPOTENCY_KEY_REQUIRED"

Rule = Callable[..., Awaitable[Any]]
"""``async def rule(tx, *, title, due_at=None)``, called with the given values of the input by name."""

AfterCommit = Callable[[Context, Any], None]
"""Function of the secret of a rule's result, called after COMMIT, such as to send a message in the background.

A call that is repeated with the same idempotency key has no secret, so nothing is called again.
"""
Prepare = Callable[[Context, InputValues], Awaitable[InputValues]]
"""Conversion of the values of an input to the arguments of a rule, before the transaction."""


class TransactionalField(EngineField):
    """Root field whose call is performed in a transaction. ``call`` reads the arguments."""

    checks_itself = True
    needs_key = False
    """True if each call requires an idempotency key."""

    def __init__(
        self, payload: type, description: str, *arguments: StrawberryArgument, **rights: Unpack[Rights]
    ) -> None:
        super().__init__(payload, description, *arguments, **rights)

    @property
    def requirement(self) -> Requirement | None:
        """Requirement of the field, or None."""
        return requirement_of(self)

    def call(self, context: Context, arguments: Arguments) -> MutationCall:
        """Return the call with graphql-core's arguments: inputs are dicts with API names."""
        raise TypeError(f"{type(self).__name__} has no call.")

    def resolve(self, source: Source, info: Info, arguments: Arguments) -> Awaitable[Outcome]:
        return self.perform(raw_info(info))

    def refer(self, source: Source, info: Info) -> Awaitable[Outcome]:
        return self.perform(raw_info(info))

    def perform(self, info: GraphQLResolveInfo[Any]) -> Awaitable[Outcome]:
        """Perform the call of the field of graphql-core's ``info``. Raises errors of its arguments."""
        context: Context = info.context
        requirement, values = self.requirement, argument_values(info)
        if requirement is not None and not context.admits(requirement):
            call = _denied_call(requirement)
        else:
            call = self.call(context, values)
            call.requirement = requirement
        call.name, call.field, text = str(info.path.key), info.field_name, key_of(info)
        if text is not None:
            compared = orjson.dumps(call.compared(), default=str, option=orjson.OPT_SORT_KEYS)
            call.key = Key(info.field_name, text, sha256(compared).hexdigest(), context.writing.keys_kept)
        elif self.needs_key and not call.is_denied:
            missing = Invalid(
                "An idempotency key is required: `@idempotent(key:)` or the `Idempotency-Key` header.",
                code=KEY_REQUIRED,
            )
            others = [] if call.refused is None else call.refused.errors
            call.refused, call.standalone = Outcome(errors=[missing, *others]), False
        return _noted(context, _performed(context, call) if context.batch is None else context.batch.join(call))

    def transaction(self, context: Context, operation: OperationDefinitionNode) -> TransactionBatch | None:
        """Return the transaction that all fields of the operation join, or None if the operation has none."""
        if not is_transaction(operation):
            return None
        batch = context.batch = TransactionBatch(context)
        return batch


def _denied_call(requirement: Requirement) -> MutationCall:
    """Return a call that is rejected because the viewer does not meet the requirement of the field."""
    refused = Outcome(errors=[Denied(requirement.message)])

    async def work(tx: WriteTransaction) -> Outcome:
        return refused

    return MutationCall(work, refused, is_denied=True)


async def _performed(context: Context, call: MutationCall) -> Outcome:
    if call.refused is not None:
        return call.refused
    # a continuation may change the record after the commit
    returned = context.returned if call.continuation is None else None
    (outcome,) = await TransactionBatch(context, call).perform(returned)
    return outcome


async def _noted(context: Context, pending: Awaitable[Outcome]) -> Outcome:
    """Return the outcome once it is known, and record its user errors."""
    outcome = await pending
    context.note_user_errors(outcome.errors)
    return outcome


class MutationField(TransactionalField):
    """Root field that executes ``rule(tx, **input)`` in its own transaction.

    ``needs_key`` requires an idempotency key. A ``standalone`` field is rejected in a transaction of several fields.
    ``continuation`` runs after the commit; the payload contains the record and its errors. ``prepare`` converts the
    input to the arguments of the rule, once, before any transaction: for slow work without the database, such as
    hashing a password. Without it, TypeError is raised if the parameters of the rule do not match the input.
    ``after_commit`` is called with the secret of the rule's result, after the commit.
    ``begins_with`` is the first lock of the rule, ``LOCK_TENANT`` or ``SHARE_TENANT``, which is sent together with
    BEGIN. Viewers without the ``rights`` get a ForbiddenError, before the input is read. ``rows`` is an additional rule
    for the rows that this mutation changes: see :func:`graphql_app.sql.row_rules.only`. ``event`` is the type of the
    event about the record of the rule's result, such as ``order.paid``, in place of ``order.updated``.
    """

    def __init__(
        self,
        rule: Rule,
        input: type,
        payload: type[Payload],
        description: str,
        *,
        needs_key: bool = False,
        standalone: bool = False,
        continuation: Continuation | None = None,
        prepare: Prepare | None = None,
        after_commit: AfterCommit | None = None,
        begins_with: str = "",
        rows: RowRules | None = None,
        event: str = "",
        **rights: Unpack[Rights],
    ) -> None:
        super().__init__(payload, description, argument("input", input, "Input of the mutation."), **rights)
        self.rule, self.input, self.prepare, self.continuation = rule, input, prepare, continuation
        self.needs_key, self.standalone, self.begins_with, self.rows = needs_key, standalone, begins_with, rows
        self.after_commit, self.event = after_commit, event
        self.changed, self._restricted = model_changed_by(input), restricted_fields(input)
        if prepare is None:
            _check_parameters(rule, {field.python_name for field in fields_of(input)})

    def call(self, context: Context, arguments: Arguments) -> MutationCall:
        values, errors = read_input(self.input, arguments["input"])
        if self._restricted:
            errors = denied_fields(self._restricted, values, context.admits) or errors
        taken = values

        async def prepare() -> None:
            nonlocal taken
            assert self.prepare is not None
            taken = await self.prepare(context, values)

        async def work(tx: WriteTransaction) -> Outcome:
            if may_refer_to_hidden(self.input, tx.scope.audience):
                refuse(await hidden_references(tx, self.input, {(): values}))
            return outcome_of(await self.rule(tx, **taken))

        return MutationCall(
            work,
            Outcome(errors=errors) if errors else None,
            api_names(self.input),
            lambda: comparable(self.input, values),
            standalone=self.standalone,
            begins_with=self.begins_with,
            continuation=self.continuation,
            prepare=None if self.prepare is None else prepare,
            after_commit=None if self.after_commit is None else partial(self.after_commit, context),
            rows=self.rows,
            event=self.event,
        )


mutation = MutationField
"""Declares a root field."""


def _check_parameters(rule: Rule, given: set[str]) -> None:
    parameters = list(inspect.signature(rule).parameters.values())[1:]
    named = {each.name for each in parameters if each.kind is not each.VAR_KEYWORD}
    needed = {each.name for each in parameters if each.kind is not each.VAR_KEYWORD and each.default is each.empty}
    unknown = set() if len(named) < len(parameters) else given - named
    if unknown or needed - given:
        raise TypeError(
            f"{rule.__qualname__} does not take {unknown or 'no'} of its input, or misses {needed - given}."
        )
