"""Orders and their lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, auto
from uuid import UUID

from schema.billing.models import Order, OrderLine, OrderStatus
from schema.seed.ledger import SeedAccount, money
from schema.seed.organizations import Scene, SeedRow
from schema.seed.people import Person
from schema.seed.random_source import RandomSource, moment
from schema.seed.vocabulary import NOTES, Item

OLD = (OrderStatus.FULFILLED, OrderStatus.FULFILLED, OrderStatus.CANCELLED, OrderStatus.FULFILLED)
RECENT = (OrderStatus.PLACED, OrderStatus.PAID, OrderStatus.DRAFT)


class Step(IntEnum):
    """Possible steps of an order and its money, in this order."""

    DRAFTED = auto()
    PLACED = auto()
    TRIED = auto()
    DEPOSITED = auto()
    BEGUN = auto()
    PAID = auto()
    CALLED_OFF = auto()
    SPENT = auto()


class TimeSlot:
    """Time slot of one of ``total`` orders. It ends before that of the next one begins."""

    def __init__(self, dice: RandomSource, index: int, total: int) -> None:
        self._dice = dice
        self._index = index
        self._total = total

    def at(self, step: Step) -> datetime:
        """Return a time for this step, later than any for the steps before."""
        return moment((self._index + (step + 0.9 * self._dice.random()) / (len(Step) + 1)) / self._total)


def status_of(index: int, total: int) -> OrderStatus:
    """Return the status of the order at this place: the last third is under way, the others have ended."""
    old = total * 2 // 3
    return OLD[index % len(OLD)] if index < old else RECENT[(index - old) % len(RECENT)]


@dataclass(frozen=True, slots=True)
class Line:
    """Line of an order. ``hundredths`` is the quantity. ``price`` is the unit price in cents."""

    description: str
    hundredths: int
    price: int

    @property
    def amount(self) -> int:
        """Amount in cents, with half a cent rounded up, as in PostgreSQL."""
        return (self.hundredths * self.price + 50) // 100


@dataclass(frozen=True, slots=True)
class Events:
    """Times of the events of an order, in this order."""

    drafted: datetime
    placed: datetime | None = None
    paid: datetime | None = None
    fulfilled: datetime | None = None
    cancelled: datetime | None = None

    def all(self) -> Sequence[datetime]:
        """Return the times of the events that have happened."""
        events = (self.drafted, self.placed, self.paid, self.fulfilled, self.cancelled)
        return [event for event in events if event is not None]


@dataclass(frozen=True, slots=True)
class SeedOrder:
    """Order, as its lines, payments and tasks refer to it."""

    id: UUID
    number: int
    status: OrderStatus
    customer: SeedAccount
    by: Person
    lines: Sequence[Line]

    @property
    def total(self) -> int:
        """Total in cents."""
        return sum(line.amount for line in self.lines)


def choose(dice: RandomSource, items: Sequence[Item]) -> Sequence[Line]:
    """Return one to four lines from a price list."""
    return [
        Line(item.name, 25 * dice.whole(1, 30) if item.by_the_hour else 100 * dice.pick((1, 1, 1, 2, 4)), item.price)
        for item in dice.some(items, dice.whole(1, 4))
    ]


def order_rows(scene: Scene, bought: SeedOrder, events: Events) -> Iterator[SeedRow]:
    """Yield the rows of the order and its lines."""
    happened = events.all()
    yield scene.row(
        Order,
        events.drafted,
        bought.id,
        customer_account_id=bought.customer.id,
        created_by_id=bought.by.id,
        number=bought.number,
        status=bought.status,
        currency=bought.customer.currency,
        total=money(bought.total),
        note=scene.dice.pick(NOTES) if scene.dice.chance(0.3) else None,
        placed_at=events.placed,
        paid_at=events.paid,
        fulfilled_at=events.fulfilled,
        cancelled_at=events.cancelled,
        updated_at=max(happened),
        version=len(happened),
    )
    for position, line in enumerate(bought.lines, 1):
        yield scene.row(
            OrderLine,
            events.drafted,
            order_id=bought.id,
            position=position,
            description=line.description,
            quantity=money(line.hundredths),
            unit_price=money(line.price),
            amount=money(line.amount),
        )
