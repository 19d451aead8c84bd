"""Tasks, with their categories, labels and comments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from schema.seed.orders import SeedOrder
from schema.seed.organizations import Scene, SeedRow
from schema.seed.people import People
from schema.seed.random_source import NOW, RandomSource, by_day, end_of_day, moment, setting_up
from schema.seed.talk import CommentGenerator, TextGenerator, Topic
from schema.seed.vocabulary import Kind
from schema.work.models import Category, Label, Task, TaskLabel, TaskStatus

DAYS = 12.0
"""Average number of days until a task is done."""
QUICKEST = timedelta(hours=1)
"""Shortest time until a task is done. Within it, its subtasks may still be created."""
SUBTASKS = (0, 0, 0, 0, 0, 1, 2, 3, 3, 4)
NESTED = 0.12
"""Share of subtasks that have subtasks themselves."""
HAVE_A_CUSTOMER = 0.4
LABELS = (0, 0, 1, 1, 1, 2, 2, 3)
PRIORITIES = (1, 2, 2, 3, 3, 3, 3, 4, 4, 5)
UNASSIGNED = {TaskStatus.OPEN: 0.45, TaskStatus.CANCELLED: 0.3, TaskStatus.IN_PROGRESS: 0.03, TaskStatus.DONE: 0.03}
"""Share of tasks without an assignee, by status."""
UNDONE = (TaskStatus.OPEN, TaskStatus.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Categories and labels of tasks. ``rows`` has one category and one label more, which no task has."""

    categories: Sequence[tuple[UUID, Kind]]
    labels: Sequence[UUID]
    rows: Sequence[SeedRow]


def create_catalog(scene: Scene) -> Catalog:
    """Create the categories and labels of the organization's trade."""
    trade = scene.business.trade
    categories = [category(scene, index, kind) for index, kind in enumerate(trade.kinds)]
    labels = [label(scene, index, name, color) for index, (name, color) in enumerate(trade.labels)]
    return Catalog(
        categories=[(id_, kind) for (id_, _), kind in zip(categories, trade.kinds, strict=True)][:-1],
        labels=[id_ for id_, _ in labels][:-1],
        rows=[row for _, row in categories + labels],
    )


def category(scene: Scene, index: int, kind: Kind) -> tuple[UUID, SeedRow]:
    """Return a category, and its id."""
    at = setting_up(0.6 + 0.01 * index)
    id_ = scene.new_id(at)
    return id_, scene.row(Category, at, id_, name=kind.name, description=kind.description)


def label(scene: Scene, index: int, name: str, color: str) -> tuple[UUID, SeedRow]:
    """Return a label, and its id."""
    at = setting_up(0.7 + 0.01 * index)
    id_ = scene.new_id(at)
    return id_, scene.row(Label, at, id_, name=name, color=color)


@dataclass(frozen=True, slots=True)
class TaskProgress:
    """Present state of a task. ``version`` is 1 plus the number of changes."""

    status: TaskStatus
    updated_at: datetime
    version: int
    completed_at: datetime | None = None
    processed_at: datetime | None = None


def usual(dice: RandomSource, at: datetime) -> TaskProgress:
    """Return the course of a task that was created ``at``: most are done, some are cancelled, some stay undone."""
    end = at + QUICKEST + dice.wait(DAYS)
    if end >= NOW or dice.chance(0.24):
        return undone(dice, at)
    return TaskProgress(TaskStatus.CANCELLED, end, 2) if dice.chance(0.1) else done(dice, end)


def undone(dice: RandomSource, at: datetime) -> TaskProgress:
    """Return the course of a task that is open or in progress."""
    if dice.chance(0.6):
        return TaskProgress(TaskStatus.OPEN, at, 1)
    return TaskProgress(TaskStatus.IN_PROGRESS, dice.between(at, NOW), 2)


def done(dice: RandomSource, end: datetime) -> TaskProgress:
    """Return the course of a task that was done at ``end``. It has been processed, unless it was done a moment ago."""
    processed = end + timedelta(minutes=dice.whole(1, 90))
    if processed < NOW - timedelta(days=1):
        return TaskProgress(TaskStatus.DONE, processed, 4, end, processed)
    return TaskProgress(TaskStatus.DONE, end, 3, end)


def part_of(dice: RandomSource, whole: TaskProgress, at: datetime) -> TaskProgress:
    """Return the course of a subtask that was created ``at``. No subtask of a finished task is open."""
    match whole.status:
        case TaskStatus.DONE:
            return done(dice, ending_with(dice, at, whole.completed_at or NOW))
        case TaskStatus.CANCELLED:
            return whole
    return usual(dice, at) if dice.chance(0.5) else undone(dice, at)


def ending_with(dice: RandomSource, at: datetime, end: datetime) -> datetime:
    """Return a time in the later half between two times. In the earlier half, subtasks may still be created."""
    return end - by_day((end - at) * (dice.random() / 2))


def due(dice: RandomSource, at: datetime) -> datetime | None:
    """Return the due time, at the end of a day, so that many are due at once, or None for a quarter of the tasks."""
    return end_of_day(at, dice.whole(1, 60)) if dice.chance(0.75) else None


@dataclass(frozen=True, slots=True)
class SeedTask:
    """Task to be created."""

    id: UUID
    at: datetime
    course: TaskProgress
    topic: Topic
    title: str
    description: str | None = None
    category: UUID | None = None
    order: UUID | None = None
    parent: UUID | None = None


class TaskDrafts:
    """Generator of tasks."""

    def __init__(self, scene: Scene, catalog: Catalog, phrases: TextGenerator) -> None:
        self._scene = scene
        self._dice = scene.dice
        self._catalog = catalog
        self._phrases = phrases

    def for_order(self, bought: SeedOrder, at: datetime, course: TaskProgress) -> SeedTask:
        """Return a task that belongs to an order."""
        return self._whole(at, course, bought.customer.name, bought.id)

    def with_parts(self, at: datetime) -> Iterator[SeedTask]:
        """Yield a task that was created ``at``, and its subtasks."""
        customers = self._dice.chance(HAVE_A_CUSTOMER) and self._phrases.customers
        whole = self._whole(at, usual(self._dice, at), self._dice.pick(customers) if customers else None)
        yield whole
        yield from self._parts(whole, self._dice.pick(SUBTASKS))

    def _whole(self, at: datetime, course: TaskProgress, customer: str | None, order: UUID | None = None) -> SeedTask:
        category, kind = self._dice.favor(self._catalog.categories)
        topic = self._phrases.topic(kind)
        title, description = self._phrases.task(topic, customer)
        known = self._dice.chance(0.9)
        id_ = self._scene.new_id(at)
        return SeedTask(id_, at, course, topic, title, description, category if known else None, order)

    def _parts(self, whole: SeedTask, number: int) -> Iterator[SeedTask]:
        """Yield ``number`` subtasks of ``whole`` in successive steps, some of them with their own subtask."""
        steps = self._scene.business.trade.steps
        first = self._dice.whole(0, len(steps) - number)
        for index, step in enumerate(steps[first : first + number]):
            at = whole.at + timedelta(minutes=2 + 3 * index, seconds=self._dice.whole(0, 59))
            course, id_ = part_of(self._dice, whole.course, at), self._scene.new_id(at)
            part = SeedTask(id_, at, course, whole.topic, step, category=whole.category, parent=whole.id)
            yield part
            if whole.parent is None and self._dice.chance(NESTED):
                yield from self._parts(part, 1)


class TaskGenerator:
    """Generator of tasks, as long as some are ``left`` to be generated."""

    def __init__(
        self, scene: Scene, people: People, catalog: Catalog, phrases: TextGenerator, talk: CommentGenerator
    ) -> None:
        self.left = scene.shape.tasks
        self._scene = scene
        self._people = people
        self._catalog = catalog
        self._briefs = TaskDrafts(scene, catalog, phrases)
        self._talk = talk

    def for_order(self, bought: SeedOrder, at: datetime, course: TaskProgress) -> Iterator[SeedRow]:
        """Yield a task that belongs to an order."""
        return self._task(self._briefs.for_order(bought, at, course))

    def rest(self) -> Iterator[SeedRow]:
        """Yield all tasks that are left, subtasks included, over the whole time."""
        total = self.left
        while self.left:
            at = moment((total - self.left + self._scene.dice.random()) / total)
            for brief in islice(self._briefs.with_parts(at), self.left):
                yield from self._task(brief)

    def _task(self, brief: SeedTask) -> Iterator[SeedRow]:
        """Yield a task, its labels and its comments."""
        self.left -= 1
        yield self._row(brief)
        for label in self._scene.dice.some(self._catalog.labels, self._scene.dice.pick(LABELS)):
            values = {"organization_id": self._scene.id, "task_id": brief.id, "label_id": label}
            yield SeedRow(TaskLabel, {**values, "created_at": brief.at, "updated_at": brief.at})
        yield from self._talk.remarks(brief.id, brief.at, brief.topic)

    def _row(self, brief: SeedTask) -> SeedRow:
        dice, course = self._scene.dice, brief.course
        return self._scene.row(
            Task,
            brief.at,
            brief.id,
            parent_id=brief.parent,
            order_id=brief.order,
            category_id=brief.category,
            assignee_id=self._assignee(course.status),
            creator_id=dice.favor(self._people.users).id,
            completed_by_id=self._completed_by(course),
            title=brief.title,
            description=brief.description,
            status=course.status,
            priority=dice.pick(PRIORITIES),
            due_at=due(dice, brief.at),
            completed_at=course.completed_at,
            processed_at=course.processed_at,
            updated_at=course.updated_at,
            version=course.version,
        )

    def _assignee(self, status: TaskStatus) -> UUID | None:
        dice, people = self._scene.dice, self._people
        if not people.workers or dice.chance(UNASSIGNED[status]):
            return None
        return dice.favor(people.staff if status in UNDONE else people.workers).id

    def _completed_by(self, course: TaskProgress) -> UUID | None:
        """Return the user that completed the task, or None for a few tasks."""
        if course.completed_at is None or self._scene.dice.chance(0.05):
            return None
        return self._scene.dice.favor(self._people.users).id
