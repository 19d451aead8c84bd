"""Rules of transfers and reversals, tested without GraphQL."""

import asyncio
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from schema.ledger.models import Transfer
from schema.ledger.rules import close_account, reverse_transfer, transfer_funds
from tests.support.audited_organization import Books

UNKNOWN_ID = UUID(int=0)


async def test_a_transfer_debits_one_account_and_credits_the_other(books: Books) -> None:
    source, target = await books.account(holds=100), await books.account(holds=1)
    transfer: Transfer = await books.do(
        transfer_funds, from_account_id=source, to_account_id=target, amount=Decimal("99.99"), memo="Rent"
    )
    assert await books.balances(source, target) == [Decimal("0.01"), Decimal("100.99")]
    assert (transfer.amount, transfer.currency, transfer.memo) == (Decimal("99.99"), "EUR", "Rent")
    assert (transfer.created_by_id, transfer.reverses_id, transfer.key) == (books.viewer.user_id, None, None)
    entries = "SELECT array_agg(amount ORDER BY amount) FROM entries WHERE transfer_id = $1"
    assert await books.value(entries, transfer.id) == [Decimal("-99.99"), Decimal("99.99")]
    assert not await books.broken()


async def test_the_whole_balance_can_be_transferred_but_not_more(books: Books) -> None:
    source, target = await books.account(holds=10), await books.account()
    given = {"from_account_id": source, "to_account_id": target}
    assert await books.refused(transfer_funds, **given, amount=Decimal("10.01")) == [("INSUFFICIENT_FUNDS", ["amount"])]
    await books.transfer(source, target, 10)
    assert await books.refused(transfer_funds, **given, amount=Decimal("0.01")) == [("INSUFFICIENT_FUNDS", ["amount"])]
    assert await books.balances(source, target) == [0, 10]


async def test_an_account_can_be_overdrawn_to_its_limit(books: Books) -> None:
    source, target = await books.account(limit=-5), await books.account()
    await books.transfer(source, target, 5)
    given = {"from_account_id": source, "to_account_id": target, "amount": Decimal("0.01")}
    assert await books.refused(transfer_funds, **given) == [("INSUFFICIENT_FUNDS", ["amount"])]


async def test_an_account_without_a_limit_can_be_overdrawn_without_bounds(books: Books) -> None:
    source = await books.account(limit=None)
    await books.transfer(source, await books.account(), 1_000_000)
    assert await books.balances(source) == [-1_000_000]


@pytest.mark.parametrize(
    ("amount", "code"),
    [("0", "INVALID"), ("-1", "INVALID"), ("0.001", "WRONG_CURRENCY"), ("1e16", "WRONG_CURRENCY")],
)
async def test_invalid_amounts_are_refused(books: Books, amount: str, code: str) -> None:
    given = {"from_account_id": await books.account(limit=None), "to_account_id": await books.account()}
    assert await books.refused(transfer_funds, **given, amount=Decimal(amount)) == [(code, ["amount"])]


async def test_a_balance_above_the_maximum_is_refused(books: Books) -> None:
    source, target = await books.account(limit=None), await books.account()
    most = Decimal("9999999999999999.99")
    await books.transfer(source, target, str(most))
    given = {"from_account_id": source, "to_account_id": target, "amount": Decimal("0.01")}
    assert await books.refused(transfer_funds, **given) == [("INVALID", ["amount"])]


async def test_yen_have_no_minor_unit(books: Books) -> None:
    source, target = await books.account(currency="JPY", holds=500), await books.account(currency="JPY")
    given = {"from_account_id": source, "to_account_id": target}
    assert await books.refused(transfer_funds, **given, amount=Decimal("0.5")) == [("WRONG_CURRENCY", ["amount"])]
    await books.do(transfer_funds, **given, amount=Decimal("500.00"))


async def test_all_errors_are_reported(books: Books) -> None:
    source, target = await books.account(), await books.account(currency="USD")
    for account in (source, target):
        await books.do(close_account, id=account)
    given = {"from_account_id": source, "to_account_id": target, "amount": Decimal(1)}
    assert await books.refused(transfer_funds, **given) == [
        ("ILLEGAL_STATE", ["fromAccountId"]),
        ("ILLEGAL_STATE", ["toAccountId"]),
        ("WRONG_CURRENCY", ["toAccountId"]),
        ("INSUFFICIENT_FUNDS", ["amount"]),
    ]


async def test_unknown_accounts_are_not_found(books: Books) -> None:
    given = {"from_account_id": uuid4(), "to_account_id": UNKNOWN_ID, "amount": Decimal(1)}
    missing = [("NOT_FOUND", ["fromAccountId"]), ("NOT_FOUND", ["toAccountId"])]
    assert await books.refused(transfer_funds, **given) == missing
    account = await books.account(holds=5)
    assert await books.refused(transfer_funds, **{**given, "from_account_id": account}) == missing[1:]


async def test_a_transfer_to_the_same_account_is_refused(books: Books) -> None:
    account = await books.account(holds=5)
    given = {"from_account_id": account, "to_account_id": account, "amount": Decimal(1)}
    assert await books.refused(transfer_funds, **given) == [("INVALID", ["toAccountId"])]


async def test_a_transfer_is_reversed_once(books: Books) -> None:
    source, target = await books.account(holds=10), await books.account()
    id = await books.transfer(source, target, 7)
    reversal: Transfer = await books.do(reverse_transfer, id=id, memo="By mistake")
    assert (reversal.reverses_id, reversal.from_account_id, reversal.to_account_id) == (id, target, source)
    assert await books.balances(source, target) == [10, 0]
    assert await books.refused(reverse_transfer, id=id) == [("CONFLICT", ["id"])]
    assert not await books.broken()


async def test_a_reversal_cannot_be_reversed(books: Books) -> None:
    id = await books.transfer(await books.account(holds=10), await books.account(), 7)
    reversal: Transfer = await books.do(reverse_transfer, id=id)
    assert await books.refused(reverse_transfer, id=reversal.id) == [("ILLEGAL_STATE", ["id"])]


async def test_a_reversal_without_sufficient_funds_is_refused(books: Books) -> None:
    source, target = await books.account(holds=10), await books.account()
    id = await books.transfer(source, target, 7)
    await books.transfer(target, await books.account(), 1)
    assert await books.refused(reverse_transfer, id=id) == [("INSUFFICIENT_FUNDS", ["id"])]


async def test_a_reversal_to_a_closed_account_is_refused(books: Books) -> None:
    source, target = await books.account(holds=7), await books.account()
    id = await books.transfer(source, target, 7)
    await books.do(close_account, id=source)
    assert await books.refused(reverse_transfer, id=id) == [("ILLEGAL_STATE", ["id"])]


async def test_an_unknown_transfer_is_not_found(books: Books) -> None:
    assert await books.refused(reverse_transfer, id=uuid4()) == [("NOT_FOUND", ["id"])]


async def test_concurrent_transfers_in_both_directions_do_not_deadlock(books: Books) -> None:
    one, two = await books.account(holds=100), await books.account(holds=100)
    await asyncio.gather(*(books.transfer(*pair, 1) for pair in [(one, two), (two, one)] * 15))
    assert await books.balances(one, two) == [100, 100]
    assert not await books.broken()


async def test_one_of_many_concurrent_reversals_succeeds(books: Books) -> None:
    source, target = await books.account(holds=10), await books.account(holds=100)
    id = await books.transfer(source, target, 10)
    outcomes = await asyncio.gather(*(books.do(reverse_transfer, id=id) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(outcome, Transfer) for outcome in outcomes) == 1
    assert await books.balances(source) == [10]
    assert not await books.broken()


async def test_concurrent_transfers_do_not_exceed_the_balance(books: Books) -> None:
    source, target = await books.account(holds=5), await books.account()
    outcomes = await asyncio.gather(*(books.transfer(source, target, 2) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(outcome, UUID) for outcome in outcomes) == 2
    assert await books.balances(source, target) == [1, 4]
