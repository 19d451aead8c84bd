"""Values of PostgreSQL's dates, times and intervals in Python, including those that Python's types cannot hold.

The driver exchanges them as integers. A value outside the range of its Python type, such as ``infinity``, a year before
1 or ``24:00``, is an instance of a subclass: the nearest value of that range, with the exact value as an attribute,
which is written and compared in SQL.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar, Self

EPOCH, LOCAL_EPOCH = datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 1)  # noqa: DTZ001 (a local time)
DAY_ZERO = date(2000, 1, 1).toordinal()
MICROSECOND = timedelta(microseconds=1)
DAY = 86_400_000_000
"""Microseconds of a day."""
DAYS_OF_A_MONTH = 30
"""Days of a month in comparisons of intervals, as in PostgreSQL."""


class OutOfRangeDateTime(datetime):
    """Moment or local time outside years 1-9999. ``exact`` is its number of microseconds from 2000."""

    exact: int

    @classmethod
    def of(cls, exact: int, epoch: datetime) -> Self:
        """Return the moment that is ``exact`` microseconds from ``epoch``."""
        zone = epoch.tzinfo
        made = cls(9999, 12, 31, 23, 59, 59, 999_999, zone) if exact > 0 else cls(1, 1, 1, tzinfo=zone)
        made.exact = exact
        return made


class DistantDate(date):
    """Date outside years 1-9999. ``exact`` is its number of days from 2000."""

    exact: int

    @classmethod
    def of(cls, exact: int) -> Self:
        """Return the date that is ``exact`` days from 2000-01-01."""
        near = date.max if exact > 0 else date.min
        made = cls(near.year, near.month, near.day)
        made.exact = exact
        return made


class EndOfDay(time):
    """Time of day ``24:00``, the end of the day."""

    exact: ClassVar[int] = DAY


END_OF_DAY = EndOfDay(23, 59, 59, 999_999)


class Duration(timedelta):
    """Interval of months, days and microseconds.

    As a timedelta, a month has 30 days, as in PostgreSQL's comparisons.
    """

    parts: tuple[int, int, int]

    @classmethod
    def of(cls, months: int, days: int, microseconds: int) -> Self:
        """Return the interval, with its length limited to the longest timedelta."""
        total = (months * DAYS_OF_A_MONTH + days) * DAY + microseconds
        near = min(max(total, -MOST_MICROSECONDS), MOST_MICROSECONDS)
        made = cls(microseconds=near)
        made.parts = months, days, microseconds
        return made


MOST_MICROSECONDS = 999_999_999 * DAY
"""Longest timedelta."""


def _write_moment(epoch: datetime) -> Callable[[datetime], tuple[int]]:
    def write(value: datetime) -> tuple[int]:
        if isinstance(value, OutOfRangeDateTime):
            return (value.exact,)
        return ((value - epoch) // MICROSECOND,)

    return write


def _read_moment(epoch: datetime) -> Callable[[tuple[int]], datetime]:
    def read(value: tuple[int]) -> datetime:
        try:
            return epoch + timedelta(0, 0, value[0])
        except OverflowError:
            return OutOfRangeDateTime.of(value[0], epoch)

    return read


def _write_date(value: date) -> tuple[int]:
    return (value.exact if isinstance(value, DistantDate) else value.toordinal() - DAY_ZERO,)


def _read_date(value: tuple[int]) -> date:
    try:
        return date.fromordinal(value[0] + DAY_ZERO)
    except (ValueError, OverflowError):
        return DistantDate.of(value[0])


def _write_time(value: time) -> tuple[int]:
    if isinstance(value, EndOfDay):
        return (value.exact,)
    return (((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond,)


def _read_time(value: tuple[int]) -> time:
    if value[0] >= DAY:
        return END_OF_DAY
    seconds, microseconds = divmod(value[0], 1_000_000)
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60, microseconds)


def duration_parts(value: timedelta) -> tuple[int, int, int]:
    """Return the months, days and microseconds of an interval."""
    if isinstance(value, Duration):
        return value.parts
    return 0, value.days, value.seconds * 1_000_000 + value.microseconds


def _read_duration(value: tuple[int, int, int]) -> Duration:
    return Duration.of(*value)


DRIVER_CODECS: dict[str, tuple[Callable[[Any], tuple[int, ...]], Callable[[Any], object]]] = {
    "timestamptz": (_write_moment(EPOCH), _read_moment(EPOCH)),
    "timestamp": (_write_moment(LOCAL_EPOCH), _read_moment(LOCAL_EPOCH)),
    "date": (_write_date, _read_date),
    "time": (_write_time, _read_time),
    "interval": (duration_parts, _read_duration),
}
"""Conversions to and from the driver's tuples, by the names of PostgreSQL's types."""
