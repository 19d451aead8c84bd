"""Results of orders: payments, tasks, and the end of the order."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle

from schema.billing.models import OrderStatus
from schema.seed.course import Course, done, undone, usual
from schema.seed.dice import Deal
from schema.seed.ledger import Ledger
from schema.seed.moments import NOW
from schema.seed.orders import Bought, Events, choose, order_rows, status_of
from schema.seed.payments import Payments
from schema.seed.people import People
from schema.seed.scene import Row, Scene
from schema.seed.slots import Slot, Step
from schema.seed.work import Work
from schema.work.models import TaskStatus

TASKS = 0.3
"""Share of all tasks that belong to orders."""
CALLED_OFF_AFTER = (Step.PAID, Step.PLACED, Step.DRAFTED)
ATTEMPTS = (Step.BEGUN, Step.TRIED, None)
"""Last steps of unpaid orders: one payment has begun, one has failed, one has not been tried."""


class Billing:
    """Generator of orders, one after the other, with everything that belongs to them."""

    def __init__(self, scene: Scene, people: People, ledger: Ledger, work: Work) -> None:
        self._scene = scene
        self._people = people
        self._ledger = ledger
        self._work = work
        self._payments = Payments(scene, ledger)
        statuses = [status_of(index, scene.shape.orders) for index in range(scene.shape.orders)]
        with_tasks = len(statuses) - statuses.count(OrderStatus.DRAFT)
        # beside the one that each of them has
        self._tasks = Deal(scene.dice, max(0, int(scene.shape.tasks * TASKS) - with_tasks), with_tasks)
        self._called_off_after = cycle(CALLED_OFF_AFTER)
        self._attempts = cycle(ATTEMPTS)

    def orders(self) -> Iterator[Row]:
        """Yield all orders, each followed by its lines, tasks, transfers and payments."""
        dice, total = self._scene.dice, self._scene.shape.orders
        for index in range(total):
            slot = Slot(dice, index, total)
            events = self._events(status_of(index, total), slot)
            customer, by = dice.favour(self._ledger.accounts.customers[:-1]), dice.pick(self._people.managers)
            lines = choose(dice, self._scene.business.trade.items)
            id_ = self._scene.new_id(events.drafted)
            bought = Bought(id_, index + 1, status_of(index, total), customer, by, lines)
            yield from self._rows(bought, events, slot)

    def _rows(self, bought: Bought, events: Events, slot: Slot) -> Iterator[Row]:
        courses = self._courses(bought.status, events)
        if bought.status is OrderStatus.FULFILLED and events.paid:
            events = replace(events, fulfilled=max([events.paid, *(course.updated_at for course in courses)]))
        yield from order_rows(self._scene, bought, events)
        if events.placed:
            for course in courses:
                yield from self._work.for_order(bought, events.placed, course)
        yield from self._money(bought, events, slot)

    def _events(self, status: OrderStatus, slot: Slot) -> Events:
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

    def _courses(self, status: OrderStatus, events: Events) -> Sequence[Course]:
        """Return the courses of the order's tasks. A draft has none."""
        if events.placed is None:
            return []
        dice, number = self._scene.dice, min(1 + self._tasks.next(), self._work.left)
        if events.cancelled:
            return [Course(TaskStatus.CANCELLED, events.cancelled, 2)] * number
        if status is OrderStatus.FULFILLED and events.paid:
            paid = events.paid
            return [done(dice, min(paid + dice.wait(6), dice.between(paid, NOW))) for _ in range(number)]
        # if all of them were done, the order would be fulfilled
        return [undone(dice, events.placed), *(usual(dice, events.placed) for _ in range(1, number))][:number]

    def _money(self, bought: Bought, events: Events, slot: Slot) -> Iterator[Row]:
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
