"""Safety of money under concurrency and faults: no transfer is lost or executed twice.

The small version is part of ``make test``; ``make test-faults`` has more clients and also kills the server.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from graphql_app.identity.services import make_tokens
from schema.billing.payment_sweeper import sweep
from schema.ledger.models import AccountKind
from tests.faults.clients import Client, Outcomes
from tests.faults.fault_injection import Trouble, beset, kill, lock_backwards, quick_to_see_deadlocks, terminate
from tests.faults.server_process import Server, served
from tests.support.audited_organization import Books, books_in
from tests.support.databases import TestDatabase
from tests.support.processes import PLAIN
from tests.support.settings import settings_for

MEMOS = "SELECT memo, array_agg(id::text) AS ids FROM transfers WHERE memo = ANY($1) GROUP BY memo"
REVERSALS = "SELECT reverses_id::text, array_agg(id::text) AS ids FROM transfers WHERE reverses_id = ANY($1) GROUP BY 1"
UNFINISHED = "SELECT count(*) FROM payments WHERE status IN ('PENDING', 'REFUNDING')"
PAYMENTS = """
SELECT payment.id::text, payment.status, orders.status AS "order",
       count(DISTINCT moved.id) AS moved, count(DISTINCT back.id) AS back
FROM payments AS payment JOIN orders ON orders.id = order_id
LEFT JOIN transfers AS moved ON moved.key = payment.id
LEFT JOIN transfers AS back ON back.reverses_id = moved.id
GROUP BY payment.id, payment.status, orders.status
"""
MOVED = {"SETTLED": (1, 0), "REFUNDED": (1, 1), "FAILED": (0, 0)}
PER_CURRENCY, CENTS = 10, 200


@dataclass
class Ground:
    """Twenty accounts in two currencies, the account of a customer and of a till."""

    books: Books
    accounts: list[list[UUID]]
    shop: tuple[UUID, UUID]


@pytest.fixture
async def ground(database: TestDatabase) -> AsyncIterator[Ground]:
    async with quick_to_see_deadlocks(database), books_in(database) as books:
        accounts = [
            [await books.account(currency=currency, holds=CENTS) for _ in range(PER_CURRENCY)]
            for currency in ("EUR", "USD")
        ]
        shop = (await books.account(AccountKind.CUSTOMER, holds=CENTS), await books.account())
        yield Ground(books, accounts, shop)


async def run_clients(ground: Ground, server: Server, outcomes: Outcomes, clients: int, times: int) -> None:
    """Run clients concurrently, each with this number of actions."""
    books = ground.books
    token = make_tokens(settings_for(books.database)).issue(books.viewer).text
    limits = httpx.Limits(max_connections=clients * 2)
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        verify=PLAIN, base_url=server.address, headers=headers, limits=limits, timeout=30
    ) as http:
        await asyncio.gather(*(Client(http, ground.accounts, ground.shop, outcomes).act(times) for _ in range(clients)))


async def finish_everything(books: Books) -> None:
    """Sweep until no payment is unfinished. Every refund is funded, since the till only receives money."""
    while await books.value(UNFINISHED):
        await sweep(books.payments, timedelta(0))


async def rows(books: Books, query: str, *arguments: object) -> list[Any]:
    async with books.database.as_system() as connection:
        return list(await connection.fetch(query, *arguments))


async def assert_exactly_once(books: Books, outcomes: Outcomes) -> None:
    """Assert that entries add up to zero per currency, that balances match, and that clients saw true outcomes."""
    assert await books.broken() == []
    memos = {row["memo"]: row["ids"] for row in await rows(books, MEMOS, [*outcomes.transfers, *outcomes.unanswered])}
    assert {memo: memos.get(memo) for memo in outcomes.transfers} == {
        memo: [id] for memo, id in outcomes.transfers.items()
    }
    assert all(len(memos.get(memo, [])) <= 1 for memo in outcomes.unanswered)
    found = {
        row["reverses_id"]: row["ids"] for row in await rows(books, REVERSALS, list(map(UUID, outcomes.reversals)))
    }
    assert found == {id: [reversal] for id, reversal in outcomes.reversals.items()}
    payments = {row["id"]: row for row in await rows(books, PAYMENTS)}
    assert outcomes.payments <= set(payments)
    for row in payments.values():
        assert (row["moved"], row["back"]) == MOVED[row["status"]], row
        assert (row["status"] == "SETTLED") <= (row["order"] in ("PAID", "FULFILLED")), row


async def figures(books: Books, outcomes: Outcomes, server: Server, trouble: Trouble, injected: int) -> dict[str, int]:
    """Return the numbers of operations and faults, for the output."""
    return {
        "transfers acknowledged": len(outcomes.transfers),
        "transfers never answered": len(outcomes.unanswered),
        "of which happened": len(await rows(books, MEMOS, outcomes.unanswered)),
        "reversals": len(outcomes.reversals),
        "payments": len(outcomes.payments),
        "payments refunded": await books.value("SELECT count(*) FROM payments WHERE status = 'REFUNDED'"),
        "refused": outcomes.refused,
        "sent again": outcomes.resent,
        "internal errors": outcomes.internal_errors,
        "repeated though answered": outcomes.repeated,
        "connections terminated": trouble.terminated,
        "deadlocks": await books.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"),
        "serialization failures injected": injected,
        "servers killed": server.kills,
    }


def size_of(log: Path) -> int:
    """Return the number of bytes in the log."""
    return log.stat().st_size if log.exists() else 0


def show(numbers: dict[str, int]) -> None:
    sys.stdout.write("".join(f"\n{number:7,}  {name}" for name, number in numbers.items()) + "\n")


async def run_under_faults(ground: Ground, directory: Path, *, clients: int, times: int, kills: bool) -> dict[str, int]:
    """Run clients against adversaries, then audit the books."""
    books, outcomes, trouble, log = ground.books, Outcomes(), Trouble(), directory / "faults"
    every = [*ground.accounts[0], *ground.accounts[1]]
    async with served(books, log) as server:
        adversaries = [
            lambda: terminate(books.database, trouble),
            *[lambda: lock_backwards(books.database, every)] * 3,
            *([lambda: kill(server)] if kills else []),
        ]
        async with beset(*adversaries):
            await run_clients(ground, server, outcomes, clients, times)
    await finish_everything(books)
    await assert_exactly_once(books, outcomes)
    numbers = await figures(books, outcomes, server, trouble, size_of(log))
    show(numbers)
    return numbers


@pytest.mark.slow
async def test_money_is_safe_under_faults(ground: Ground, tmp_path: Path) -> None:
    numbers = await run_under_faults(ground, tmp_path, clients=8, times=6, kills=False)
    assert numbers["transfers acknowledged"] > 5


@pytest.mark.faults
@pytest.mark.timeout(900)
async def test_money_is_safe_while_the_server_is_repeatedly_killed(ground: Ground, tmp_path: Path) -> None:
    numbers = await run_under_faults(ground, tmp_path, clients=50, times=12, kills=True)
    wanted = ("connections terminated", "serialization failures injected", "servers killed", "sent again", "payments")
    assert all(numbers[name] > 0 for name in wanted), numbers
    assert numbers["internal errors"] == 0
