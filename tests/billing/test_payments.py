"""Payments of orders: two transactions around the call of the provider, and concurrent changes between them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from schema.billing.models import Payment, PaymentStatus
from schema.billing.payment_completion import Payments
from schema.billing.provider import Charge, PaymentProvider, Refusal
from schema.billing.rules import begin_payment
from schema.billing.rules.payments import due
from schema.ledger.models import AccountKind
from schema.ledger.rules import close_account, reverse_transfer
from schema.work.rules.orders import cancel_order
from tests.support.audited_organization import Books

CUSTOMER = AccountKind.CUSTOMER
STATUS = "SELECT status FROM payments WHERE id = $1"
ORDER_STATUS = "SELECT status FROM orders WHERE id = $1"
PENDING, SETTLED, REFUNDED, FAILED, REFUNDING = PaymentStatus


@dataclass(frozen=True)
class Shop:
    """Placed order of ten euros, its customer and its payee."""

    books: Books
    customer: UUID
    payee: UUID
    order: UUID

    async def begin(self) -> UUID:
        """Begin a payment and return its id."""
        payment: Payment = await self.books.do(begin_payment, order_id=self.order, payee_account_id=self.payee)
        return payment.id

    async def finish(self, payment: UUID, payments: Payments | None = None) -> PaymentStatus:
        """Finish a payment and return its status."""
        return await (payments or self.books.payments).finish(self.books.organization, payment)

    async def holds(self, customer: int, payee: int) -> bool:
        """Return True if the accounts hold these amounts. Asserts that the books balance."""
        assert not await self.books.broken()
        return await self.books.balances(self.customer, self.payee) == [customer, payee]


@pytest.fixture
async def shop(books: Books) -> Shop:
    """Provide an order of a customer with 25 euros."""
    customer, payee = await books.account(CUSTOMER, holds=25), await books.account()
    return Shop(books, customer, payee, (await books.order(customer)).id)


@dataclass(frozen=True)
class HookedProvider:
    """Provider with hooks before and after each charge, and after each refund."""

    provider: PaymentProvider
    before: Callable[[], Awaitable[Any]] | None = None
    after: Callable[[], Awaitable[Any]] | None = None
    after_refund: Callable[[], Awaitable[Any]] | None = None

    async def charge(self, charge: Charge) -> UUID | Refusal:
        if self.before:
            await self.before()
        outcome = await self.provider.charge(charge)
        if self.after:
            await self.after()
        return outcome

    async def refund(self, charge: Charge) -> Refusal | None:
        outcome = await self.provider.refund(charge)
        if self.after_refund:
            await self.after_refund()
        return outcome


def around(shop: Shop, **hooks: Callable[[], Awaitable[Any]]) -> Payments:
    """Return payments whose provider runs hooks."""
    payments = shop.books.payments
    return replace(payments, provider=HookedProvider(payments.provider, **hooks))


class Crash(Exception):
    """Simulated end of the process."""


async def crash() -> None:
    raise Crash


async def test_a_payment_moves_the_money_once_and_pays_the_order(shop: Shop) -> None:
    payment = await shop.begin()
    assert await shop.books.value(STATUS, payment) == PENDING
    assert await shop.holds(25, 0)
    for _ in range(3):
        assert await shop.finish(payment) is SETTLED
    assert await shop.holds(15, 10)
    assert await shop.books.value(ORDER_STATUS, shop.order) == "PAID"
    transfer = await shop.books.value("SELECT transfer_id FROM payments WHERE id = $1", payment)
    assert await shop.books.value("SELECT key FROM transfers WHERE id = $1", transfer) == payment
    assert await shop.books.value("SELECT memo FROM transfers WHERE id = $1", transfer) == "Order 1"


async def test_a_payment_without_sufficient_funds_fails_and_can_be_repeated(books: Books) -> None:
    customer, payee = await books.account(CUSTOMER, holds=9), await books.account()
    shop = Shop(books, customer, payee, (await books.order(customer)).id)
    first = await shop.begin()
    assert await shop.finish(first) is FAILED
    failure = await books.value("SELECT failure FROM payments WHERE id = $1", first)
    assert failure == "The balance of the account is too low."
    assert await books.value(ORDER_STATUS, shop.order) == "PLACED"
    await books.transfer(await books.account(holds=1), customer, 1)
    assert await shop.finish(first) is FAILED, "a finished payment keeps its status"
    assert await shop.finish(await shop.begin()) is SETTLED
    assert await shop.holds(0, 10)


async def test_a_payment_of_an_order_cancelled_before_the_charge_is_refunded(shop: Shop) -> None:
    payment = await shop.begin()
    await shop.books.do(cancel_order, id=shop.order)
    assert await shop.finish(payment) is REFUNDED
    assert await shop.holds(25, 0)
    assert await shop.books.value(ORDER_STATUS, shop.order) == "CANCELLED"


async def test_a_payment_of_an_order_cancelled_during_the_charge_is_refunded(shop: Shop) -> None:
    payments = around(shop, after=lambda: shop.books.do(cancel_order, id=shop.order))
    assert await shop.finish(await shop.begin(), payments) is REFUNDED
    assert await shop.holds(25, 0)


async def test_a_payment_of_an_order_paid_in_the_meantime_is_refunded(shop: Shop) -> None:
    first, second = await shop.begin(), await shop.begin()
    payments = around(shop, after=lambda: shop.finish(second))
    assert await shop.finish(first, payments) is REFUNDED
    assert await shop.books.value(STATUS, second) == SETTLED
    assert await shop.holds(15, 10)


async def test_one_of_many_concurrent_payments_settles(shop: Shop) -> None:
    payments = [await shop.begin() for _ in range(2)]
    statuses = await asyncio.gather(*(shop.finish(payment) for payment in payments * 4))
    assert set(statuses) == {SETTLED, REFUNDED}
    assert await shop.holds(15, 10)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_payment_can_be_finished_after_a_crash(shop: Shop, when: str) -> None:
    payment = await shop.begin()
    with pytest.raises(Crash):
        await shop.finish(payment, around(shop, **{when: crash}))
    assert await shop.books.value(STATUS, payment) == PENDING
    assert await shop.finish(payment) is SETTLED
    assert await shop.holds(15, 10)


async def test_a_refund_that_crashes_half_way_is_made_once(shop: Shop) -> None:
    payment = await shop.begin()
    await shop.finish(payment)
    await shop.books.do(cancel_order, id=shop.order)
    with pytest.raises(Crash):
        await shop.finish(payment, around(shop, after_refund=crash))
    assert await shop.books.value(STATUS, payment) == REFUNDING
    assert await shop.holds(25, 0)
    assert await shop.finish(payment) is REFUNDED
    assert await shop.holds(25, 0)


async def test_a_payment_finished_concurrently_settles_once(shop: Shop) -> None:
    payment = await shop.begin()
    for when in ("before", "after"):
        payments = around(shop, **{when: lambda: shop.finish(payment)})
        assert await shop.finish(payment, payments) is SETTLED
    assert await shop.holds(15, 10)


async def test_a_refusal_counts_only_if_no_money_moved(books: Books) -> None:
    """Two attempts: the first finds too little, money arrives, and the second charges before the first is recorded."""
    customer, payee = await books.account(CUSTOMER, holds=9), await books.account()
    shop = Shop(books, customer, payee, (await books.order(customer)).id)
    payment, provider = await shop.begin(), books.payments.provider

    async def charge_successfully() -> None:
        await books.transfer(await books.account(holds=1), customer, 1)
        _, charge = await books.do(due, id=payment)
        assert isinstance(await provider.charge(charge), UUID)

    assert await shop.finish(payment, around(shop, after=charge_successfully)) is SETTLED
    assert await shop.holds(0, 10)


async def test_no_money_moves_for_a_failed_payment(books: Books) -> None:
    """Two attempts: the failure of the second is recorded, money arrives, then the first charges."""
    customer, payee = await books.account(CUSTOMER, holds=9), await books.account()
    shop = Shop(books, customer, payee, (await books.order(customer)).id)
    payment = await shop.begin()

    async def fail_and_add_money() -> None:
        assert await shop.finish(payment) is FAILED
        await books.transfer(await books.account(holds=1), customer, 1)

    assert await shop.finish(payment, around(shop, before=fail_and_add_money)) is FAILED
    assert await shop.holds(10, 0)


async def test_a_paid_order_that_is_cancelled_is_refunded(shop: Shop) -> None:
    payment = await shop.begin()
    await shop.finish(payment)
    await shop.books.do(cancel_order, id=shop.order)
    assert await shop.books.value(STATUS, payment) == REFUNDING
    assert await shop.finish(payment) is REFUNDED
    assert await shop.holds(25, 0)


async def test_a_refund_waits_for_sufficient_funds(shop: Shop) -> None:
    payment, other_account = await shop.begin(), await shop.books.account()
    await shop.finish(payment)
    await shop.books.transfer(shop.payee, other_account, 1)
    await shop.books.do(cancel_order, id=shop.order)
    assert await shop.finish(payment) is REFUNDING
    await shop.books.transfer(other_account, shop.payee, 1)
    assert await shop.finish(payment) is REFUNDED
    assert await shop.holds(25, 0)


async def test_a_refund_reopens_a_closed_account(books: Books) -> None:
    customer, payee = await books.account(CUSTOMER, holds=10), await books.account()
    shop = Shop(books, customer, payee, (await books.order(customer)).id)
    payment = await shop.begin()
    await shop.finish(payment)
    await books.do(close_account, id=customer)
    await books.do(cancel_order, id=shop.order)
    assert await shop.finish(payment) is REFUNDED
    assert await shop.holds(10, 0)
    assert await books.value("SELECT closed_at FROM accounts WHERE id = $1", customer) is None


async def test_the_transfer_of_a_payment_cannot_be_reversed(shop: Shop) -> None:
    payment = await shop.begin()
    await shop.finish(payment)
    transfer = await shop.books.value("SELECT transfer_id FROM payments WHERE id = $1", payment)
    assert await shop.books.refused(reverse_transfer, id=transfer) == [("ILLEGAL_STATE", ["id"])]


async def test_only_placed_orders_can_be_paid(shop: Shop) -> None:
    draft = await shop.books.order(shop.customer, placed=False)
    given = {"order_id": draft.id, "payee_account_id": shop.payee}
    assert await shop.books.refused(begin_payment, **given) == [("ILLEGAL_STATE", ["orderId"])]
    await shop.finish(await shop.begin())
    assert await shop.books.refused(begin_payment, **{**given, "order_id": shop.order}) == [
        ("ILLEGAL_STATE", ["orderId"])
    ]


async def test_an_order_of_another_version_is_a_conflict(shop: Shop) -> None:
    given = {"order_id": shop.order, "payee_account_id": shop.payee, "expected_version": 1}
    assert await shop.books.refused(begin_payment, **given) == [("CONFLICT", ["expectedVersion"])]


async def test_invalid_payees_and_unknown_orders_are_refused(shop: Shop) -> None:
    books = shop.books
    foreign = await books.account(CUSTOMER, "USD")
    await books.do(close_account, id=foreign)
    refused = await books.refused(begin_payment, order_id=shop.order, payee_account_id=foreign)
    assert refused == [(code, ["payeeAccountId"]) for code in ("INVALID", "WRONG_CURRENCY", "ILLEGAL_STATE")]
    refused = await books.refused(begin_payment, order_id=shop.order, payee_account_id=uuid4())
    assert refused == [("NOT_FOUND", ["payeeAccountId"])]
    refused = await books.refused(begin_payment, order_id=uuid4(), payee_account_id=shop.payee)
    assert refused == [("NOT_FOUND", ["orderId"])]
