"""Rules of draft orders and their lines, tested without GraphQL."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from schema.billing.models import Order, OrderLine, OrderStatus
from schema.billing.rules import add_order_line, create_order, remove_order_line, update_order_line
from schema.ledger.models import AccountKind
from schema.ledger.rules import close_account
from tests.support.audited_organization import Books

CUSTOMER = AccountKind.CUSTOMER
TIRE = {"description": "A tire", "quantity": Decimal(2), "unit_price": Decimal("12.34")}
LINES = "SELECT array_agg(description ORDER BY position) FROM order_lines WHERE order_id = $1"
POSITIONS = "SELECT array_agg(position ORDER BY position) FROM order_lines WHERE order_id = $1"
TOTAL = "SELECT total FROM orders WHERE id = $1"


async def draft(books: Books, currency: str = "EUR") -> UUID:
    """Return the id of a draft without lines."""
    order: Order = await books.do(create_order, customer_account_id=await books.account(CUSTOMER, currency))
    return order.id


async def add(books: Books, order: UUID, **given: Any) -> OrderLine:
    """Add a line to the order."""
    line: OrderLine = await books.do(add_order_line, order_id=order, **{**TIRE, **given})
    return line


async def test_a_draft_has_the_customer_s_currency_and_the_next_number(books: Books) -> None:
    customer = await books.account(CUSTOMER, "USD")
    first: Order = await books.do(create_order, customer_account_id=customer)
    second: Order = await books.do(create_order, customer_account_id=customer, note="Hurry")
    assert (first.status, first.currency, first.number) == (OrderStatus.DRAFT, "USD", 1)
    assert (second.number, second.note, second.created_by_id) == (2, "Hurry", books.viewer.user_id)


async def test_concurrent_drafts_have_distinct_numbers(books: Books) -> None:
    customer = await books.account(CUSTOMER)
    orders = await asyncio.gather(*(books.do(create_order, customer_account_id=customer) for _ in range(9)))
    assert sorted(order.number for order in orders) == list(range(1, 10))


async def test_only_open_accounts_of_customers_can_order(books: Books) -> None:
    own = await books.account()
    await books.do(close_account, id=own)
    assert await books.refused(create_order, customer_account_id=own) == [
        ("INVALID", ["customerAccountId"]),
        ("ILLEGAL_STATE", ["customerAccountId"]),
    ]
    assert await books.refused(create_order, customer_account_id=uuid4()) == [("NOT_FOUND", ["customerAccountId"])]


async def test_the_total_is_updated_with_the_lines(books: Books) -> None:
    order = await draft(books)
    line = await add(books, order)
    await add(books, order, description="Work", quantity=Decimal("0.25"), unit_price=Decimal("50.10"))
    assert await books.value(TOTAL, order) == Decimal("24.68") + Decimal("12.53"), "half a cent is rounded up"
    await books.do(update_order_line, id=line.id, quantity=Decimal(1))
    assert await books.value(TOTAL, order) == Decimal("12.34") + Decimal("12.53")
    await books.do(remove_order_line, id=line.id)
    assert await books.value(TOTAL, order) == Decimal("12.53")
    assert not await books.broken()


async def test_an_update_keeps_omitted_fields(books: Books) -> None:
    line = await add(books, await draft(books))
    changed: OrderLine = await books.do(update_order_line, id=line.id, expected_version=1, description="Two tires")
    assert (changed.description, changed.quantity, changed.unit_price) == ("Two tires", Decimal(2), Decimal("12.34"))


async def test_lines_after_a_removed_one_move_up(books: Books) -> None:
    order = await draft(books)
    lines = [await add(books, order, description=name) for name in ("a", "b", "c", "d")]
    await books.do(remove_order_line, id=lines[1].id)
    assert (await books.value(LINES, order), await books.value(POSITIONS, order)) == (["a", "c", "d"], [1, 2, 3])


async def test_concurrently_added_lines_have_distinct_positions(books: Books) -> None:
    order = await draft(books)
    await asyncio.gather(*(add(books, order) for _ in range(9)))
    assert await books.value(POSITIONS, order) == list(range(1, 10))
    assert await books.value(TOTAL, order) == 9 * Decimal("24.68")


@pytest.mark.parametrize(
    ("currency", "given", "refusals"),
    [
        (
            "EUR",
            {"quantity": Decimal(0), "unit_price": Decimal(-1)},
            [("INVALID", ["quantity"]), ("WRONG_CURRENCY", ["unitPrice"])],
        ),
        ("EUR", {"quantity": Decimal("0.001")}, [("INVALID", ["quantity"])]),
        ("EUR", {"quantity": Decimal("1e10"), "unit_price": Decimal("1e10")}, [("INVALID", ["unitPrice"])]),
        ("JPY", {"unit_price": Decimal("0.5")}, [("WRONG_CURRENCY", ["unitPrice"])]),
        ("JPY", {"quantity": Decimal("0.5"), "unit_price": Decimal(3)}, [("WRONG_CURRENCY", ["quantity"])]),
    ],
)
async def test_invalid_line_values_are_refused(
    books: Books, currency: str, given: dict[str, Decimal], refusals: list[tuple[str, list[str]]]
) -> None:
    order = await draft(books, currency)
    assert await books.refused(add_order_line, order_id=order, **{**TIRE, **given}) == refusals
    line = await add(books, order, unit_price=Decimal(1))
    assert await books.refused(update_order_line, id=line.id, **{**TIRE, **given}) == refusals


async def test_a_total_above_the_maximum_is_refused(books: Books) -> None:
    order, most = await draft(books), {"quantity": Decimal(1), "unit_price": Decimal("9999999999999999.99")}
    await add(books, order, **most)
    assert await books.refused(add_order_line, order_id=order, **{**TIRE, **most}) == [("INVALID", ["unitPrice"])]


async def test_lines_of_a_placed_order_are_immutable(books: Books) -> None:
    order = await books.order(await books.account(CUSTOMER))
    line = await books.value("SELECT id FROM order_lines WHERE order_id = $1", order.id)
    assert await books.refused(add_order_line, order_id=order.id, **TIRE) == [("ILLEGAL_STATE", ["orderId"])]
    assert await books.refused(update_order_line, id=line, quantity=Decimal(3)) == [("ILLEGAL_STATE", ["id"])]
    assert await books.refused(remove_order_line, id=line) == [("ILLEGAL_STATE", ["id"])]


async def test_unknown_ids_are_not_found(books: Books) -> None:
    assert await books.refused(add_order_line, order_id=uuid4(), **TIRE) == [("NOT_FOUND", ["orderId"])]
    assert await books.refused(update_order_line, id=uuid4()) == [("NOT_FOUND", ["id"])]
    assert await books.refused(remove_order_line, id=uuid4()) == [("NOT_FOUND", ["id"])]


async def test_a_line_of_another_version_is_a_conflict(books: Books) -> None:
    line = await add(books, await draft(books))
    await books.do(update_order_line, id=line.id, expected_version=1, description="Another")
    conflict = [("CONFLICT", ["expectedVersion"])]
    assert await books.refused(update_order_line, id=line.id, expected_version=1, description="Mine") == conflict
    assert await books.refused(remove_order_line, id=line.id, expected_version=1) == conflict
