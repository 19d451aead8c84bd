"""Chance that falls the same way each time, on every machine.

Below the surface are only ``random`` and ``getrandbits``, since other methods of ``Random`` may change between releases
of Python, and only arithmetic that IEEE 754 defines to the last bit: no powers, no logarithms.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from schema.seed.moments import by_day


class Dice(Random):
    """A generator with the throws that made-up data is made of. Made from a text: what hashes alike everywhere."""

    def chance(self, probability: float) -> bool:
        """True in that part of all cases."""
        return self.random() < probability

    def whole(self, least: int, most: int) -> int:
        """A whole number between two, both included."""
        return least + int(self.random() * (most - least + 1))

    def pick[T](self, options: Sequence[T]) -> T:
        """One of them, all equally likely."""
        return options[int(self.random() * len(options))]

    def favour[T](self, options: Sequence[T]) -> T:
        """One of them, the first ones more often than the last."""
        return options[int(self.random() * self.random() * len(options))]

    def some[T](self, options: Sequence[T], number: int) -> list[T]:
        """``number`` different ones, or all if there are fewer, in no particular order."""
        pool = list(options)
        return [pool.pop(int(self.random() * len(pool))) for _ in range(min(number, len(pool)))]

    def wait(self, days: float) -> timedelta:
        """A time that lasts so many days on average: often much less, never more than three times as long."""
        throw = self.random()
        return by_day(timedelta(days=3 * days * throw * throw))

    def between(self, since: datetime, until: datetime) -> datetime:
        """A moment between two."""
        return since + by_day((until - since) * self.random())

    def soon(self, since: datetime, until: datetime) -> datetime:
        """A moment between two, most often nearer to the first."""
        return since + by_day((until - since) * (self.random() * self.random() * self.random()))


class Deal:
    """Deals ``things`` out to ``receivers`` who come one by one: unevenly, none to many of them.

    Each gets up to five times what is fair, on average just that, and the last one gets the rest.
    """

    def __init__(self, dice: Dice, things: int, receivers: int) -> None:
        self._dice = dice
        self._things = things
        self._receivers = receivers

    def next(self) -> int:
        """How many the next receiver gets; 0 once everything is dealt."""
        dealt = self._draw() if self._receivers > 1 else self._things
        self._things -= dealt
        self._receivers -= 1
        return dealt

    def _draw(self) -> int:
        throw = self._dice.random()
        square = throw * throw
        part = 5 * square * square / self._receivers
        # rounded by chance: rounding down would leave more and more to those who come last
        return min(self._things, int(self._things * part + self._dice.random()))
