"""Rules of opening and closing accounts, tested without GraphQL."""

from decimal import Decimal
from uuid import uuid4

import pytest

from schema.ledger.models import Account, AccountKind
from schema.ledger.rules import close_account, open_account
from tests.support.audited_organization import Books

EURO = {"kind": AccountKind.OWN, "name": "Till", "currency": "EUR"}


async def test_a_new_account_is_empty_and_may_not_be_overdrawn(books: Books) -> None:
    account: Account = await books.do(open_account, **EURO)
    assert (account.balance, account.minimum_balance) == (Decimal(0), Decimal(0))
    assert account.closed_at is None


@pytest.mark.parametrize("limit", [None, Decimal("-300.50"), Decimal(0)])
async def test_the_overdraft_limit_is_configurable(books: Books, limit: Decimal | None) -> None:
    account: Account = await books.do(open_account, **EURO, minimum_balance=limit)
    assert await books.value("SELECT minimum_balance FROM accounts WHERE id = $1", account.id) == limit


@pytest.mark.parametrize(
    ("given", "refusals"),
    [
        ({"minimum_balance": Decimal("0.01")}, [("INVALID", ["minimumBalance"])]),
        ({"minimum_balance": Decimal("-0.001")}, [("WRONG_CURRENCY", ["minimumBalance"])]),
        ({"currency": "JPY", "minimum_balance": Decimal("-0.5")}, [("WRONG_CURRENCY", ["minimumBalance"])]),
        (
            {"currency": "KWD", "minimum_balance": Decimal(1)},
            [("WRONG_CURRENCY", ["currency"]), ("INVALID", ["minimumBalance"])],
        ),
    ],
)
async def test_invalid_limits_and_currencies_are_refused(
    books: Books, given: dict[str, object], refusals: list[tuple[str, list[str]]]
) -> None:
    assert await books.refused(open_account, **{**EURO, **given}) == refusals


async def test_an_empty_account_can_be_closed_once(books: Books) -> None:
    account = await books.account()
    closed: Account = await books.do(close_account, id=account, expected_version=1)
    assert closed.closed_at is not None
    assert await books.refused(close_account, id=account) == [("ILLEGAL_STATE", ["id"])]


@pytest.mark.parametrize("holds", [5, "0.01"])
async def test_an_account_with_a_balance_cannot_be_closed(books: Books, holds: int | str) -> None:
    account = await books.account(holds=holds)
    assert await books.refused(close_account, id=account) == [("ILLEGAL_STATE", ["id"])]


async def test_an_overdrawn_account_cannot_be_closed(books: Books) -> None:
    account = await books.account(limit=-10)
    await books.transfer(account, await books.account(), 3)
    assert await books.refused(close_account, id=account) == [("ILLEGAL_STATE", ["id"])]


async def test_an_account_of_another_version_is_a_conflict(books: Books) -> None:
    account, other = await books.account(holds=5), await books.account()
    await books.transfer(account, other, 5)
    assert await books.refused(close_account, id=account, expected_version=2) == [("CONFLICT", ["expectedVersion"])]
    await books.do(close_account, id=account, expected_version=3)


async def test_an_unknown_account_is_not_found(books: Books) -> None:
    assert await books.refused(close_account, id=uuid4()) == [("NOT_FOUND", ["id"])]
