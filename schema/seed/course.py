"""Course of a task after its creation: its statuses and their times."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from schema.seed.dice import Dice
from schema.seed.moments import NOW, by_day, end_of_day
from schema.work.models import TaskStatus

DAYS = 12.0
"""Average number of days until a task is done."""
QUICKEST = timedelta(hours=1)
"""Shortest time until a task is done. Within it, its subtasks may still be created."""


@dataclass(frozen=True, slots=True)
class Course:
    """Present state of a task. ``version`` is 1 plus the number of changes."""

    status: TaskStatus
    updated_at: datetime
    version: int
    completed_at: datetime | None = None
    processed_at: datetime | None = None


def usual(dice: Dice, at: datetime) -> Course:
    """Return the course of a task that was created ``at``: most are done, some are cancelled, some stay undone."""
    end = at + QUICKEST + dice.wait(DAYS)
    if end >= NOW or dice.chance(0.24):
        return undone(dice, at)
    return Course(TaskStatus.CANCELLED, end, 2) if dice.chance(0.1) else done(dice, end)


def undone(dice: Dice, at: datetime) -> Course:
    """Return the course of a task that is open or in progress."""
    if dice.chance(0.6):
        return Course(TaskStatus.OPEN, at, 1)
    return Course(TaskStatus.IN_PROGRESS, dice.between(at, NOW), 2)


def done(dice: Dice, end: datetime) -> Course:
    """Return the course of a task that was done at ``end``. It has been processed, unless it was done a moment ago."""
    processed = end + timedelta(minutes=dice.whole(1, 90))
    if processed < NOW - timedelta(days=1):
        return Course(TaskStatus.DONE, processed, 4, end, processed)
    return Course(TaskStatus.DONE, end, 3, end)


def part_of(dice: Dice, whole: Course, at: datetime) -> Course:
    """Return the course of a subtask that was created ``at``. No subtask of a finished task is open."""
    match whole.status:
        case TaskStatus.DONE:
            return done(dice, ending_with(dice, at, whole.completed_at or NOW))
        case TaskStatus.CANCELLED:
            return whole
    return usual(dice, at) if dice.chance(0.5) else undone(dice, at)


def ending_with(dice: Dice, at: datetime, end: datetime) -> datetime:
    """Return a time in the later half between two times. In the earlier half, subtasks may still be created."""
    return end - by_day((end - at) * (dice.random() / 2))


def due(dice: Dice, at: datetime) -> datetime | None:
    """Return the due time, at the end of a day, so that many are due at once, or None for a quarter of the tasks."""
    return end_of_day(at, dice.whole(1, 60)) if dice.chance(0.75) else None
