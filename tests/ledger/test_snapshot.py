"""Consistency of answers: one snapshot of the ledger for all statements, during concurrent transfers."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import pytest

from graphql_app.execution.options import ExecutorOptions
from graphql_app.types.schema import Api
from tests.ledger.concurrent_transfers import open_accounts, transferring
from tests.support.api import Json, serving
from tests.support.databases import TestDatabase

ACCOUNTS, BALANCE = 10, 1_000
WRITERS, TIMES = 2, 400
BOOKS = """
accounts { aggregates { sum { balance } } }
transfers { totalCount }
entries { totalCount aggregates { sum { amount } } }
"""


def balances_of(accounts: Sequence[UUID]) -> str:
    """Return a query of ten fields, each with its own statement, and of the sum of all books."""
    fields = (
        f'a{index}: accounts(filter: {{id: {{eq: "{id}"}}}}) {{ nodes {{ balance }} }}'
        for index, id in enumerate(accounts)
    )
    return f"{{ {' '.join(fields)} {BOOKS} }}"


def sum_of(answer: Json) -> Decimal:
    """Return the sum of the ten balances."""
    return sum((Decimal(answer[f"a{index}"]["nodes"][0]["balance"]) for index in range(ACCOUNTS)), Decimal(0))


@pytest.mark.parametrize("plan", [True, False], ids=["plans", "resolvers"])
async def test_ten_balances_always_have_the_same_sum_during_transfers(
    workline_api: Api, own_organizations: TestDatabase, plan: bool
) -> None:
    answers: list[Json] = []
    async with own_organizations.as_system() as connection:
        accounts = await open_accounts(connection, ACCOUNTS, BALANCE)
    query = balances_of(accounts)
    async with serving(workline_api, own_organizations, ExecutorOptions(plan=plan)) as workline:
        before = await workline.fetch(query)
        async with transferring(own_organizations, accounts, writers=WRITERS, times=TIMES) as writing:
            while not writing.done():
                answers.append(await workline.fetch(query))
        after = await workline.fetch(query)
        assert len(workline.sent) >= ACCOUNTS * (len(answers) + 2)
    assert after["transfers"]["totalCount"] - before["transfers"]["totalCount"] == WRITERS * TIMES
    for answer in [before, *answers, after]:
        assert sum_of(answer) == ACCOUNTS * BALANCE
        assert answer["accounts"] == before["accounts"]
        assert answer["entries"]["aggregates"] == before["entries"]["aggregates"]
        moved = answer["transfers"]["totalCount"] - before["transfers"]["totalCount"]
        assert answer["entries"]["totalCount"] - before["entries"]["totalCount"] == 2 * moved
    assert len({str(answer) for answer in answers}) > 10, "otherwise no transfer ran between two answers"
