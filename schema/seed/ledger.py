"""Transfers between accounts, which never take more than there is. They are made in the order of their time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schema.ledger.models import Entry, Transfer
from schema.seed.accounts import Accounts, Purse, money
from schema.seed.moments import setting_up
from schema.seed.people import Person
from schema.seed.scene import Row, Scene

CAPITAL = 5_000_00
NOTE = 50_00
"""Customers bring whole notes of this."""


@dataclass(frozen=True, slots=True)
class Move:
    """Money that moves. ``cents`` are more than zero; without a person, the system itself moves it."""

    source: Purse
    target: Purse
    cents: int
    memo: str | None = None
    by: Person | None = None
    reverses: UUID | None = None
    key: UUID | None = None
    """The payment that moves it, if one does."""


class Ledger:
    """Moves money, and knows what every account holds."""

    def __init__(self, scene: Scene, accounts: Accounts) -> None:
        self.accounts = accounts
        self._scene = scene

    def open(self, owner: Person) -> list[Row]:
        """The first transfers: what the organization began with, and a customer who came and left."""
        accounts, main = self.accounts, self._scene.business.currency
        bank, revenue, former = accounts.outside[main], accounts.own[main], accounts.former
        moves = (
            Move(bank, revenue, CAPITAL, "Opening balance", owner),
            Move(revenue, accounts.savings, CAPITAL // 5, "Put aside", owner),
            Move(bank, former, 2 * NOTE, "Deposit"),
            Move(former, bank, 2 * NOTE, "Account closed", owner),
        )
        return [row for index, move in enumerate(moves) for row in self.move(setting_up(0.95 + index / 100), move)[1]]

    def move(self, at: datetime, move: Move) -> tuple[UUID, list[Row]]:
        """A transfer and its two entries, and the transfer's id."""
        move.source.balance -= move.cents
        move.target.balance += move.cents
        id_ = self._scene.new_id(at)
        transfer = self._scene.row(
            Transfer,
            at,
            id_,
            from_account_id=move.source.id,
            to_account_id=move.target.id,
            reverses_id=move.reverses,
            created_by_id=move.by.id if move.by else None,
            amount=money(move.cents),
            currency=move.source.currency,
            memo=move.memo,
            key=move.key,
        )
        taken, brought = self._entry(at, id_, move.source, -move.cents), self._entry(at, id_, move.target, move.cents)
        return id_, [transfer, taken, brought]

    def deposit(self, at: datetime, customer: Purse, cents: int) -> list[Row]:
        """What it takes for ``customer`` to pay ``cents``: a deposit in whole notes, or nothing."""
        assert customer.minimum is not None
        missing = cents - (customer.balance - customer.minimum)
        if missing <= 0:
            return []
        notes = -(-missing // NOTE) + self._scene.dice.whole(0, 3)
        return self.move(at, Move(self.accounts.outside[customer.currency], customer, notes * NOTE, "Deposit"))[1]

    def spend(self, at: datetime, currency: str, by: Person) -> list[Row]:
        """An expense, of a part of what there is; nothing when there is next to nothing."""
        own, dice = self.accounts.own[currency], self._scene.dice
        cents = own.balance * dice.whole(20, 70) // 100
        if cents < NOTE:
            return []
        memo = dice.pick(self._scene.business.trade.expenses)
        return self.move(at, Move(own, self.accounts.outside[currency], cents, memo, by))[1]

    def _entry(self, at: datetime, transfer: UUID, account: Purse, cents: int) -> Row:
        return self._scene.row(Entry, at, transfer_id=transfer, account_id=account.id, amount=money(cents))
