"""How a task goes on after it was created: whether it gets done, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from schema.seed.dice import Dice
from schema.seed.moments import NOW, by_day, end_of_day
from schema.work.models import TaskStatus

DAYS = 12.0
"""Until a task is done, on average."""
QUICKEST = timedelta(hours=1)
"""No task is done sooner: until then, its subtasks may still be created."""


@dataclass(frozen=True, slots=True)
class Course:
    """Where a task stands now. ``version`` is 1 and one more for each change since."""

    status: TaskStatus
    updated_at: datetime
    version: int
    completed_at: datetime | None = None
    processed_at: datetime | None = None


def usual(dice: Dice, at: datetime) -> Course:
    """The course of a task that was created ``at``: most get done, some are called off, some stay undone for ever."""
    end = at + QUICKEST + dice.wait(DAYS)
    if end >= NOW or dice.chance(0.24):
        return undone(dice, at)
    return Course(TaskStatus.CANCELLED, end, 2) if dice.chance(0.1) else done(dice, end)


def undone(dice: Dice, at: datetime) -> Course:
    """It waits, or somebody is working on it."""
    if dice.chance(0.6):
        return Course(TaskStatus.OPEN, at, 1)
    return Course(TaskStatus.IN_PROGRESS, dice.between(at, NOW), 2)


def done(dice: Dice, end: datetime) -> Course:
    """It was done at ``end``; what follows from that has been done as well, unless it was a moment ago."""
    processed = end + timedelta(minutes=dice.whole(1, 90))
    if processed < NOW - timedelta(days=1):
        return Course(TaskStatus.DONE, processed, 4, end, processed)
    return Course(TaskStatus.DONE, end, 3, end)


def part_of(dice: Dice, whole: Course, at: datetime) -> Course:
    """The course of a subtask that was created ``at``: nothing is open below a task that is finished."""
    match whole.status:
        case TaskStatus.DONE:
            return done(dice, ending_with(dice, at, whole.completed_at or NOW))
        case TaskStatus.CANCELLED:
            return whole
    return usual(dice, at) if dice.chance(0.5) else undone(dice, at)


def ending_with(dice: Dice, at: datetime, end: datetime) -> datetime:
    """A moment in the later half of the time between two: in the earlier one, subtasks may still be created."""
    return end - by_day((end - at) * (dice.random() / 2))


def due(dice: Dice, at: datetime) -> datetime | None:
    """When it has to be done by: at the end of a day, so that many are due at once; a quarter may take for ever."""
    return end_of_day(at, dice.whole(1, 60)) if dice.chance(0.75) else None
