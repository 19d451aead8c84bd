"""Sweeper, which completes payments left unfinished by a crash or by a refund that had to wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.database.session import OperationSession
from schema.billing.models import PaymentStatus
from schema.billing.payment_completion import Payments

log = structlog.get_logger("workline.payments")

FIND = text("SELECT organization_id, payment_id FROM find_unfinished_payments(:before, :most)")
MOST = 1_000
"""Most payments of one sweep."""
UNFINISHED = (PaymentStatus.PENDING, PaymentStatus.REFUNDING)


@dataclass(slots=True)
class Swept:
    """Number of unfinished payments that were found, and of those that were completed."""

    found: int = 0
    finished: int = 0


async def sweep(payments: Payments, age: timedelta) -> Swept:
    """Resume every payment of any organization that has not changed for ``age``."""
    swept = Swept()
    for organization_id, id in await find_unfinished(payments, datetime.now(UTC) - age):
        swept.found += 1
        try:
            status = await payments.finish(organization_id, id)
        except Exception:
            # continue with the next payment; a later sweep finds this one again
            log.exception("a payment could not be finished", payment=str(id))
        else:
            swept.finished += status not in UNFINISHED
    return swept


async def find_unfinished(payments: Payments, before: datetime) -> Sequence[tuple[UUID, UUID]]:
    """Return the organizations and ids of unfinished payments whose last change was before this moment."""

    async def work(session: AsyncSession) -> Sequence[tuple[UUID, UUID]]:
        rows = await session.execute(FIND, {"before": before, "most": MOST})
        return [(row.organization_id, row.payment_id) for row in rows]

    session = OperationSession(payments.transactions.connections, None)
    try:
        return await session.read(work)
    finally:
        await session.close()
