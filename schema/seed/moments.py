"""The time in which everything happens: a fixed span, so that the same data can be made again on any day."""

from datetime import UTC, datetime, timedelta
from math import sqrt

NOW = datetime(2026, 11, 16, tzinfo=UTC)
"""The present of the made-up organizations. Nothing has happened after it; tasks are due before and after it."""
DAYS = 540
START = NOW - timedelta(days=DAYS)
FOUNDED = START - timedelta(days=30)
"""From here to START an organization is set up: its users, workers, categories, labels and accounts."""


def moment(fraction: float) -> datetime:
    """When the part ``fraction`` (0 to 1) of everything has happened: between 8 and 18 o'clock, ever more per day."""
    day, rest = divmod(sqrt(min(fraction, 1 - 1e-9)) * DAYS, 1)
    return START + timedelta(days=day, hours=8 + 10 * rest)


def setting_up(fraction: float) -> datetime:
    """When the part ``fraction`` (0 to 1) of an organization was set up."""
    return FOUNDED + (START - FOUNDED) * fraction


def by_day(wait: timedelta) -> timedelta:
    """``wait``, made a little shorter so that what began by day ends by day. Longer waits stay longer."""
    days, rest = divmod(wait, timedelta(days=1))
    return timedelta(days=days) + rest / 8


def end_of_day(at: datetime, days: int) -> datetime:
    """17 o'clock, ``days`` later: what is due is due at the end of a working day, often together with other things."""
    return at.replace(hour=17, minute=0, second=0, microsecond=0) + timedelta(days=days)
