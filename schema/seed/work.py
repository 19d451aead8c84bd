"""Tasks, with their labels and comments."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from uuid import UUID

from schema.seed.briefs import Brief, Briefs
from schema.seed.catalogue import Catalogue
from schema.seed.course import Course, due
from schema.seed.moments import moment
from schema.seed.orders import Bought
from schema.seed.people import People
from schema.seed.phrases import Phrases
from schema.seed.scene import Row, Scene
from schema.seed.talk import Talk
from schema.work.models import Task, TaskLabel, TaskStatus

LABELS = (0, 0, 1, 1, 1, 2, 2, 3)
PRIORITIES = (1, 2, 2, 3, 3, 3, 3, 4, 4, 5)
UNASSIGNED = {TaskStatus.OPEN: 0.45, TaskStatus.CANCELLED: 0.3, TaskStatus.IN_PROGRESS: 0.03, TaskStatus.DONE: 0.03}
"""Share of tasks without an assignee, by status."""
UNDONE = (TaskStatus.OPEN, TaskStatus.IN_PROGRESS)


class Work:
    """Generator of tasks, as long as some are ``left`` to be generated."""

    def __init__(self, scene: Scene, people: People, catalogue: Catalogue, phrases: Phrases, talk: Talk) -> None:
        self.left = scene.shape.tasks
        self._scene = scene
        self._people = people
        self._catalogue = catalogue
        self._briefs = Briefs(scene, catalogue, phrases)
        self._talk = talk

    def for_order(self, bought: Bought, at: datetime, course: Course) -> Iterator[Row]:
        """Yield a task that belongs to an order."""
        return self._task(self._briefs.for_order(bought, at, course))

    def rest(self) -> Iterator[Row]:
        """Yield all tasks that are left, subtasks included, over the whole time."""
        total = self.left
        while self.left:
            at = moment((total - self.left + self._scene.dice.random()) / total)
            for brief in islice(self._briefs.with_parts(at), self.left):
                yield from self._task(brief)

    def _task(self, brief: Brief) -> Iterator[Row]:
        """Yield a task, its labels and its comments."""
        self.left -= 1
        yield self._row(brief)
        for label in self._scene.dice.some(self._catalogue.labels, self._scene.dice.pick(LABELS)):
            values = {"organization_id": self._scene.id, "task_id": brief.id, "label_id": label}
            yield Row(TaskLabel, {**values, "created_at": brief.at, "updated_at": brief.at})
        yield from self._talk.remarks(brief.id, brief.at, brief.topic)

    def _row(self, brief: Brief) -> Row:
        dice, course = self._scene.dice, brief.course
        return self._scene.row(
            Task,
            brief.at,
            brief.id,
            parent_id=brief.parent,
            order_id=brief.order,
            category_id=brief.category,
            assignee_id=self._assignee(course.status),
            creator_id=dice.favour(self._people.users).id,
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
        return dice.favour(people.staff if status in UNDONE else people.workers).id

    def _completed_by(self, course: Course) -> UUID | None:
        """Return the user that completed the task, or None for a few tasks."""
        if course.completed_at is None or self._scene.dice.chance(0.05):
            return None
        return self._scene.dice.favour(self._people.users).id
