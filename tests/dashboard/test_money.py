"""Money in and out: sums of the entries of the organization's own accounts, null for members."""

from datetime import datetime
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from tests.dashboard.business import CURRENCIES, Business, fetch_rows
from tests.dashboard.test_work import show
from tests.support.api import Workline

FLOWS = """
WITH periods AS (
    SELECT (date_trunc($2, now() AT TIME ZONE $3) - n * ('1 ' || $2)::interval) AT TIME ZONE $3 AS starts,
           (date_trunc($2, now() AT TIME ZONE $3) - (n - 1) * ('1 ' || $2)::interval) AT TIME ZONE $3 AS ends
    FROM generate_series($4 - 1, 0, -1) n
), moved AS (
    SELECT transfer.created_at, account.currency, abs(entry.amount) AS amount
    FROM entries entry
    JOIN accounts account ON account.id = entry.account_id AND account.organization_id = $1 AND account.kind = 'OWN'
    JOIN transfers transfer ON transfer.id = entry.transfer_id AND transfer.organization_id = $1
    JOIN entries half ON half.transfer_id = transfer.id AND half.id <> entry.id
    JOIN accounts other ON other.id = half.account_id AND other.kind <> 'OWN'
    WHERE entry.organization_id = $1 AND sign(entry.amount) = $5
)
SELECT starts, currency, sum(amount), count(*) FROM periods JOIN moved ON created_at >= starts AND created_at < ends
GROUP BY starts, currency ORDER BY starts, currency
"""
DIRECTIONS = {"moneyIn": 1, "moneyOut": -1}


def rows(flows: Any) -> list[tuple[datetime, str, Decimal, int]]:
    return [
        (datetime.fromisoformat(each["startsAt"]), each["currency"], Decimal(each["amount"]), each["transfers"])
        for each in flows
    ]


@pytest.mark.parametrize("field", DIRECTIONS)
@pytest.mark.parametrize(
    ("every", "last", "zone"),
    [
        ("MONTH", 12, "UTC"),
        ("MONTH", 30, "America/New_York"),
        ("WEEK", 100, "Europe/Berlin"),
        ("DAY", 366, "Asia/Tokyo"),
    ],
)
async def test_figures_are_the_sums_of_the_entries(
    dashboard: Workline, mine: Business, field: str, every: str, last: int, zone: str
) -> None:
    selection = f'{field}(every: {every}, last: {last}, timeZone: "{zone}") {{ startsAt currency amount transfers }}'
    shown = rows((await show(dashboard, mine, selection))[field])
    values = mine.organization, every.lower(), zone, last, DIRECTIONS[field]
    expected = await fetch_rows(dashboard.database, FLOWS, *values)
    assert [row for row in shown if row[3]] == expected
    assert expected
    nothing = {row[2:] for row in shown if not row[3]}
    assert nothing <= {(Decimal("0.00"), 0)}
    assert [row[1] for row in shown] == sorted({row[1] for row in expected}) * last, "every currency at every time"
    assert [row[:2] for row in shown] == sorted(row[:2] for row in shown)


async def test_every_currency_is_shown_however_many_there_are(own_dashboard: Workline) -> None:
    business = Business(3)
    await business.found(own_dashboard.database)
    codes = sorted("".join(letters) for letters in product("ABCDEFG", repeat=3))[:250]
    await business.sell(own_dashboard.database, codes)
    shown = await show(own_dashboard, business, "moneyIn(last: 1) { currency transfers }")
    assert shown["moneyIn"] == [{"currency": code, "transfers": 1} for code in codes]


@pytest.mark.parametrize("field", DIRECTIONS)
async def test_figures_equal_those_of_groups_of_transfers(dashboard: Workline, mine: Business, field: str) -> None:
    own, other = ("toAccount", "fromAccount") if field == "moneyIn" else ("fromAccount", "toAccount")
    query = f"""{{
      dashboard {{ {field}(last: 36) {{ startsAt currency amount transfers }} }}
      transfers(filter: {{{own}: {{kind: {{eq: OWN}}}}, {other}: {{kind: {{neq: OWN}}}}}}) {{
        groups(by: [{{time: {{field: CREATED_AT, every: MONTH}}}}, {{field: CURRENCY}}], first: 1000) {{
          key {{ createdAt currency }} count aggregates {{ sum {{ amount }} }}
        }}
      }}
    }}"""
    data = await dashboard.fetch(query, mine.viewer("OWNER"))
    grouped = {
        (each["key"]["createdAt"], each["key"]["currency"]): (each["aggregates"]["sum"]["amount"], each["count"])
        for each in data["transfers"]["groups"]
    }
    shown = {
        (each["startsAt"], each["currency"]): (each["amount"], each["transfers"])
        for each in data["dashboard"][field]
        if each["transfers"]
    }
    assert shown == grouped
    assert {currency for _, currency in shown} == set(CURRENCIES)


@pytest.mark.parametrize(("role", "sees"), [("OWNER", True), ("MANAGER", True), ("MEMBER", False)])
async def test_only_managers_see_the_figures(dashboard: Workline, mine: Business, role: str, *, sees: bool) -> None:
    with dashboard.statements() as sent:
        shown = await show(dashboard, mine, "moneyIn { amount } moneyOut { amount }", role)
    assert all((flows is not None) == sees for flows in shown.values())
    assert len(sent) == (2 if sees else 0)


async def test_members_see_no_ledger(dashboard: Workline, mine: Business) -> None:
    query = "{ transfers(first: 3) { nodes { amount } aggregates { count sum { amount } } } accounts { totalCount } }"
    member, owner = [await dashboard.fetch(query, mine.viewer(role)) for role in ("MEMBER", "OWNER")]
    assert member["transfers"] == {"nodes": [], "aggregates": {"count": 0, "sum": {"amount": None}}}
    assert member["accounts"] == {"totalCount": 0}
    assert owner["transfers"]["aggregates"]["count"] > 0
