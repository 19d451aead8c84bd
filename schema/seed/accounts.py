"""Accounts: the organization's own, its customers', and those that stand for the outside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from uuid import UUID

from schema.ledger.models import Account, AccountKind
from schema.seed.moments import START, setting_up
from schema.seed.naming import customer_names
from schema.seed.scene import Row, Scene

CREDIT = 300_00
"""Cents that some customers may owe."""
ORDERS_PER_CUSTOMER = 5
LEAST_CUSTOMERS = 6


def money(cents: int) -> Decimal:
    """Return an amount in cents as it is stored."""
    return Decimal(cents).scaleb(-2)


@dataclass(slots=True)
class Purse:
    """Account, with its balance in cents at the point that the generation has reached."""

    id: UUID
    name: str
    currency: str
    minimum: int | None
    balance: int = 0


@dataclass(frozen=True, slots=True)
class Accounts:
    """All accounts of an organization, empty at first."""

    own: dict[str, Purse]
    """Accounts that receive customers' payments, by currency."""
    outside: dict[str, Purse]
    """Accounts of the outside, by currency."""
    savings: Purse
    former: Purse
    """Closed account of a former customer."""
    customers: Sequence[Purse]
    """Accounts of customers. The last one has not ordered anything."""
    rows: Sequence[Row]


def open_accounts(scene: Scene) -> Accounts:
    """Create the accounts. Every fourth customer pays in the foreign currency, another fourth may owe something."""
    opening, business = Opening(scene), scene.business
    currencies = (business.currency, business.foreign_currency)
    number = max(LEAST_CUSTOMERS, scene.shape.orders // ORDERS_PER_CUSTOMER)
    own, outside = AccountKind.OWN, AccountKind.OUTSIDE
    return Accounts(
        own={currency: opening.account(own, f"Revenue {currency}", currency) for currency in currencies},
        outside={currency: opening.account(outside, f"Bank {currency}", currency, None) for currency in currencies},
        savings=opening.account(own, "Savings", business.currency),
        former=opening.account(AccountKind.CUSTOMER, next(opening.names), business.currency, closed_at=START),
        customers=list(islice(opening.customers(currencies), number)),
        rows=opening.rows,
    )


class Opening:
    """Creation of accounts, with their rows."""

    def __init__(self, scene: Scene) -> None:
        self.rows: list[Row] = []
        self.names = customer_names(scene.dice)
        self._scene = scene

    def customers(self, currencies: tuple[str, str]) -> Iterator[Purse]:
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
    ) -> Purse:
        """Create an empty account. ``minimum`` is in cents. None is no limit."""
        at = setting_up(0.9 - 0.1 / (1 + len(self.rows)))
        purse = Purse(self._scene.new_id(at), name, currency, minimum)
        limit = None if minimum is None else money(minimum)
        values = {"balance": money(0), "minimum_balance": limit, "closed_at": closed_at}
        self.rows.append(self._scene.row(Account, at, purse.id, kind=kind, name=name, currency=currency, **values))
        return purse
