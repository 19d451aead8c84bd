"""Transfers between accounts, which never take more than there is, in chronological order."""

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
"""Cents. Customers deposit multiples of this."""


@dataclass(frozen=True, slots=True)
class Move:
    """Movement of money. ``cents`` are more than zero. Without a person, the system itself moves it."""

    source: Purse
    target: Purse
    cents: int
    memo: str | None = None
    by: Person | None = None
    reverses: UUID | None = None
    key: UUID | None = None
    """Id of the payment that moves it, if any."""


class Ledger:
    """Movements of money, with the balance of every account."""

    def __init__(self, scene: Scene, accounts: Accounts) -> None:
        self.accounts = accounts
        self._scene = scene

    def open(self, owner: Person) -> list[Row]:
        """Return the first transfers: the opening balance, and those of a former customer."""
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
        """Return the id of a transfer, and the rows of it and its two entries."""
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
        """Return the deposit that ``customer`` needs to pay ``cents``, in multiples of ``NOTE``, or nothing."""
        assert customer.minimum is not None
        missing = cents - (customer.balance - customer.minimum)
        if missing <= 0:
            return []
        notes = -(-missing // NOTE) + self._scene.dice.whole(0, 3)
        return self.move(at, Move(self.accounts.outside[customer.currency], customer, notes * NOTE, "Deposit"))[1]

    def spend(self, at: datetime, currency: str, by: Person) -> list[Row]:
        """Return an expense of a part of the balance, or nothing if the balance is small."""
        own, dice = self.accounts.own[currency], self._scene.dice
        cents = own.balance * dice.whole(20, 70) // 100
        if cents < NOTE:
            return []
        memo = dice.pick(self._scene.business.trade.expenses)
        return self.move(at, Move(own, self.accounts.outside[currency], cents, memo, by))[1]

    def _entry(self, at: datetime, transfer: UUID, account: Purse, cents: int) -> Row:
        return self._scene.row(Entry, at, transfer_id=transfer, account_id=account.id, amount=money(cents))
