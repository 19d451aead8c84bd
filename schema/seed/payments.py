"""Payments for orders, and their transfers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from schema.billing.models import Payment, PaymentStatus
from schema.seed.accounts import money
from schema.seed.ledger import Ledger, Move
from schema.seed.orders import Bought
from schema.seed.scene import Row, Scene
from schema.seed.slots import Slot, Step
from schema.seed.vocabulary.common import FAILURES


class Payments:
    """Generator of payments, for one order after the other."""

    def __init__(self, scene: Scene, ledger: Ledger) -> None:
        self._scene = scene
        self._ledger = ledger

    def pending(self, bought: Bought, slot: Slot) -> Iterator[Row]:
        """Yield a pending payment."""
        yield self._row(bought, PaymentStatus.PENDING, slot.at(Step.BEGUN), None)

    def failed(self, bought: Bought, slot: Slot) -> Iterator[Row]:
        """Yield a failed payment."""
        at, dice = slot.at(Step.TRIED), self._scene.dice
        ended = at + timedelta(seconds=dice.whole(1, 20))
        yield self._row(bought, PaymentStatus.FAILED, at, ended, failure=dice.pick(FAILURES))

    def settled(self, bought: Bought, slot: Slot, paid_at: datetime, refunded_at: datetime | None) -> Iterator[Row]:
        """Yield a payment that moved money at ``paid_at``, and was refunded at ``refunded_at``, if given.

        Customers with an insufficient balance make a deposit first.
        """
        begun, own = slot.at(Step.BEGUN), self._ledger.accounts.own[bought.customer.currency]
        yield from self._ledger.deposit(slot.at(Step.DEPOSITED), bought.customer, bought.total)
        move = Move(bought.customer, own, bought.total, f"Order {bought.number}", bought.by)
        id_ = self._scene.new_id(begun)
        transfer, rows = self._ledger.move(paid_at, replace(move, key=id_))
        yield from rows
        status = PaymentStatus.REFUNDED if refunded_at else PaymentStatus.SETTLED
        yield self._row(bought, status, begun, refunded_at or paid_at, transfer, id_=id_)
        if refunded_at:
            back = Move(own, bought.customer, bought.total, f"Refund of order {bought.number}", bought.by, transfer)
            yield from self._ledger.move(refunded_at, back)[1]

    def _row(
        self,
        bought: Bought,
        status: PaymentStatus,
        at: datetime,
        completed_at: datetime | None,
        transfer: UUID | None = None,
        failure: str | None = None,
        id_: UUID | None = None,
    ) -> Row:
        changes = {PaymentStatus.PENDING: 0, PaymentStatus.REFUNDED: 2}.get(status, 1)
        return self._scene.row(
            Payment,
            at,
            id_,
            order_id=bought.id,
            payee_account_id=self._ledger.accounts.own[bought.customer.currency].id,
            transfer_id=transfer,
            created_by_id=bought.by.id,
            status=status,
            amount=money(bought.total),
            currency=bought.customer.currency,
            failure=failure,
            completed_at=completed_at,
            updated_at=completed_at or at,
            version=1 + changes,
        )
