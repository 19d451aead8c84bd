"""Sweeper: finishes pending payments and refunds of every organization."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from schema.billing.models import PaymentStatus
from schema.billing.payment_sweeper import Swept, find_unfinished, sweep
from schema.billing.provider import Charge, PaymentProvider, Refusal
from schema.billing.rules import begin_payment
from schema.ledger.models import AccountKind
from schema.work.rules.orders import cancel_order
from tests.support.audited_organization import Books, books_in
from tests.support.databases import TestDatabase

STATUS = "SELECT status FROM payments WHERE id = $1"
NOW = timedelta(0)


async def begin(books: Books, holds: int = 10) -> tuple[UUID, UUID]:
    """Begin a payment and return the ids of its order and of itself."""
    order = await books.order(await books.account(AccountKind.CUSTOMER, holds=holds))
    payment = await books.do(begin_payment, order_id=order.id, payee_account_id=await books.account())
    return order.id, payment.id


@pytest.fixture
async def two_shops(database: TestDatabase) -> AsyncIterator[tuple[Books, Books]]:
    """Provide the books of two organizations, in a database that has no others."""
    async with books_in(database) as one, books_in(database) as other:
        yield one, other


async def test_pending_payments_of_all_organizations_are_finished(two_shops: tuple[Books, Books]) -> None:
    one, other = two_shops
    settled, failed, refunded = (await begin(one))[1], (await begin(other, holds=3))[1], await begin(other)
    await other.do(cancel_order, id=refunded[0])
    assert await sweep(one.payments, NOW) == Swept(found=3, finished=3)
    assert await one.value(STATUS, settled) == PaymentStatus.SETTLED
    assert await other.value(STATUS, failed) == PaymentStatus.FAILED
    assert await other.value(STATUS, refunded[1]) == PaymentStatus.REFUNDED
    assert await sweep(one.payments, NOW) == Swept()
    assert not await one.broken()
    assert not await other.broken()


async def test_a_refund_that_cannot_be_made_yet_is_retried(two_shops: tuple[Books, Books]) -> None:
    books, _ = two_shops
    order, payment = await begin(books)
    await books.payments.finish(books.organization, payment)
    payee = await books.value("SELECT payee_account_id FROM payments WHERE id = $1", payment)
    other_account = await books.account()
    await books.transfer(payee, other_account, 10)
    await books.do(cancel_order, id=order)
    for _ in range(2):
        assert await sweep(books.payments, NOW) == Swept(found=1, finished=0)
    await books.transfer(other_account, payee, 10)
    assert await sweep(books.payments, NOW) == Swept(found=1, finished=1)


@dataclass(frozen=True)
class Broken:
    """Provider that cannot be reached for one organization."""

    provider: PaymentProvider
    organization: UUID

    async def charge(self, charge: Charge) -> UUID | Refusal:
        if charge.organization_id == self.organization:
            raise ConnectionError
        return await self.provider.charge(charge)

    async def refund(self, charge: Charge) -> Refusal | None:
        return await self.provider.refund(charge)


async def test_a_payment_that_fails_does_not_stop_the_sweep(two_shops: tuple[Books, Books]) -> None:
    books, other = two_shops
    (_, waiting), (_, payment) = await begin(books), await begin(other)
    payments = replace(books.payments, provider=Broken(books.payments.provider, books.organization))
    with capture_logs() as logs:
        assert await sweep(payments, NOW) == Swept(found=2, finished=1)
    assert [(line["log_level"], line["payment"]) for line in logs] == [("error", str(waiting))]
    assert await books.value(STATUS, waiting) == PaymentStatus.PENDING
    assert await other.value(STATUS, payment) == PaymentStatus.SETTLED


async def test_a_recent_payment_is_not_swept(two_shops: tuple[Books, Books]) -> None:
    books, _ = two_shops
    await begin(books)
    assert await sweep(books.payments, timedelta(seconds=60)) == Swept()


async def test_the_sweeper_reads_only_ids(two_shops: tuple[Books, Books]) -> None:
    one, other = two_shops
    begun = [(one.organization, (await begin(one))[1]), (other.organization, (await begin(other))[1])]
    assert await find_unfinished(one.payments, datetime.now(UTC)) == begun
