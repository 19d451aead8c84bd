"""Results of orders: payments, tasks, and the end of the order."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle
from uuid import UUID

from schema.billing.models import OrderStatus, Payment, PaymentStatus
from schema.seed.ledger import Ledger, Move, money
from schema.seed.orders import Events, SeedOrder, Step, TimeSlot, choose, order_rows, status_of
from schema.seed.organizations import Scene, SeedRow
from schema.seed.people import People
from schema.seed.random_source import NOW, Distribution
from schema.seed.vocabulary import FAILURES
from schema.seed.work import TaskGenerator, TaskProgress, done, undone, usual
from schema.work.models import TaskStatus

TASKS = 0.3
"""Share of all tasks that belong to orders."""
CALLED_OFF_AFTER = (Step.PAID, Step.PLACED, Step.DRAFTED)
ATTEMPTS = (Step.BEGUN, Step.TRIED, None)
"""Last steps of unpaid orders: one payment has begun, one has failed, one has not been tried."""


class PaymentGenerator:
    """Generator of payments, for one order after the other."""

    def __init__(self, scene: Scene, ledger: Ledger) -> None:
        self._scene = scene
        self._ledger = ledger

    def pending(self, bought: SeedOrder, slot: TimeSlot) -> Iterator[SeedRow]:
        """Yield a pending payment."""
        yield self._row(bought, PaymentStatus.PENDING, slot.at(Step.BEGUN), None)

    def failed(self, bought: SeedOrder, slot: TimeSlot) -> Iterator[SeedRow]:
        """Yield a failed payment."""
        at, dice = slot.at(Step.TRIED), self._scene.dice
        ended = at + timedelta(seconds=dice.whole(1, 20))
        yield self._row(bought, PaymentStatus.FAILED, at, ended, failure=dice.pick(FAILURES))

    def settled(
        self, bought: SeedOrder, slot: TimeSlot, paid_at: datetime, refunded_at: datetime | None
    ) -> Iterator[SeedRow]:
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
        bought: SeedOrder,
        status: PaymentStatus,
        at: datetime,
        completed_at: datetime | None,
        transfer: UUID | None = None,
        failure: str | None = None,
        id_: UUID | None = None,
    ) -> SeedRow:
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


class OrderGenerator:
    """Generator of orders, one after the other, with everything that belongs to them."""

    def __init__(self, scene: Scene, people: People, ledger: Ledger, work: TaskGenerator) -> None:
        self._scene = scene
        self._people = people
        self._ledger = ledger
        self._work = work
        self._payments = PaymentGenerator(scene, ledger)
        statuses = [status_of(index, scene.shape.orders) for index in range(scene.shape.orders)]
        with_tasks = len(statuses) - statuses.count(OrderStatus.DRAFT)
        # beside the one that each of them has
        self._tasks = Distribution(scene.dice, max(0, int(scene.shape.tasks * TASKS) - with_tasks), with_tasks)
        self._called_off_after = cycle(CALLED_OFF_AFTER)
        self._attempts = cycle(ATTEMPTS)

    def orders(self) -> Iterator[SeedRow]:
        """Yield all orders, each followed by its lines, tasks, transfers and payments."""
        dice, total = self._scene.dice, self._scene.shape.orders
        for index in range(total):
            slot = TimeSlot(dice, index, total)
            events = self._events(status_of(index, total), slot)
            customer, by = dice.favor(self._ledger.accounts.customers[:-1]), dice.pick(self._people.managers)
            lines = choose(dice, self._scene.business.trade.items)
            id_ = self._scene.new_id(events.drafted)
            bought = SeedOrder(id_, index + 1, status_of(index, total), customer, by, lines)
            yield from self._rows(bought, events, slot)

    def _rows(self, bought: SeedOrder, events: Events, slot: TimeSlot) -> Iterator[SeedRow]:
        courses = self._courses(bought.status, events)
        if bought.status is OrderStatus.FULFILLED and events.paid:
            events = replace(events, fulfilled=max([events.paid, *(course.updated_at for course in courses)]))
        yield from order_rows(self._scene, bought, events)
        if events.placed:
            for course in courses:
                yield from self._work.for_order(bought, events.placed, course)
        yield from self._money(bought, events, slot)

    def _events(self, status: OrderStatus, slot: TimeSlot) -> Events:
        """Return the events of an order, except its fulfilment."""
        drafted, placed, paid = slot.at(Step.DRAFTED), slot.at(Step.PLACED), slot.at(Step.PAID)
        match status:
            case OrderStatus.DRAFT:
                return Events(drafted)
            case OrderStatus.PLACED:
                return Events(drafted, placed)
            case OrderStatus.CANCELLED:
                last = next(self._called_off_after)
                before = Events(drafted, placed if last >= Step.PLACED else None, paid if last >= Step.PAID else None)
                return replace(before, cancelled=slot.at(Step.CALLED_OFF))
        return Events(drafted, placed, paid)

    def _courses(self, status: OrderStatus, events: Events) -> Sequence[TaskProgress]:
        """Return the courses of the order's tasks. A draft has none."""
        if events.placed is None:
            return []
        dice, number = self._scene.dice, min(1 + self._tasks.next(), self._work.left)
        if events.cancelled:
            return [TaskProgress(TaskStatus.CANCELLED, events.cancelled, 2)] * number
        if status is OrderStatus.FULFILLED and events.paid:
            paid = events.paid
            return [done(dice, min(paid + dice.wait(6), dice.between(paid, NOW))) for _ in range(number)]
        # if all of them were done, the order would be fulfilled
        return [undone(dice, events.placed), *(usual(dice, events.placed) for _ in range(1, number))][:number]

    def _money(self, bought: SeedOrder, events: Events, slot: TimeSlot) -> Iterator[SeedRow]:
        """Yield payments and transfers, in chronological order."""
        dice = self._scene.dice
        attempt = next(self._attempts) if bought.status is OrderStatus.PLACED else None
        if attempt is Step.TRIED or (events.paid and dice.chance(0.15)):
            yield from self._payments.failed(bought, slot)
        if attempt is Step.BEGUN:
            yield from self._payments.pending(bought, slot)
        if events.paid:
            yield from self._payments.settled(bought, slot, events.paid, events.cancelled)
        if dice.chance(0.4):
            currency = bought.customer.currency
            yield from self._ledger.spend(slot.at(Step.SPENT), currency, dice.pick(self._people.managers))
