"""Reproducible random numbers, times and identifiers, the same on every machine.

Only ``random`` and ``getrandbits`` of the standard library are used, because other methods of ``Random`` may change
between releases of Python, and only arithmetic that IEEE 754 defines to the last bit: no powers, no logarithms. The
time span of all events is fixed, so that the same data can be generated on any day.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import sqrt
from random import Random
from uuid import UUID

NOW = datetime(2026, 11, 16, tzinfo=UTC)
"""Present of the generated organizations. Nothing has happened after it. Tasks are due before and after it."""
DAYS = 540
START = NOW - timedelta(days=DAYS)
FOUNDED = START - timedelta(days=30)
"""Until START, an organization is set up: its users, workers, categories, labels and accounts."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
VERSION = 0x7 << 76
VARIANT = 0b10 << 62


def moment(fraction: float) -> datetime:
    """Return the time at which ``fraction`` (0 to 1) of all events have happened.

    It is between 8 and 18 o'clock. The number of events per day increases.
    """
    day, rest = divmod(sqrt(min(fraction, 1 - 1e-9)) * DAYS, 1)
    return START + timedelta(days=day, hours=8 + 10 * rest)


def setting_up(fraction: float) -> datetime:
    """Return the time at which ``fraction`` (0 to 1) of an organization is set up."""
    return FOUNDED + (START - FOUNDED) * fraction


def by_day(wait: timedelta) -> timedelta:
    """Shorten ``wait`` so that an interval that begins by day also ends by day. Longer waits stay longer."""
    days, rest = divmod(wait, timedelta(days=1))
    return timedelta(days=days) + rest / 8


def end_of_day(at: datetime, days: int) -> datetime:
    """Return 17 o'clock, ``days`` later. Tasks are due at the end of a working day, often several together."""
    return at.replace(hour=17, minute=0, second=0, microsecond=0) + timedelta(days=days)


def uuid7(at: datetime, random: Random) -> UUID:
    """Return a UUIDv7 (RFC 9562) of the time ``at``. Later times have greater ids, to the microsecond.

    The twelve bits after the milliseconds hold their fraction (the RFC's method 3). All other bits are random.
    """
    milliseconds, microseconds = divmod((at - EPOCH) // MICROSECOND, 1000)
    fraction = (microseconds << 12) // 1000
    return UUID(int=milliseconds << 80 | VERSION | fraction << 64 | VARIANT | random.getrandbits(62))


class RandomSource(Random):
    """Random generator of the seed. Seed it with a text, whose hash is the same everywhere."""

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.random() < probability

    def whole(self, least: int, most: int) -> int:
        """Return a whole number between two, both included."""
        return least + int(self.random() * (most - least + 1))

    def pick[T](self, options: Sequence[T]) -> T:
        """Return one of the options, all equally likely."""
        return options[int(self.random() * len(options))]

    def favor[T](self, options: Sequence[T]) -> T:
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


class Distribution:
    """Distribution of ``things`` to successive ``receivers``: unevenly, none to many of them.

    Each receives up to five times the fair share, on average the fair share, and the last one receives the rest.
    """

    def __init__(self, dice: RandomSource, things: int, receivers: int) -> None:
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
