"""Reproducible random numbers, the same on every machine.

Only ``random`` and ``getrandbits`` of the standard library are used, because other methods of ``Random`` may change
between releases of Python, and only arithmetic that IEEE 754 defines to the last bit: no powers, no logarithms.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from schema.seed.moments import by_day


class Dice(Random):
    """Random generator of made-up data. Seed it with a text, whose hash is the same everywhere."""

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.random() < probability

    def whole(self, least: int, most: int) -> int:
        """Return a whole number between two, both included."""
        return least + int(self.random() * (most - least + 1))

    def pick[T](self, options: Sequence[T]) -> T:
        """Return one of the options, all equally likely."""
        return options[int(self.random() * len(options))]

    def favour[T](self, options: Sequence[T]) -> T:
        """Return one of the options, the first ones more often than the last."""
        return options[int(self.random() * self.random() * len(options))]

    def some[T](self, options: Sequence[T], number: int) -> list[T]:
        """Return ``number`` different options, or all if there are fewer, in random order."""
        pool = list(options)
        return [pool.pop(int(self.random() * len(pool))) for _ in range(min(number, len(pool)))]

    def wait(self, days: float) -> timedelta:
        """Return a duration of so many days on average: often much less, never more than three times as long."""
        throw = self.random()
        return by_day(timedelta(days=3 * days * throw * throw))

    def between(self, since: datetime, until: datetime) -> datetime:
        """Return a time between two."""
        return since + by_day((until - since) * self.random())

    def soon(self, since: datetime, until: datetime) -> datetime:
        """Return a time between two, most often nearer to the first."""
        return since + by_day((until - since) * (self.random() * self.random() * self.random()))


class Deal:
    """Distribution of ``things`` to successive ``receivers``: unevenly, none to many of them.

    Each receives up to five times the fair share, on average the fair share, and the last one receives the rest.
    """

    def __init__(self, dice: Dice, things: int, receivers: int) -> None:
        self._dice = dice
        self._things = things
        self._receivers = receivers

    def next(self) -> int:
        """Return the number for the next receiver, or 0 once everything is distributed."""
        dealt = self._draw() if self._receivers > 1 else self._things
        self._things -= dealt
        self._receivers -= 1
        return dealt

    def _draw(self) -> int:
        throw = self._dice.random()
        square = throw * throw
        part = 5 * square * square / self._receivers
        # rounded at random: rounding down would leave more and more to the last receivers
        return min(self._things, int(self._things * part + self._dice.random()))
