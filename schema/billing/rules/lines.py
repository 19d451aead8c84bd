"""Rules for the lines of a draft. The order's total is their sum, under the order's lock."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select

from graphql_app.database.transaction import RuleResult, WriteTransaction
from graphql_app.errors import Invalid, NotFound, RuleError, ValueLimit, refuse
from graphql_app.sql.parameters import in_tenant
from schema.billing.models import Order, OrderLine, OrderStatus
from schema.errors import IllegalState, WrongCurrency
from schema.money import is_amount_of, is_kept, product

SUM_AND_LAST = select(func.sum(OrderLine.amount), func.max(OrderLine.position)).where(
    in_tenant(OrderLine), OrderLine.order_id == bindparam("order_id", type_=Uuid())
)


async def add_order_line(
    tx: WriteTransaction, *, order_id: UUID, description: str, quantity: Decimal, unit_price: Decimal
) -> OrderLine:
    """Add a line at the end of a draft.

    Raises NotFound, IllegalState if the order is no draft, and Refused for invalid numbers.
    """
    order = await tx.lock(Order, order_id, path="orderId")
    _require_draft(order, "orderId")
    refuse(_problems(order, quantity, unit_price))
    line = OrderLine(
        organization_id=tx.organization_id,
        order_id=order.id,
        position=await _last_position(tx, order) + 1,
        description=description,
        quantity=quantity,
        unit_price=unit_price,
        amount=product(quantity, unit_price),
    )
    return await _written(tx, order, line)


async def update_order_line(
    tx: WriteTransaction, *, id: UUID, expected_version: int | None = None, **changes: Any
) -> OrderLine:
    """Change the given fields of a line: ``description``, ``quantity``, ``unit_price``.

    Raises the errors of ``add_order_line``, and Conflict if the line is not at the expected version.
    """
    order, line = await _lock(tx, id, expected_version)
    for name, value in changes.items():
        setattr(line, name, value)
    refuse(_problems(order, line.quantity, line.unit_price))
    line.amount = product(line.quantity, line.unit_price)
    return await _written(tx, order, line)


async def remove_order_line(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> RuleResult:
    """Delete a line of a draft. Later lines move up. Return the line, with its ``order``.

    Raises the errors of ``update_order_line``, except those for invalid numbers.
    """
    order, line = await _lock(tx, id, expected_version)
    await tx.delete(line)
    for later in await lines_of(tx, order):
        if later.position > line.position:
            await tx.change(later, position=later.position - 1)
    await _add_up(tx, order)
    return RuleResult(line, {"order": order})


async def lines_of(tx: WriteTransaction, order: Order) -> list[OrderLine]:
    """Return all lines of an order, by their positions."""
    return sorted(await tx.find_where(OrderLine, order_id=order.id), key=lambda line: line.position)


async def _lock(tx: WriteTransaction, id: UUID, expected_version: int | None) -> tuple[Order, OrderLine]:
    """Return an order and its line, both locked: the order first, as in all changes to parts of an order."""
    seen = await tx.find(OrderLine, id)
    if seen is None:
        raise NotFound("There is no order line with this ID.", "id")
    order = await tx.lock(Order, seen.order_id)
    _require_draft(order, "id")
    return order, await tx.lock(OrderLine, id, expected_version)


def _require_draft(order: Order, path: str) -> None:
    if order.status is not OrderStatus.DRAFT:
        raise IllegalState(f"Only lines of a draft order can be changed. The order is {order.status}.", path)


def _problems(order: Order, quantity: Decimal, unit_price: Decimal) -> list[RuleError]:
    problems: list[RuleError] = []
    if quantity <= 0 or not is_kept(quantity):
        limit = ValueLimit(exclusive_minimum=0, multiple_of=Decimal("0.01"))
        problems.append(Invalid("Must be greater than 0, with up to two decimal places.", "quantity", limit=limit))
    if unit_price < 0 or not is_amount_of(unit_price, order.currency):
        problems.append(
            WrongCurrency(
                f"Must be an amount in {order.currency}, zero or more, and not finer than its smallest unit.",
                "unitPrice",
            )
        )
    return problems or _problem_of_product(order, product(quantity, unit_price))


def _problem_of_product(order: Order, amount: Decimal) -> list[RuleError]:
    if not is_kept(amount):
        return [Invalid("The total of the order is too large.", "unitPrice")]
    if not is_amount_of(amount, order.currency):
        return [
            WrongCurrency(
                f"The amount of the line, {amount}, is finer than the smallest unit of {order.currency}.", "quantity"
            )
        ]
    return []


async def _written(tx: WriteTransaction, order: Order, line: OrderLine) -> OrderLine:
    await tx.save(line)
    await _add_up(tx, order)
    return line


async def _add_up(tx: WriteTransaction, order: Order) -> None:
    ((total, _),) = await tx.fetch(SUM_AND_LAST, order_id=order.id)
    if not is_kept(total or Decimal(0)):
        raise Invalid("The total of the order is too large.", "unitPrice")
    order.total = total or Decimal(0)
    await tx.save(order)


async def _last_position(tx: WriteTransaction, order: Order) -> int:
    ((_, last),) = await tx.fetch(SUM_AND_LAST, order_id=order.id)
    return last or 0
