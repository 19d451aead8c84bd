"""Interface of payment providers. The built-in one is the ledger itself; other ones implement it too.

A transfer in the ledger, with the payment's id as its key, shows the money that a provider has moved.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Charge:
    """Money to move for a payment.

    The payment's id is the key: under one key, money moves once and is refunded once.
    """

    organization_id: UUID
    payment_id: UUID
    from_account_id: UUID
    to_account_id: UUID
    amount: Decimal
    currency: str
    memo: str
    created_by_id: UUID


@dataclass(frozen=True, slots=True)
class Refusal:
    """Result of a provider that moved no money, with the ``reason``."""

    reason: str


class PaymentProvider(Protocol):
    """Provider that moves the money of payments.

    It is called outside any transaction. The same call may be repeated at any time, even concurrently: it must have
    one effect and return the same result. Errors other than a refusal lead to another attempt.
    """

    async def charge(self, charge: Charge) -> UUID | Refusal:
        """Move the money. Return the id of the transfer that shows it in the ledger, or a refusal."""

    async def refund(self, charge: Charge) -> Refusal | None:
        """Refund the money that was moved. A refusal means that it is not possible now."""
