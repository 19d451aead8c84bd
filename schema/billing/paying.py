"""What goes on after the transaction of a mutation was committed: the provider is asked, outside of any transaction.

When the provider or the database cannot be reached, the mutation has happened all the same: the payment shows how far
it came, and a call with the same key, or the sweeper, goes on with it.
"""

from uuid import UUID

import structlog

from graphql_app.database.failures import is_unavailable
from graphql_app.errors import Invalid
from graphql_app.mutations.deeds import Run
from schema.billing.finishing import Payments
from schema.billing.models import PaymentStatus
from schema.billing.rules.payments import failure_of, refund_due

log = structlog.get_logger("workline.payments")


class PaymentFailed(Invalid):
    """No money moved. The payment that says so stands beside it."""

    code = "PAYMENT_FAILED"


async def finish(run: Run, payment_id: UUID) -> None:
    """Go on with a payment that has begun. Raises PaymentFailed when it failed, now or when it was finished before."""
    if await _gone_on(run, payment_id) is PaymentStatus.FAILED:
        raise PaymentFailed(await run(lambda db: failure_of(db, payment_id)))


async def refund(run: Run, order_id: UUID) -> None:
    """Give back what was paid for an order that was cancelled."""
    payments: Payments = run.services.domain.payments
    mine = run.viewer.organization_id
    due = await payments.transactions.run(mine, lambda db: refund_due(db, order_id))
    if due is not None:
        await _gone_on(run, due)


async def _gone_on(run: Run, payment_id: UUID) -> PaymentStatus | None:
    """How the payment stands now; None when that cannot be told."""
    try:
        payments: Payments = run.services.domain.payments
        return await payments.finish(run.viewer.organization_id, payment_id)
    except Exception as error:
        if not is_unavailable(error):
            raise
        log.warning("a payment was left unfinished", payment=str(payment_id), error=repr(error))
        return None
