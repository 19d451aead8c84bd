"""Accounts of an organization, of its customers and of the outside, and transfers between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from uuid import UUID

from schema.ledger.models import Account, AccountKind, Entry, Transfer
from schema.seed.organizations import Scene, SeedRow
from schema.seed.people import Person, customer_names
from schema.seed.random_source import START, setting_up

CREDIT = 300_00
"""Cents that some customers may owe."""
ORDERS_PER_CUSTOMER = 5
LEAST_CUSTOMERS = 6
CAPITAL = 5_000_00
NOTE = 50_00
"""Cents. Customers deposit multiples of this."""


def money(cents: int) -> Decimal:
    """Return an amount in cents as it is stored."""
    return Decimal(cents).scaleb(-2)


@dataclass(slots=True)
class SeedAccount:
    """Account, with its balance in cents at the point that the generation has reached."""

    id: UUID
    name: str
    currency: str
    minimum: int | None
    balance: int = 0


@dataclass(frozen=True, slots=True)
class SeedAccounts:
    """All accounts of an organization, empty at first."""

    own: dict[str, SeedAccount]
    """Accounts that receive customers' payments, by currency."""
    outside: dict[str, SeedAccount]
    """Accounts of the outside, by currency."""
    savings: SeedAccount
    former: SeedAccount
    """Closed account of a former customer."""
    customers: Sequence[SeedAccount]
    """Accounts of customers. The last one has not ordered anything."""
    rows: Sequence[SeedRow]


def open_accounts(scene: Scene) -> SeedAccounts:
    """Create the accounts. Every fourth customer pays in the foreign currency, another fourth may owe something."""
    opening, business = AccountGenerator(scene), scene.business
    currencies = (business.currency, business.foreign_currency)
    number = max(LEAST_CUSTOMERS, scene.shape.orders // ORDERS_PER_CUSTOMER)
    own, outside = AccountKind.OWN, AccountKind.OUTSIDE
    return SeedAccounts(
        own={currency: opening.account(own, f"Revenue {currency}", currency) for currency in currencies},
        outside={currency: opening.account(outside, f"Bank {currency}", currency, None) for currency in currencies},
        savings=opening.account(own, "Savings", business.currency),
        former=opening.account(AccountKind.CUSTOMER, next(opening.names), business.currency, closed_at=START),
        customers=list(islice(opening.customers(currencies), number)),
        rows=opening.rows,
    )


class AccountGenerator:
    """Creation of accounts, with their rows."""

    def __init__(self, scene: Scene) -> None:
        self.rows: list[SeedRow] = []
        self.names = customer_names(scene.dice)
        self._scene = scene

    def customers(self, currencies: tuple[str, str]) -> Iterator[SeedAccount]:
        """Yield accounts of customers, without end."""
        for index, name in enumerate(self.names):
            minimum = -CREDIT if index % 4 == 2 else 0
            yield self.account(AccountKind.CUSTOMER, name, currencies[index % 4 == 1], minimum)

    def account(
        self,
        kind: AccountKind,
        name: str,
        currency: str,
        minimum: int | None = 0,
        closed_at: datetime | None = None,
    ) -> SeedAccount:
        """Create an empty account. ``minimum`` is in cents. None is no limit."""
        at = setting_up(0.9 - 0.1 / (1 + len(self.rows)))
        purse = SeedAccount(self._scene.new_id(at), name, currency, minimum)
        limit = None if minimum is None else money(minimum)
        values = {"balance": money(0), "minimum_balance": limit, "closed_at": closed_at}
        self.rows.append(self._scene.row(Account, at, purse.id, kind=kind, name=name, currency=currency, **values))
        return purse


@dataclass(frozen=True, slots=True)
class Move:
    """Movement of money. ``cents`` are more than zero. Without a person, the system itself moves it."""

    source: SeedAccount
    target: SeedAccount
    cents: int
    memo: str | None = None
    by: Person | None = None
    reverses: UUID | None = None
    key: UUID | None = None
    """Id of the payment that moves it, if any."""


class Ledger:
    """Movements of money, with the balance of every account."""

    def __init__(self, scene: Scene, accounts: SeedAccounts) -> None:
        self.accounts = accounts
        self._scene = scene

    def open(self, owner: Person) -> list[SeedRow]:
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

    def move(self, at: datetime, move: Move) -> tuple[UUID, list[SeedRow]]:
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

    def deposit(self, at: datetime, customer: SeedAccount, cents: int) -> list[SeedRow]:
        """Return the deposit that ``customer`` needs to pay ``cents``, in multiples of ``NOTE``, or nothing."""
        assert customer.minimum is not None
        missing = cents - (customer.balance - customer.minimum)
        if missing <= 0:
            return []
        notes = -(-missing // NOTE) + self._scene.dice.whole(0, 3)
        return self.move(at, Move(self.accounts.outside[customer.currency], customer, notes * NOTE, "Deposit"))[1]

    def spend(self, at: datetime, currency: str, by: Person) -> list[SeedRow]:
        """Return an expense of a part of the balance, or nothing if the balance is small."""
        own, dice = self.accounts.own[currency], self._scene.dice
        cents = own.balance * dice.whole(20, 70) // 100
        if cents < NOTE:
            return []
        memo = dice.pick(self._scene.business.trade.expenses)
        return self.move(at, Move(own, self.accounts.outside[currency], cents, memo, by))[1]

    def _entry(self, at: datetime, transfer: UUID, account: SeedAccount, cents: int) -> SeedRow:
        return self._scene.row(Entry, at, transfer_id=transfer, account_id=account.id, amount=money(cents))
