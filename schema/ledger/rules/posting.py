"""Movement of money: both accounts are locked, a transfer and its two entries are written, both balances change.

A balance is always the sum of its entries, regardless of concurrent changes: both change in one transaction, under the
lock of the account.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Invalid, RuleError, ValueLimit
from schema.errors import IllegalState, InsufficientFunds, WrongCurrency
from schema.ledger.models import Account, Entry, Transfer
from schema.money import is_amount_of, is_kept


@dataclass(frozen=True, slots=True)
class Paths:
    """Input fields that errors about an account or an amount refer to."""

    source: str = "id"
    target: str = "id"
    amount: str = "id"


@dataclass(frozen=True, slots=True)
class Move:
    """Planned movement of money between two locked accounts."""

    source: Account
    target: Account
    amount: Decimal
    memo: str | None = None
    created_by_id: UUID | None = None
    reverses_id: UUID | None = None
    key: UUID | None = None
    reopens: bool = False
    """True if the money also goes to a closed account, which it opens again."""


async def lock_accounts(tx: WriteTransaction, *ids: UUID) -> Mapping[UUID, Account]:
    """Return the existing accounts by id, locked until the transaction ends.

    They are locked in the order of their ids, so that two transfers between the same accounts cannot deadlock.
    """
    return await tx.find_by_id(Account, ids, locked=True)


def hindrances(move: Move, paths: Paths = Paths()) -> Iterator[RuleError]:
    """Yield everything that prevents the movement."""
    source, target, amount = move.source, move.target, move.amount
    if source.closed_at is not None:
        yield IllegalState("The source account is closed.", paths.source)
    if target.closed_at is not None and not move.reopens:
        yield IllegalState("The target account is closed.", paths.target)
    if source.currency != target.currency:
        yield WrongCurrency(
            f"Both accounts must have the same currency: {source.currency} and {target.currency} differ.", paths.target
        )
    if amount <= 0:
        yield Invalid("Must be greater than 0.", paths.amount, limit=ValueLimit(exclusive_minimum=0))
    elif not is_amount_of(amount, source.currency):
        yield WrongCurrency(f"Must not be finer than the smallest unit of {source.currency}.", paths.amount)
    else:
        yield from _limits(move, paths)


def _limits(move: Move, paths: Paths) -> Iterator[RuleError]:
    rest, sum_ = move.source.balance - move.amount, move.target.balance + move.amount
    if move.source.minimum_balance is not None and rest < move.source.minimum_balance:
        yield InsufficientFunds("The balance of the account is too low.", paths.amount)
    if not is_kept(rest) or not is_kept(sum_):
        yield Invalid("The balance of an account would exceed the supported range.", paths.amount)


async def write(tx: WriteTransaction, move: Move) -> Transfer:
    """Write a movement that nothing prevents.

    The CHECK ``ck_accounts_balance`` enforces the limits.
    """
    transfer = await tx.save(
        Transfer(
            organization_id=tx.organization_id,
            from_account_id=move.source.id,
            to_account_id=move.target.id,
            reverses_id=move.reverses_id,
            created_by_id=move.created_by_id,
            amount=move.amount,
            currency=move.source.currency,
            memo=move.memo,
            key=move.key,
        )
    )
    await tx.save_all([_entry(transfer, move.source, -move.amount), _entry(transfer, move.target, move.amount)])
    move.source.balance -= move.amount
    move.target.balance += move.amount
    if move.reopens:
        move.target.closed_at = None
    await tx.save_all([move.source, move.target])
    return transfer


def _entry(transfer: Transfer, account: Account, amount: Decimal) -> Entry:
    return Entry(
        organization_id=transfer.organization_id, transfer_id=transfer.id, account_id=account.id, amount=amount
    )
