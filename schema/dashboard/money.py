"""Figures about money that came to the organization's own accounts from all others, and that went the other way.

Transfers between two own accounts are ignored. A transfer that is reversed counts both ways.
"""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from graphql_app.loaders import Loaders
from graphql_app.sql.aggregates import COUNT, Bucket, Grouping, Measure
from graphql_app.sql.conditions import And, Compare, Condition, Not, Quantifier, Related
from graphql_app.sql.edges import Relationship, edge_of
from graphql_app.sql.select import List
from schema.dashboard.models import MoneyFlow
from schema.dashboard.periods import Periods
from schema.ledger.models import AccountKind, Transfer

OWN = Compare("kind", "eq", AccountKind.OWN)
AMOUNT = Measure("sum", "amount")
CURRENCIES = 26**3
"""Number of codes that a currency can have: an account may have any of three capital letters."""


async def money_in(loaders: Loaders, periods: Periods) -> list[MoneyFlow]:
    """Return the flows of all periods in order, with every currency that came in during any of them."""
    return await _flows(loaders, _between(Transfer.from_account, Transfer.to_account), periods)


async def money_out(loaders: Loaders, periods: Periods) -> list[MoneyFlow]:
    """Return the flows of all periods in order, with every currency that went out during any of them."""
    return await _flows(loaders, _between(Transfer.to_account, Transfer.from_account), periods)


def _between(other: Relationship, own: Relationship) -> Condition:
    return And(
        (
            Related(edge_of(own), Quantifier.SOME, OWN),
            Related(edge_of(other), Quantifier.SOME, Not(OWN)),
        )
    )


async def _flows(loaders: Loaders, which: Condition, periods: Periods) -> list[MoneyFlow]:
    column = "created_at"
    wanted = List(Transfer, And((which, periods.contain(column))), ())
    buckets = (periods.bucket(column), Bucket("currency"))
    grouping = Grouping(buckets, (COUNT, AMOUNT), periods.count * CURRENCIES)
    found: dict[str, dict[datetime, tuple[Decimal, int]]] = defaultdict(dict)
    for group in await loaders.groups(wanted, grouping, None):
        found[group.key["currency"]][group.key[column]] = group.values[AMOUNT], group.values[COUNT]
    flows = [
        MoneyFlow(start, currency, *moved)
        for currency, by_start in found.items()
        for start, moved in periods.by_start(by_start, (Decimal("0.00"), 0))
    ]
    return sorted(flows, key=lambda flow: (flow.starts_at, flow.currency))
