"""Rules of orders and their tasks, tested without GraphQL: placing, cancelling and fulfilling."""

import asyncio
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from schema.billing.models import Order, OrderStatus
from schema.billing.rules import add_order_line, begin_payment, create_order
from schema.errors import IllegalState
from schema.ledger.models import AccountKind
from schema.work.rules.orders import cancel_order, fulfil_order, place_order
from tests.support.audited_organization import Books

TASKS = "SELECT array_agg((title, description, status) ORDER BY id) FROM tasks WHERE order_id = $1"
DONE = "UPDATE tasks SET status = 'DONE', completed_at = now() WHERE order_id = $1 RETURNING 1"
CANCELLED = "UPDATE tasks SET status = 'CANCELLED' WHERE order_id = $1 RETURNING 1"


async def paid(books: Books) -> UUID:
    """Return the id of a paid order of one task."""
    order = await books.order(await books.account(AccountKind.CUSTOMER, holds=10))
    payment = await books.do(begin_payment, order_id=order.id, payee_account_id=await books.account())
    await books.payments.finish(books.organization, payment.id)
    return order.id


async def test_each_line_becomes_a_task(books: Books) -> None:
    order: Order = await books.do(create_order, customer_account_id=await books.account(AccountKind.CUSTOMER))
    for quantity, text in ((Decimal(1), "Mend a tire"), (Decimal("2.50"), "Work"), (Decimal(10), "x" * 300)):
        line = {"description": text, "quantity": quantity, "unit_price": Decimal(3)}
        await books.do(add_order_line, order_id=order.id, **line)
    placed: Order = await books.do(place_order, id=order.id)
    assert placed.placed_at is not None
    assert [tuple(task) for task in await books.value(TASKS, order.id)] == [
        ("Mend a tire", "Mend a tire", "OPEN"),
        ("Work", "2.5 x Work", "OPEN"),
        ("x" * 200, "10 x " + "x" * 300, "OPEN"),
    ]


async def test_only_a_draft_with_a_positive_total_can_be_placed_once(books: Books) -> None:
    customer = await books.account(AccountKind.CUSTOMER)
    empty = await books.do(create_order, customer_account_id=customer)
    free = await books.order(customer, 0, placed=False)
    placed = await books.order(customer)
    for order in (empty, free, placed):
        assert await books.refused(place_order, id=order.id) == [("ILLEGAL_STATE", ["id"])]
    assert len(await books.value(TASKS, placed.id)) == 1


async def test_an_order_placed_concurrently_is_placed_once(books: Books) -> None:
    order = await books.order(await books.account(AccountKind.CUSTOMER), placed=False)
    outcomes = await asyncio.gather(*(books.do(place_order, id=order.id) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(outcome, Order) for outcome in outcomes) == 1
    assert len(await books.value(TASKS, order.id)) == 1


async def test_an_order_is_cancelled_with_its_unfinished_tasks(books: Books) -> None:
    order = await books.order(await books.account(AccountKind.CUSTOMER))
    cancelled: Order = await books.do(cancel_order, id=order.id)
    assert cancelled.cancelled_at is not None
    assert [task[2] for task in await books.value(TASKS, order.id)] == ["CANCELLED"]
    assert await books.refused(cancel_order, id=order.id) == [("ILLEGAL_STATE", ["id"])]


async def test_finished_tasks_of_a_cancelled_order_stay_unchanged(books: Books) -> None:
    order = await books.order(await books.account(AccountKind.CUSTOMER))
    await books.value(DONE, order.id)
    await books.do(cancel_order, id=order.id)
    assert [task[2] for task in await books.value(TASKS, order.id)] == ["DONE"]


async def test_a_draft_can_be_cancelled(books: Books) -> None:
    order = await books.order(await books.account(AccountKind.CUSTOMER), placed=False)
    assert (await books.do(cancel_order, id=order.id)).status is OrderStatus.CANCELLED


async def test_an_order_can_be_fulfilled_when_it_is_paid_and_all_its_tasks_are_done(books: Books) -> None:
    order = await paid(books)
    with pytest.raises(IllegalState, match=r"^The order has unfinished tasks: [^,]+\.$"):
        await books.do(fulfil_order, id=order)
    await books.value(DONE, order)
    fulfilled: Order = await books.do(fulfil_order, id=order)
    assert (fulfilled.status, fulfilled.fulfilled_at is not None) == (OrderStatus.FULFILLED, True)
    for rule in (fulfil_order, cancel_order, place_order):
        assert await books.refused(rule, id=order) == [("ILLEGAL_STATE", ["id"])]


async def test_cancelled_tasks_do_not_prevent_fulfilment(books: Books) -> None:
    order = await paid(books)
    await books.value(CANCELLED, order)
    assert (await books.do(fulfil_order, id=order)).status is OrderStatus.FULFILLED


async def test_an_unpaid_order_cannot_be_fulfilled(books: Books) -> None:
    order = await books.order(await books.account(AccountKind.CUSTOMER))
    await books.value(DONE, order.id)
    assert await books.refused(fulfil_order, id=order.id) == [("ILLEGAL_STATE", ["id"])]


async def test_an_order_of_another_version_is_a_conflict(books: Books) -> None:
    order = await books.order(await books.account(AccountKind.CUSTOMER), placed=False)
    for rule in (place_order, cancel_order, fulfil_order):
        assert await books.refused(rule, id=order.id, expected_version=1) == [("CONFLICT", ["expectedVersion"])]
        assert await books.refused(rule, id=uuid4()) == [("NOT_FOUND", ["id"])]
        assert await books.seen_by("MEMBER").refused(rule, id=order.id) == [("NOT_FOUND", ["id"])]
