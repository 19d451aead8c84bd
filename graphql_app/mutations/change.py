"""For a mutation with a resolver of its own: a rule as one transaction. Others are declared by ``mutation(..)``."""

from collections.abc import Awaitable, Callable
from typing import Any

from graphql_app.database.database import Database
from graphql_app.execution.context import Context
from graphql_app.mutations.deeds import Deed, outcome_of, perform
from graphql_app.mutations.payloads import Outcome, Payload
from graphql_app.views.described import shown_as


async def change[P: Payload](context: Context, payload: type[P], rule: Callable[[Database], Awaitable[Any]]) -> P:
    """Run ``rule`` in a transaction of its own and commit it; the payload shows the record that the rule returned.

    Rule errors, or a broken constraint, roll everything back and become the errors of the payload.
    """

    async def work(db: Database) -> Outcome:
        return outcome_of(await rule(db))

    return shown_as(payload, await perform(context, Deed(work)))
