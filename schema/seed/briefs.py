"""Subject and state of a task, before it is a row."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from schema.seed.catalogue import Catalogue
from schema.seed.course import Course, part_of, usual
from schema.seed.orders import Bought
from schema.seed.phrases import Phrases, Topic
from schema.seed.scene import Scene

SUBTASKS = (0, 0, 0, 0, 0, 1, 2, 3, 3, 4)
NESTED = 0.12
"""Share of subtasks that have subtasks themselves."""
HAVE_A_CUSTOMER = 0.4


@dataclass(frozen=True, slots=True)
class Brief:
    """Task to be created."""

    id: UUID
    at: datetime
    course: Course
    topic: Topic
    title: str
    description: str | None = None
    category: UUID | None = None
    order: UUID | None = None
    parent: UUID | None = None


class Briefs:
    """Generator of tasks."""

    def __init__(self, scene: Scene, catalogue: Catalogue, phrases: Phrases) -> None:
        self._scene = scene
        self._dice = scene.dice
        self._catalogue = catalogue
        self._phrases = phrases

    def for_order(self, bought: Bought, at: datetime, course: Course) -> Brief:
        """Return a task that belongs to an order."""
        return self._whole(at, course, bought.customer.name, bought.id)

    def with_parts(self, at: datetime) -> Iterator[Brief]:
        """Yield a task that was created ``at``, and its subtasks."""
        for_somebody = self._dice.chance(HAVE_A_CUSTOMER) and self._phrases.customers
        whole = self._whole(at, usual(self._dice, at), self._dice.pick(for_somebody) if for_somebody else None)
        yield whole
        yield from self._parts(whole, self._dice.pick(SUBTASKS))

    def _whole(self, at: datetime, course: Course, customer: str | None, order: UUID | None = None) -> Brief:
        category, kind = self._dice.favour(self._catalogue.categories)
        topic = self._phrases.topic(kind)
        title, description = self._phrases.task(topic, customer)
        known = self._dice.chance(0.9)
        id_ = self._scene.new_id(at)
        return Brief(id_, at, course, topic, title, description, category if known else None, order)

    def _parts(self, whole: Brief, number: int) -> Iterator[Brief]:
        """Yield ``number`` subtasks of ``whole`` in successive steps, some of them with a subtask of their own."""
        steps = self._scene.business.trade.steps
        first = self._dice.whole(0, len(steps) - number)
        for index, step in enumerate(steps[first : first + number]):
            at = whole.at + timedelta(minutes=2 + 3 * index, seconds=self._dice.whole(0, 59))
            course, id_ = part_of(self._dice, whole.course, at), self._scene.new_id(at)
            part = Brief(id_, at, course, whole.topic, step, category=whole.category, parent=whole.id)
            yield part
            if whole.parent is None and self._dice.chance(NESTED):
                yield from self._parts(part, 1)
