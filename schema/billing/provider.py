"""Who moves the money of payments: a provider. The built-in one is the ledger itself, another one is plugged in here.

What a provider has moved is shown by a transfer in the ledger, under the payment's id as its key.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Charge:
    """What a payment is to move. Its id is the key: under one key money moves once, and is given back once."""

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
    """No money moved, and for this ``reason``."""

    reason: str


class PaymentProvider(Protocol):
    """What is asked of whoever moves money.

    It is asked outside of any transaction, may be asked the same again at any time, also at the same time, and then
    does nothing twice and answers the same. Other errors than a refusal are for another try.
    """

    async def charge(self, charge: Charge) -> UUID | Refusal:
        """Move the money; returns the id of the transfer that shows it in the ledger."""

    async def refund(self, charge: Charge) -> Refusal | None:
        """Give the money back that was moved; a refusal means: not now."""
