"""Continuation of payment mutations after COMMIT: calls of the provider, outside any transaction.

If the provider or the database cannot be reached, the mutation stays committed: the payment shows its progress, and a
call with the same key, or the sweeper, resumes it.
"""

from uuid import UUID

import structlog

from graphql_app.database.errors import is_unavailable
from graphql_app.errors import Invalid
from graphql_app.mutations.calls import ContinuationContext
from schema.billing.models import PaymentStatus
from schema.billing.payment_completion import Payments
from schema.billing.rules.payments import failure_of, refund_due

log = structlog.get_logger("workline.payments")


class PaymentFailed(Invalid):
    """Payment without movement of money. The failed payment is part of the payload."""

    code = "PAYMENT_FAILED"


async def finish(run: ContinuationContext, payment_id: UUID) -> None:
    """Complete a payment that has begun. Raises PaymentFailed if it failed, now or at an earlier completion."""
    if await _gone_on(run, payment_id) is PaymentStatus.FAILED:
        raise PaymentFailed(await run(lambda tx: failure_of(tx, payment_id)))


async def refund(run: ContinuationContext, order_id: UUID) -> None:
    """Refund the payment for an order that was cancelled."""
    payments: Payments = run.services.domain.payments
    mine = run.viewer.organization_id
    due = await payments.transactions.run(mine, lambda tx: refund_due(tx, order_id))
    if due is not None:
        await _gone_on(run, due)


async def _gone_on(run: ContinuationContext, payment_id: UUID) -> PaymentStatus | None:
    """Return the payment's present status, or None if it is unknown."""
    try:
        payments: Payments = run.services.domain.payments
        return await payments.finish(run.viewer.organization_id, payment_id)
    except Exception as error:
        if not is_unavailable(error):
            raise
        log.warning("a payment was left unfinished", payment=str(payment_id), error=repr(error))
        return None
