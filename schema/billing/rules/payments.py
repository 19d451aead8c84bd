"""Payments, transaction by transaction: begun, concluded as the provider says, refunded where that is due.

Between these transactions the provider moves money. A payment says at any time how it goes on, so whoever finds it
unfinished can finish it; two who do so at once come to one end, because each holds the locks of the order and of the
payment while looking and writing.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from graphql_app.database.database import Database
from graphql_app.errors import Invalid, NotFound, RuleError, refuse
from schema.billing.models import Order, OrderStatus, Payment, PaymentStatus
from schema.billing.provider import Charge, Refusal
from schema.errors import IllegalState, WrongCurrency
from schema.ledger.models import Account, AccountKind
from schema.ledger.rules.transfers import transfer_by_key
from schema.roles import require_manager


async def begin_payment(
    db: Database, *, order_id: UUID, payee_account_id: UUID, expected_version: int | None = None
) -> Payment:
    """A pending payment of the whole order into one of the organization's own accounts.

    Raises Denied for members, NotFound, Conflict when the order is not at the expected version, IllegalState when it
    is not placed, and Refused for an account that cannot receive it.
    """
    require_manager(db.viewer)
    order = await db.claim(Order, order_id, expected_version, path="orderId")
    payee = await db.find(Account, payee_account_id)
    if payee is None:
        raise NotFound("There is no account with this id.", "payeeAccountId")
    refuse(_problems(order, payee))
    return await db.save(
        Payment(
            organization_id=db.organization_id,
            order_id=order.id,
            payee_account_id=payee.id,
            created_by_id=db.viewer.user_id,
            amount=order.total,
            currency=order.currency,
        )
    )


def _problems(order: Order, payee: Account) -> list[RuleError]:
    problems: list[RuleError] = []
    if order.status is not OrderStatus.PLACED:
        said = f"Only an order that is placed can be paid. This order is {order.status}."
        problems.append(IllegalState(said, "orderId"))
    if payee.kind is not AccountKind.OWN:
        problems.append(Invalid("Payments go into an account of the organization's own.", "payeeAccountId"))
    if payee.currency != order.currency:
        problems.append(WrongCurrency(f"The order is in {order.currency}.", "payeeAccountId"))
    if payee.closed_at is not None:
        problems.append(IllegalState("This account is closed.", "payeeAccountId"))
    return problems


async def due(db: Database, id: UUID) -> tuple[PaymentStatus, Charge]:
    """How a payment stands, and what the provider is to move, or to give back, if it is unfinished; without a lock."""
    payment = await db.find(Payment, id)
    order = None if payment is None else await db.find(Order, payment.order_id)
    if payment is None or order is None:
        raise NotFound("There is no payment with this id.", "id")
    charge = Charge(
        organization_id=db.organization_id,
        payment_id=payment.id,
        from_account_id=order.customer_account_id,
        to_account_id=payment.payee_account_id,
        amount=payment.amount,
        currency=payment.currency,
        memo=f"Order {order.number}",
        created_by_id=payment.created_by_id,
    )
    return payment.status, charge


async def conclude(db: Database, id: UUID, outcome: UUID | Refusal) -> PaymentStatus:
    """Write down what the provider did with a pending payment: moved the money by this transfer, or refused.

    The order is paid by it if it is still there to be paid; otherwise the money is to be given back. A refusal is
    believed only if no money moved under the payment's key: whoever asked at the same time may have been lucky.
    """
    order, payment = await _claim(db, id)
    if payment.status is not PaymentStatus.PENDING:
        return payment.status
    if isinstance(outcome, Refusal):
        moved = await transfer_by_key(db, id)
        if moved is None:
            return await _end(db, payment, PaymentStatus.FAILED, failure=outcome.reason)
        outcome = moved.id
    if order.status is not OrderStatus.PLACED:
        return (await db.change(payment, status=PaymentStatus.REFUNDING, transfer_id=outcome)).status
    await db.change(order, status=OrderStatus.PAID, paid_at=datetime.now(UTC))
    return await _end(db, payment, PaymentStatus.SETTLED, transfer_id=outcome)


async def refunded(db: Database, id: UUID) -> PaymentStatus:
    """Write down that the money of a payment was given back."""
    _, payment = await _claim(db, id)
    if payment.status is not PaymentStatus.REFUNDING:
        return payment.status
    return await _end(db, payment, PaymentStatus.REFUNDED)


async def refund_due(db: Database, order_id: UUID) -> UUID | None:
    """The id of the payment for this order that is to be given back, if there is one."""
    waiting = (Payment.order_id == order_id) & (Payment.status == PaymentStatus.REFUNDING)
    due: UUID | None = await db.session.scalar(
        select(Payment.id).where(Payment.organization_id == db.organization_id, waiting).limit(1)
    )
    return due


async def failure_of(db: Database, id: UUID) -> str:
    """Why a payment failed, as a sentence."""
    payment = await db.find(Payment, id)
    return payment.failure if payment is not None and payment.failure is not None else "The payment failed."


async def _end(db: Database, payment: Payment, status: PaymentStatus, **given: Any) -> PaymentStatus:
    return (await db.change(payment, status=status, completed_at=datetime.now(UTC), **given)).status


async def _claim(db: Database, id: UUID) -> tuple[Order, Payment]:
    """The payment and its order, both locked, the order first: so does everybody who changes anything of it."""
    whose = select(Payment.order_id).where(Payment.organization_id == db.organization_id, Payment.id == id)
    order_id = await db.session.scalar(whose)
    if order_id is None:
        raise NotFound("There is no payment with this id.", "id")
    return await db.claim(Order, order_id), await db.claim(Payment, id)
