"""Bringing payments to their end: two transactions around what the provider does, whoever begins and however often."""

from dataclasses import dataclass
from uuid import UUID

import structlog

from graphql_app.database.unattended import Transactions
from schema.billing.models import PaymentStatus
from schema.billing.provider import PaymentProvider
from schema.billing.rules.payments import conclude, due, refunded

log = structlog.get_logger("workline.payments")


@dataclass(frozen=True, slots=True)
class Payments:
    """Finishes payments with one provider. No transaction is open while the provider is asked."""

    transactions: Transactions
    provider: PaymentProvider

    async def finish(self, organization_id: UUID, id: UUID) -> PaymentStatus:
        """Go on with a payment from where it stands, and return how it stands now.

        It stays REFUNDING when the provider cannot give the money back yet. Whatever is raised on the way leaves it as
        somebody else can go on with it.
        """
        status, charge = await self.transactions.run(organization_id, lambda db: due(db, id))
        if status is PaymentStatus.PENDING:
            outcome = await self.provider.charge(charge)
            status = await self.transactions.run(organization_id, lambda db: conclude(db, id, outcome))
        if status is PaymentStatus.REFUNDING:
            refusal = await self.provider.refund(charge)
            if refusal is not None:
                log.warning("a refund has to wait", payment=str(id), reason=refusal.reason)
                return status
            status = await self.transactions.run(organization_id, lambda db: refunded(db, id))
        return status
