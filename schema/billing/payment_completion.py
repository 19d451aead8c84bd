"""Completion of payments: two transactions around the provider's call, which may be repeated by any process."""

from dataclasses import dataclass
from uuid import UUID

import structlog

from graphql_app.database.transaction import BackgroundTransactions
from schema.billing.models import PaymentStatus
from schema.billing.provider import PaymentProvider
from schema.billing.rules.payments import conclude, due, refunded

log = structlog.get_logger("workline.payments")


@dataclass(frozen=True, slots=True)
class Payments:
    """Completion of payments with one provider. No transaction is open during a call of the provider."""

    transactions: BackgroundTransactions
    provider: PaymentProvider

    async def finish(self, organization_id: UUID, id: UUID) -> PaymentStatus:
        """Resume a payment from its present status, and return its new status.

        It stays REFUNDING if the provider cannot give the money back yet. After any exception, the payment can be
        resumed.
        """
        status, charge = await self.transactions.run(organization_id, lambda tx: due(tx, id))
        if status is PaymentStatus.PENDING:
            outcome = await self.provider.charge(charge)
            status = await self.transactions.run(organization_id, lambda tx: conclude(tx, id, outcome))
        if status is PaymentStatus.REFUNDING:
            refusal = await self.provider.refund(charge)
            if refusal is not None:
                log.warning("refund deferred", payment=str(id), reason=refusal.reason)
                return status
            status = await self.transactions.run(organization_id, lambda tx: refunded(tx, id))
        return status
