"""Rules of payments, one transaction each: begin, conclude with the provider's outcome, record a refund.

Between these transactions the provider moves money. The status of a payment determines the next step, so any process
can complete an unfinished one. Two concurrent processes reach one outcome, because each holds the locks of the order
and of the payment while it reads and writes.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Invalid, NotFound, RuleError, refuse
from schema.billing.models import Order, OrderStatus, Payment, PaymentStatus
from schema.billing.provider import Charge, Refusal
from schema.errors import IllegalState, WrongCurrency
from schema.ledger.models import Account, AccountKind
from schema.ledger.rules.transfers import transfer_by_key


async def begin_payment(
    tx: WriteTransaction, *, order_id: UUID, payee_account_id: UUID, expected_version: int | None = None
) -> Payment:
    """Begin a payment of the whole order into one of the organization's own accounts.

    Raises NotFound, Conflict if the order is not at the expected version, and Refused if the order
    is not placed or the account cannot receive the payment.
    """
    order = await tx.lock(Order, order_id, expected_version, path="orderId")
    payee = await tx.find(Account, payee_account_id)
    if payee is None:
        raise NotFound("There is no account with this ID.", "payeeAccountId")
    refuse(_problems(order, payee))
    return await tx.save(
        Payment(
            organization_id=tx.organization_id,
            order_id=order.id,
            payee_account_id=payee.id,
            created_by_id=tx.viewer.user_id,
            amount=order.total,
            currency=order.currency,
        )
    )


def _problems(order: Order, payee: Account) -> list[RuleError]:
    problems: list[RuleError] = []
    if order.status is not OrderStatus.PLACED:
        said = f"Only a placed order can be paid. The order is {order.status}."
        problems.append(IllegalState(said, "orderId"))
    if payee.kind is not AccountKind.OWN:
        problems.append(Invalid("Must be an account of kind OWN.", "payeeAccountId"))
    if payee.currency != order.currency:
        problems.append(
            WrongCurrency(f"Must be an account in {order.currency}, the currency of the order.", "payeeAccountId")
        )
    if payee.closed_at is not None:
        problems.append(IllegalState("Account is closed.", "payeeAccountId"))
    return problems


async def due(tx: WriteTransaction, id: UUID) -> tuple[PaymentStatus, Charge]:
    """Return the payment's status, and the charge for the provider. Takes no lock."""
    payment = await tx.find(Payment, id)
    order = None if payment is None else await tx.find(Order, payment.order_id)
    if payment is None or order is None:
        raise NotFound("There is no payment with this ID.", "id")
    charge = Charge(
        organization_id=tx.organization_id,
        payment_id=payment.id,
        from_account_id=order.customer_account_id,
        to_account_id=payment.payee_account_id,
        amount=payment.amount,
        currency=payment.currency,
        memo=f"Order {order.number}",
        created_by_id=payment.created_by_id,
    )
    return payment.status, charge


async def conclude(tx: WriteTransaction, id: UUID, outcome: UUID | Refusal) -> PaymentStatus:
    """Record the provider's outcome of a pending payment: a transfer, or a refusal.

    The order becomes paid if it is still placed. Otherwise the money becomes due for a refund. A refusal counts only if
    no money moved under the payment's key, because a concurrent call may have succeeded.
    """
    order, payment = await _lock(tx, id)
    if payment.status is not PaymentStatus.PENDING:
        return payment.status
    if isinstance(outcome, Refusal):
        moved = await transfer_by_key(tx, id)
        if moved is None:
            return await _end(tx, payment, PaymentStatus.FAILED, failure=outcome.reason)
        outcome = moved.id
    if order.status is not OrderStatus.PLACED:
        return (await tx.change(payment, status=PaymentStatus.REFUNDING, transfer_id=outcome)).status
    await tx.change(order, status=OrderStatus.PAID, paid_at=datetime.now(UTC))
    tx.events.name(order.id, "order.paid")
    return await _end(tx, payment, PaymentStatus.SETTLED, transfer_id=outcome)


async def refunded(tx: WriteTransaction, id: UUID) -> PaymentStatus:
    """Record that the money of a payment was refunded."""
    _, payment = await _lock(tx, id)
    if payment.status is not PaymentStatus.REFUNDING:
        return payment.status
    return await _end(tx, payment, PaymentStatus.REFUNDED)


async def refund_due(tx: WriteTransaction, order_id: UUID) -> UUID | None:
    """Return the id of the payment for this order that is due for a refund, or None."""
    waiting = await tx.find_where(Payment, order_id=order_id, status=PaymentStatus.REFUNDING)
    return waiting[0].id if waiting else None


async def failure_of(tx: WriteTransaction, id: UUID) -> str:
    """Return the reason of a failed payment, as a sentence."""
    payment = await tx.find(Payment, id)
    return payment.failure if payment is not None and payment.failure is not None else "Payment failed."


async def _end(tx: WriteTransaction, payment: Payment, status: PaymentStatus, **given: Any) -> PaymentStatus:
    return (await tx.change(payment, status=status, completed_at=datetime.now(UTC), **given)).status


async def _lock(tx: WriteTransaction, id: UUID) -> tuple[Order, Payment]:
    """Return an order and its payment, both locked: the order first, as in all changes to parts of an order."""
    seen = await tx.find(Payment, id)
    if seen is None:
        raise NotFound("There is no payment with this ID.", "id")
    return await tx.lock(Order, seen.order_id), await tx.lock(Payment, id)
