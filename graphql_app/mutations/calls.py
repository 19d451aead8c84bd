"""Calls of mutations, and the transaction in which one call, or all calls of an operation, are performed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError

from graphql_app.authorization import Requirement
from graphql_app.context import Commits, Context
from graphql_app.database.connection import PooledConnection
from graphql_app.database.constraints import rule_error_of
from graphql_app.database.errors import is_refused
from graphql_app.database.idempotency import Key, claim, keep
from graphql_app.database.returned_records import ReturnedRecord
from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import (
    CommitUnknown,
    ContinuationFailed,
    Denied,
    Invalid,
    Refused,
    RolledBack,
    RuleError,
    rule_errors,
)
from graphql_app.mutations.payloads import Outcome, outcome_from, reference_of
from graphql_app.sql.row_rules import CHANGES, RowRules
from graphql_app.viewer import Viewer

__all__ = ["ContinuationContext"]

log = structlog.get_logger()

Work = Callable[[WriteTransaction], Awaitable[Outcome]]
"""Function that performs a call in a transaction. A retry calls it again, in a new transaction."""


@dataclass(frozen=True, slots=True)
class ContinuationContext:
    """Argument of a continuation: ``await run(rule)`` executes a rule in a further transaction."""

    context: Context
    mutation: str = ""

    async def __call__[T](self, rule: Callable[[WriteTransaction], Awaitable[T]]) -> T:
        """Execute ``rule`` in its own transaction, commit it, and return the result of the rule."""

        async def work(connection: PooledConnection) -> T:
            connection.rows.changes.mutation = self.mutation
            return await rule(WriteTransaction(connection, self.viewer.organization_id, self.viewer))

        return await self.context.session.write(work)

    @property
    def viewer(self) -> Viewer:
        """The caller of the mutation."""
        return self.context.viewer

    @property
    def services(self) -> Any:
        """Services that the application provides to resolvers."""
        return self.context.services


Continuation = Callable[[ContinuationContext, UUID], Awaitable[None]]
"""Work after the commit of a record, outside any transaction.

The payload contains the record and the continuation's rule errors, with a ContinuationFailed for any other exception. A
call that is sent again with the same idempotency key runs it again, to complete the remaining work.
"""


@dataclass(slots=True, eq=False)
class MutationCall:
    """Call of a mutation with its checked input. ``refused`` is the outcome of a rejected call."""

    work: Work
    refused: Outcome | None = None
    fields: frozenset[str] = frozenset()
    """Names of the input's fields in the API: the path of a constraint violation begins with one of them."""
    compared: Callable[[], object] = lambda: None
    """Function that returns the values by which calls with the same idempotency key are compared."""
    name: str = ""
    """Response key of the root field."""
    field: str = ""
    event: str = ""
    """Name of the root field, and type of the event about its record; empty for the usual type."""
    key: Key | None = None
    standalone: bool = False
    """True if it is rejected in a transaction of several calls."""
    continuation: Continuation | None = None
    begins_with: str = ""
    """Statement that is sent together with BEGIN: ``SAVEPOINT``, ``LOCK_TENANT``, ``SHARE_TENANT``, or empty."""
    prepare: Callable[[], Awaitable[None]] | None = None
    """Slow work without the database, done once before any transaction. It may raise rule errors."""
    after_commit: Callable[[object], None] | None = None  # of the secret of the outcome, if it has one
    requirement: Requirement | None = None
    """Requirement of the field, which is checked again in the transaction, with the stored role."""
    rows: RowRules | None = None
    """Rule of the rows that it changes, besides those of ``changeable``."""
    is_denied: bool = False
    """True if it is rejected because the viewer does not meet the requirement."""


class RollbackRequested(Exception):
    """Exception that rolls back the work of a call. ``outcome`` contains the reasons."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class TransactionBatch:
    """Calls that are performed in one transaction, in their order and atomically.

    With ``@transaction``, the root fields call ``join`` and wait for the outcomes of all.
    """

    def __init__(self, context: Context, *calls: MutationCall) -> None:
        self.calls = [*calls]
        self._context = context
        self._outcomes: list[asyncio.Future[Outcome]] = []
        self._at, self._role = 0, ""

    def join(self, call: MutationCall) -> asyncio.Future[Outcome]:
        """Add a call; return a future of its outcome."""
        outcome = asyncio.get_running_loop().create_future()
        self.calls.append(call)
        self._outcomes.append(outcome)
        return outcome

    async def run(self, expected: int) -> None:
        """Perform the calls that have joined if their number is ``expected``, else reject all of them.

        Any other exception is raised by the field where it occurred.
        """
        outcomes: Sequence[Outcome | Exception | None] = [None] * len(self.calls)
        if len(self.calls) == expected:
            outcomes = [_refusal_in_batch(call) for call in self.calls]
            if not any(outcomes):
                try:
                    outcomes = await self.perform()
                except Exception as error:
                    outcomes = self._for_current(error)
        for waiting, outcome in zip(self._outcomes, outcomes, strict=True):
            if isinstance(outcome, Exception):
                waiting.set_exception(outcome)
            else:
                waiting.set_result(outcome or _rolled_back())

    async def perform(self, returned: ReturnedRecord | None = None) -> list[Outcome]:
        """Perform the calls in one transaction, commit it, and run their continuations. Return the outcomes.

        A rule error or a constraint violation is the outcome of its call, and all calls are rolled back. Other
        exceptions are raised. The cache of the loaders is cleared, so the payload contains the current records.
        """
        context, first = self._context, self.calls[0]
        self._role = context.viewer.role
        has_keys = all(call.key is not None for call in self.calls)

        async def work(connection: PooledConnection) -> list[Outcome]:
            return await self._performed(connection, returned)

        try:
            for at, call in enumerate(self.calls):
                self._at = at
                if call.prepare is not None:
                    await call.prepare()
            # the row of a key is inserted before the work, and outside its savepoint
            then = first.begins_with if first.key is None else ""
            outcomes = await context.session.write(work, repeatable=has_keys, then=then)
            for call, outcome in zip(self.calls, outcomes, strict=True):
                _note_commit(context, call, outcome)
            return [await _continued(context, *each) for each in zip(self.calls, outcomes, strict=True)]
        except asyncio.CancelledError:
            for call in self.calls if context.session.commit_unknown else ():
                context.commits.outcomes.setdefault(call.name, CommitUnknown())
            raise
        except Exception as error:
            current = refusal(error, self.calls[self._at], context)
            return [outcome or _rolled_back() for outcome in self._for_current(current)]
        finally:
            context.loaders.forget()

    async def _performed(self, connection: PooledConnection, returned: ReturnedRecord | None) -> list[Outcome]:
        """Return the outcomes of one attempt."""
        viewer, nodes = self._context.viewer, self._context.loaders.nodes
        returned = returned if viewer.role == self._role else None  # whose outputs the earlier role may see
        tx, outcomes = WriteTransaction(connection, viewer.organization_id, viewer, returned), []
        if returned is not None:
            returned.take({}, 0)  # discards rows of a failed attempt
        for at, call in enumerate(self.calls):
            self._at = at
            if call.requirement is not None and not call.requirement.admits(viewer):
                raise Denied(call.requirement.message)
            if call.rows is not None or tx.scope.changes is not CHANGES:
                tx.limit(call.rows)
            tx.events.mutation = call.field
            stored = None if call.key is None else await claim(tx, call.key)
            outcome = await call.work(tx) if stored is None else outcome_from(stored, nodes)
            if call.key is not None and stored is None:
                await keep(tx, call.key, reference_of(outcome))
            if call.event:
                tx.events.name(outcome.record_id, call.event)
            outcomes.append(outcome)
        if returned is not None:
            returned.drop_stale(connection)
        return outcomes

    def _for_current[T](self, result: T) -> list[T | None]:
        """Return the result for the call that was being performed, and None for all others."""
        return [result if at == self._at else None for at in range(len(self.calls))]


def _refusal_in_batch(call: MutationCall) -> Outcome | None:
    if call.standalone:
        return Outcome(errors=[Invalid("This mutation is not allowed in `@transaction`.", code="NOT_IN_TRANSACTION")])
    return call.refused


def _rolled_back() -> Outcome:
    return Outcome(errors=[RolledBack("Nothing was changed, because another part of the transaction failed.")])


def _note_commit(context: Context, call: MutationCall, outcome: Outcome) -> None:
    """Store the outcome of a committed root field, including for the response if the operation is stopped later."""
    context.commits.outcomes[call.name], context.commits.caller = outcome, context.caller
    if call.after_commit is not None and outcome.secret is not None:
        call.after_commit(outcome.secret)
    if call.continuation is not None and outcome.record_id is not None:
        context.commits.pending.add(call.name)


async def _continued(context: Context, call: MutationCall, outcome: Outcome) -> Outcome:
    """Run the continuation of a committed call, and return the outcome with the errors of the continuation.

    Raises only the cancellation of the operation: another exception would hide the commit.
    """
    if call.continuation is None or outcome.record_id is None:
        return outcome
    errors: list[RuleError] = []
    try:
        # releases the connection, because the continuation may be slow and may use its own connections
        await context.session.restart(context.viewer.organization_id)
        await call.continuation(ContinuationContext(context, call.field), outcome.record_id)
    except asyncio.CancelledError as error:
        current = asyncio.current_task()
        if current is not None and current.cancelling():
            raise
        errors = [_continuation_failed(error)]
    except Exception as error:
        try:
            errors = [*refusal(error, call, context).errors]
        except Exception:
            errors = [_continuation_failed(error)]
    outcome = replace(outcome, errors=[*outcome.errors, *errors])
    context.commits.outcomes[call.name] = outcome
    context.commits.pending.discard(call.name)
    return outcome


def _continuation_failed(error: BaseException) -> ContinuationFailed:
    """Log the error of a continuation, and return a user error with the ID of the log entry."""
    error_id = str(uuid4())
    log.error("continuation failed", error_id=error_id, exc_info=error)
    message = "The change is saved, but work that follows it did not complete. Do not repeat it as a new call."
    return ContinuationFailed(message, error_id=error_id)


def stop(commits: Commits, reason: Exception) -> None:
    """Mark the operation as stopped: root fields without an outcome raise ``reason``, and no continuation runs."""
    commits.stopped_by = reason
    for name in commits.pending:
        outcome = commits.outcomes[name]
        commits.outcomes[name] = replace(outcome, errors=[*outcome.errors, _continuation_failed(reason)])
    commits.pending.clear()


def refusal(error: Exception, call: MutationCall, context: Context) -> Outcome:
    """Return the outcome of a call that this error has rolled back. Raises the error if it is not a user error."""
    if isinstance(error, RollbackRequested):
        return error.outcome
    return Outcome(errors=user_errors_of(error, context.tables, call.fields))


def user_errors_of(error: Exception, tables: Mapping[str, Table], fields: frozenset[str]) -> list[RuleError]:
    """Return the user errors of an exception. Raises the exception if it is not a user error."""
    if isinstance(error, RuleError | Refused):
        return rule_errors(error)
    broken = rule_error_of(error, tables) if isinstance(error, DBAPIError) and is_refused(error) else None
    if broken is None:
        raise error
    if broken.path and fields and broken.path[0] not in fields:
        broken.path = ()
    return [broken]
