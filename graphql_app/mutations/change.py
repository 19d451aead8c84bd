"""Runs a rule as one transaction, and turns what it raises into the errors of a payload."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.database.constraints import broken_rule
from graphql_app.database.database import Database
from graphql_app.errors import RuleError
from graphql_app.execution.context import Context
from graphql_app.mutations.payloads import Outcome, Payload
from graphql_app.views.described import shown_as

Rule = Callable[[Database], Awaitable[Any]]


async def change[P: Payload](context: Context, payload: type[P], rule: Rule) -> P:
    """Run ``rule`` in a transaction of its own and commit it; the outcome names the record that the rule returned.

    A RuleError, or a broken constraint, rolls everything back and becomes an error of the payload. What loaders
    remember is dropped either way: the payload shows the database as it is now.
    """
    organization = context.viewer.organization_id

    async def work(session: AsyncSession) -> Any:
        return await rule(Database(session, organization))

    try:
        outcome = Outcome((await context.gate.write(work)).id)
    except RuleError as error:
        outcome = Outcome(errors=[error])
    except IntegrityError as error:
        outcome = Outcome(errors=[_told(error, context)])
    finally:
        context.loaders.forget()
    return shown_as(payload, outcome)


def _told(error: IntegrityError, context: Context) -> RuleError:
    """The rule that was broken; the error itself is raised when it is none that a client could mend."""
    told = broken_rule(error, context.tables)
    if told is None:
        raise error
    return told
