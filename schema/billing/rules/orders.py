"""Rules of orders, from a draft to an end. The order's tasks belong to the folder ``work``."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Invalid, NotFound, RuleError, refuse
from graphql_app.sql.parameters import in_tenant
from schema.billing.models import Order, OrderStatus, Payment, PaymentStatus
from schema.errors import IllegalState
from schema.ledger.models import Account, AccountKind

HIGHEST_NUMBER = select(func.max(Order.number)).where(in_tenant(Order))
CANCELLABLE = (OrderStatus.DRAFT, OrderStatus.PLACED, OrderStatus.PAID)


async def create_order(tx: WriteTransaction, *, customer_account_id: UUID, note: str | None = None) -> Order:
    """Create a draft without lines, in the currency of the customer's account.

    Raises NotFound for an unknown account, and Refused with the problems of the account.
    """
    account = await tx.find(Account, customer_account_id)
    if account is None:
        raise NotFound("There is no account with this ID.", "customerAccountId")
    refuse(_problems(account))
    number = await _next_number(tx)
    return await tx.save(
        Order(
            organization_id=tx.organization_id,
            customer_account_id=account.id,
            created_by_id=tx.viewer.user_id,
            number=number,
            currency=account.currency,
            note=note,
        )
    )


def _problems(account: Account) -> list[RuleError]:
    problems: list[RuleError] = []
    if account.kind is not AccountKind.CUSTOMER:
        problems.append(Invalid("Must be an account of kind CUSTOMER.", "customerAccountId"))
    if account.closed_at is not None:
        problems.append(IllegalState("Account is closed.", "customerAccountId"))
    return problems


async def _next_number(tx: WriteTransaction) -> int:
    """Return the number after the highest one. The lock on the organization's row serializes callers."""
    await tx.lock_organization()
    ((highest,),) = await tx.fetch(HIGHEST_NUMBER)
    return (highest or 0) + 1


async def place(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Order:
    """Place a draft: its lines and its total can no longer change.

    Raises NotFound, Conflict if it is not at the expected version, and IllegalState if it is no
    draft or there is nothing to pay.
    """
    order = await tx.lock(Order, id, expected_version)
    _require(order, "Only a draft order can be placed", OrderStatus.DRAFT)
    if order.total <= 0:
        raise IllegalState("The total of the order is zero. Add lines with a price first.", "id")
    return await tx.change(order, status=OrderStatus.PLACED, placed_at=datetime.now(UTC))


async def cancel(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Order:
    """Cancel an order, unless it was fulfilled. A settled payment for it becomes due for a refund.

    Pending payments are not changed: their completion finds the order cancelled. Raises NotFound,
    Conflict if it is not at the expected version, and IllegalState.
    """
    order = await tx.lock(Order, id, expected_version)
    _require(order, "A fulfilled or cancelled order cannot be cancelled", *CANCELLABLE)
    if order.status is OrderStatus.PAID:
        await _give_back(tx, order)
    return await tx.change(order, status=OrderStatus.CANCELLED, cancelled_at=datetime.now(UTC))


async def _give_back(tx: WriteTransaction, order: Order) -> None:
    (payment,) = await tx.find_where(Payment, locked=True, order_id=order.id, status=PaymentStatus.SETTLED)
    await tx.change(payment, status=PaymentStatus.REFUNDING, completed_at=None)


async def fulfil(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None) -> Order:
    """Mark a paid order as fulfilled. The caller has verified that all of it is done.

    Raises NotFound, Conflict if it is not at the expected version, and IllegalState.
    """
    order = await tx.lock(Order, id, expected_version)
    _require(order, "Only a paid order can be fulfilled", OrderStatus.PAID)
    return await tx.change(order, status=OrderStatus.FULFILLED, fulfilled_at=datetime.now(UTC))


def _require(order: Order, rule: str, *states: OrderStatus) -> None:
    if order.status not in states:
        raise IllegalState(f"{rule}. The order is {order.status}.", "id")
