"""A deed is one call of a mutation, checked and ready: what is to be done in a transaction, and with what result."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Table
from sqlalchemy.exc import IntegrityError

from graphql_app.database.connection import PooledConnection
from graphql_app.database.constraints import broken_rule
from graphql_app.database.database import Database
from graphql_app.database.idempotency import Key, claim, keep
from graphql_app.database.results import Done
from graphql_app.database.rows import Shown
from graphql_app.errors import CommitUnknown, ContinuationFailed, Refused, RuleError, rule_errors
from graphql_app.execution.context import Commits, Context
from graphql_app.identity.viewer import Viewer
from graphql_app.mutations.payloads import Outcome
from graphql_app.mutations.references import outcome_from, reference_of

log = structlog.get_logger()

Work = Callable[[Database], Awaitable[Outcome]]
"""Does something in a transaction and says what became of it. It may run several times, each time in a new one."""


@dataclass(frozen=True, slots=True)
class Run:
    """Argument of a continuation: ``await run(rule)`` commits one more transaction, and returns the rule's result."""

    context: Context

    async def __call__[T](self, rule: Callable[[Database], Awaitable[T]]) -> T:
        """Run ``rule`` in a transaction of its own and commit it."""
        return await self.context.gate.write(lambda connection: rule(database(self.context, connection)))

    @property
    def viewer(self) -> Viewer:
        """Whoever asked."""
        return self.context.viewer

    @property
    def services(self) -> Any:
        """What the application offers to resolvers."""
        return self.context.services


Continuation = Callable[[Run, UUID], Awaitable[None]]
"""Work that follows the commit of a record, outside any transaction, and shows in the payload.

A rule error that it raises stands beside the record, any other exception as ContinuationFailed. A call that is sent
again under its key runs it again: it completes what is left.
"""


@dataclass(frozen=True, slots=True)
class Deed:
    """One call of a mutation. When its input was ``refused``, that is the outcome, and nothing is begun."""

    work: Work
    refused: Outcome | None = None
    fields: frozenset[str] = field(default_factory=frozenset)
    """The names of the input's fields in the API: the path of a broken constraint begins with one of them."""
    compared: Callable[[], Any] = lambda: None
    """Gives what is compared with another call under the same key."""
    key: Key | None = None
    alone: bool = False
    continuation: Continuation | None = None
    savepoint: bool = False
    """True if the work begins with a savepoint."""
    prepare: Callable[[], Awaitable[None]] | None = None
    """What takes long and needs no database, once, before any transaction begins. It may raise rule errors."""


class Undone(Exception):
    """Raised by a deed that has found out that all of it has to be undone; the outcome says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


REFUSALS = (RuleError, Refused, IntegrityError, Undone)
"""What undoes a deed and is told to the client."""


async def perform(context: Context, deed: Deed, name: str) -> Outcome:
    """Do it in a transaction of its own; what the domain or a constraint says against it is in the outcome.

    ``name`` is the root field's response key. What loaders remember is dropped either way: the payload shows the
    database as it is now.
    """
    if deed.refused is not None:
        return deed.refused

    # what comes after the commit may change the record again
    shown = context.shown if deed.continuation is None else None

    async def work(connection: PooledConnection) -> Outcome:
        if shown is not None:
            shown.take({}, 0)  # of an attempt that failed
        outcome = await once(database(context, connection, shown), deed, context)
        if shown is not None:
            shown.settle(connection)
        return outcome

    try:
        if deed.prepare is not None:
            await deed.prepare()
        has_key = deed.key is not None
        outcome = await context.gate.write(work, repeatable=has_key, savepoint=deed.savepoint and not has_key)
        note_commit(context, deed, outcome, name)
        return outcome if deed.continuation is None else await run_continuation(context, deed, outcome, name)
    except REFUSALS as error:
        return refusal(error, deed, context)
    except asyncio.CancelledError:
        note_unknown(context, name)
        raise
    finally:
        context.loaders.forget()


async def once(db: Database, deed: Deed, context: Context) -> Outcome:
    """Do it, unless it was done before under the same key: then its outcome is that of the first time."""
    if deed.key is None:
        return await deed.work(db)
    stored = await claim(db, deed.key)
    if stored is not None:
        return outcome_from(stored, context.loaders.nodes)
    outcome = await deed.work(db)
    await keep(db, deed.key, reference_of(outcome))
    return outcome


def note_commit(context: Context, deed: Deed, outcome: Outcome, name: str) -> None:
    """Remember that a root field is committed, also for the response of an operation that is stopped later."""
    context.commits.outcomes[name], context.commits.caller = outcome, context.caller
    if deed.continuation is not None and outcome.record_id is not None:
        context.commits.pending.add(name)


def note_unknown(context: Context, name: str) -> None:
    """Remember that a root field may be committed, if the operation was stopped while COMMIT was in flight."""
    if context.gate.commit_unknown:
        context.commits.outcomes.setdefault(name, CommitUnknown())


async def run_continuation(context: Context, deed: Deed, outcome: Outcome, name: str) -> Outcome:
    """Run the continuation of a committed call, and return the outcome with the errors that it met.

    Raises nothing but the cancellation of the operation: an exception would hide the commit.
    """
    if deed.continuation is None or outcome.record_id is None:
        return outcome
    errors: list[RuleError] = []
    try:
        # it may take long, and may need connections of its own
        await context.gate.restart(context.viewer.organization_id)
        await deed.continuation(Run(context), outcome.record_id)
    except asyncio.CancelledError as error:
        current = asyncio.current_task()
        if current is not None and current.cancelling():
            raise
        errors = [continuation_failed(error)]
    except Exception as error:
        errors = _continuation_errors(error, deed, context)
    outcome = replace(outcome, errors=[*outcome.errors, *errors])
    context.commits.outcomes[name] = outcome
    context.commits.pending.discard(name)
    return outcome


def _continuation_errors(error: Exception, deed: Deed, context: Context) -> list[RuleError]:
    try:
        return [*refusal(error, deed, context).errors] if isinstance(error, REFUSALS) else [continuation_failed(error)]
    except IntegrityError:
        return [continuation_failed(error)]


def continuation_failed(error: BaseException) -> ContinuationFailed:
    """Log what stopped a continuation, and return the user error that names the entry."""
    error_id = str(uuid4())
    log.error("continuation failed", error_id=error_id, exc_info=error)
    return ContinuationFailed(
        "The change is saved, but work that follows it did not complete. Do not repeat it as a new call.",
        error_id=error_id,
    )


def stop(commits: Commits, reason: Exception) -> None:
    """Mark the operation as stopped: root fields without an outcome raise ``reason``, and no continuation runs."""
    commits.stopped_by = reason
    for name in commits.pending:
        outcome = commits.outcomes[name]
        commits.outcomes[name] = replace(outcome, errors=[*outcome.errors, continuation_failed(reason)])
    commits.pending.clear()


def database(context: Context, connection: PooledConnection, shown: Shown | None = None) -> Database:
    """What a rule is given."""
    return Database(connection, context.viewer.organization_id, context.viewer, shown)


def refusal(error: Exception, deed: Deed, context: Context) -> Outcome:
    """The outcome of a deed that this error undid. Raises it when it is none that a client could mend."""
    if isinstance(error, Undone):
        return error.outcome
    assert isinstance(error, (RuleError, Refused, IntegrityError))
    return Outcome(errors=told(error, context.tables, deed.fields))


def told(
    error: RuleError | Refused | IntegrityError, tables: Mapping[str, Table], fields: frozenset[str]
) -> list[RuleError]:
    """What a client is told. Raises the error itself when it is none that a client could mend."""
    if not isinstance(error, IntegrityError):
        return rule_errors(error)
    broken = broken_rule(error, tables)
    if broken is None:
        raise error
    if broken.path and fields and broken.path[0] not in fields:
        broken.path = ()
    return [broken]


def outcome_of(result: Any) -> Outcome:
    """The outcome of a rule that returned a record, or Done."""
    if not isinstance(result, Done):
        return Outcome(result.id)
    record: Any = result.record
    others: Mapping[str, Any] = result.others
    ids = {name: other.id for name, other in others.items()}
    return Outcome(None if record is None else record.id, secret=result.secret, others=ids)
