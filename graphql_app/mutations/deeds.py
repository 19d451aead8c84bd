"""A deed is one call of a mutation, checked and ready: what is to be done in a transaction, and with what result."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.database.constraints import broken_rule
from graphql_app.database.database import Database
from graphql_app.database.results import Done
from graphql_app.errors import Refused, RuleError, rule_errors
from graphql_app.execution.context import Context
from graphql_app.mutations.payloads import Outcome

Work = Callable[[Database], Awaitable[Outcome]]
"""Does something in a transaction and says what became of it. It may run several times, each time in a new one."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One call of a mutation. When its input was ``refused``, that is the outcome, and nothing is begun."""

    work: Work
    refused: Outcome | None = None
    fields: frozenset[str] = field(default_factory=frozenset)
    """The names of the input's fields in the API: the path of a broken constraint begins with one of them."""


class Undone(Exception):
    """Raised by a deed that has found out that all of it has to be undone; the outcome says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


async def perform(context: Context, deed: Deed) -> Outcome:
    """Do it in a transaction of its own; what the domain or a constraint says against it is in the outcome.

    What loaders remember is dropped either way: the payload shows the database as it is now.
    """
    if deed.refused is not None:
        return deed.refused
    try:
        return await context.gate.write(lambda session: deed.work(database(context, session)))
    except (RuleError, Refused, IntegrityError) as error:
        return Outcome(errors=told(error, context.tables, deed.fields))
    except Undone as undone:
        return undone.outcome
    finally:
        context.loaders.forget()


def database(context: Context, session: AsyncSession) -> Database:
    """What a rule is given."""
    return Database(session, context.viewer.organization_id, context.viewer)


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
    others = {name: record.id for name, record in result.others.items()}  # type: ignore[attr-defined]
    return Outcome(None if result.record is None else result.record.id, secret=result.secret, others=others)  # type: ignore[attr-defined]
