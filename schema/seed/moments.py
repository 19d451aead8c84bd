"""Time span of all made-up events. It is fixed, so that the same data can be generated on any day."""

from datetime import UTC, datetime, timedelta
from math import sqrt

NOW = datetime(2026, 11, 16, tzinfo=UTC)
"""Present of the made-up organizations. Nothing has happened after it. Tasks are due before and after it."""
DAYS = 540
START = NOW - timedelta(days=DAYS)
FOUNDED = START - timedelta(days=30)
"""Until START, an organization is set up: its users, workers, categories, labels and accounts."""


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
