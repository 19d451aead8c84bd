"""Model of accounts, transfers, orders and payments: the expected books, in a hundred lines of Python.

Each operation returns its expected error codes, none for success, and then changes the model.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

Codes = list[str]
DONE: Codes = []


@dataclass
class Account:
    """Balance in one currency; a ``limit`` of None is no limit."""

    id: UUID
    kind: str
    currency: str
    limit: Decimal | None
    balance: Decimal = Decimal(0)
    closed: bool = False


@dataclass(eq=False)
class Transfer:
    """Transferred amount."""

    id: UUID
    source: Account
    target: Account
    amount: Decimal
    is_reversal: bool = False
    is_payment: bool = False
    is_reversed: bool = False


@dataclass(eq=False)
class Order:
    """Order of one line and one task."""

    id: UUID
    customer: Account
    total: Decimal
    status: str = "DRAFT"
    is_done: bool = False


@dataclass(eq=False)
class Payment:
    """Payment; ``moved`` is the transfer that a provider has made, which may not be recorded yet."""

    id: UUID
    order: Order
    payee: Account
    status: str = "PENDING"
    moved: Transfer | None = None
    failed: bool = False


@dataclass
class Model:
    """All objects of one organization."""

    accounts: list[Account] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)

    def hindrances(self, source: Account, target: Account, amount: Decimal, *, reopens: bool = False) -> Codes:
        """Return the error codes of a transfer."""
        closed = (source.closed, target.closed and not reopens)
        codes = ["ILLEGAL_STATE" for each in closed if each]
        if source.currency != target.currency:
            codes.append("WRONG_CURRENCY")
        if source.currency == "JPY" and amount % 1:
            return [*codes, "WRONG_CURRENCY"]
        if source.limit is not None and source.balance - amount < source.limit:
            codes.append("INSUFFICIENT_FUNDS")
        return codes

    def move(self, id: UUID, source: Account, target: Account, amount: Decimal, **facts: bool) -> Transfer:
        """Transfer an amount, or return the error codes."""
        source.balance -= amount
        target.balance += amount
        target.closed = False
        self.transfers.append(Transfer(id, source, target, amount, **facts))
        return self.transfers[-1]

    def reversing(self, transfer: Transfer) -> Codes:
        """Return the error codes of a reversal."""
        if transfer.is_reversal or transfer.is_payment:
            return ["ILLEGAL_STATE"]
        if transfer.is_reversed:
            return ["CONFLICT"]
        return self.hindrances(transfer.target, transfer.source, transfer.amount)

    def closing(self, account: Account) -> Codes:
        """Return the error codes of closing an account."""
        return ["ILLEGAL_STATE"] if account.closed or account.balance else DONE

    def charge(self, payment: Payment) -> None:
        """Charge a payment at the provider, unless it is charged or cannot be."""
        source, target, amount = payment.order.customer, payment.payee, payment.order.total
        if payment.moved is None and payment.status == "PENDING" and not self.hindrances(source, target, amount):
            payment.moved = self.move(payment.id, source, target, amount, is_payment=True)

    def conclude(self, payment: Payment) -> None:
        """Record the result of the provider."""
        if payment.status != "PENDING":
            return
        if payment.moved is None:
            payment.status = "FAILED"
        elif payment.order.status == "PLACED":
            payment.status, payment.order.status = "SETTLED", "PAID"
        else:
            payment.status = "REFUNDING"

    def refund(self, payment: Payment) -> None:
        """Refund the money, if required and possible; also to a closed account."""
        if payment.status != "REFUNDING" or payment.moved is None:
            return
        moved = payment.moved
        if not self.hindrances(moved.target, moved.source, moved.amount, reopens=True):
            self.move(moved.id, moved.target, moved.source, moved.amount, is_reversal=True)
            payment.status = "REFUNDED"

    def finish(self, payment: Payment) -> None:
        """Charge, record, and refund a payment."""
        self.charge(payment)
        self.conclude(payment)
        self.refund(payment)

    def cancel(self, order: Order) -> None:
        """Cancel an order, whose payment must be refunded."""
        for payment in self.payments:
            if payment.order is order and payment.status == "SETTLED":
                payment.status = "REFUNDING"
        order.status = "CANCELLED"
