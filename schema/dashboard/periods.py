"""Periods up to now, counted in a time zone: days, weeks from Monday, months."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from graphql_app.sql.aggregates import Bucket
from graphql_app.sql.conditions import And, Compare, Condition
from graphql_app.types.groups import TimeUnit


@dataclass(frozen=True, slots=True)
class Periods:
    """Last ``count`` days, weeks or months in ``zone``, including that of ``now``."""

    every: TimeUnit
    count: int
    zone: ZoneInfo
    now: datetime

    def starts(self) -> list[datetime]:
        """Return the starts of the periods, the earliest first."""
        return [self._midnight(day) for day in self._days()[:-1]]

    def contain(self, column: str) -> Condition:
        """Return the condition that the time in ``column`` is in one of the periods."""
        *_, end = days = self._days()
        return And((Compare(column, "gte", self._midnight(days[0])), Compare(column, "lt", self._midnight(end))))

    def bucket(self, column: str) -> Bucket:
        """Return the bucket that groups rows by the period of ``column``."""
        return Bucket(column, self.every.value.lower(), self.zone.key)

    def by_start[T](self, found: Mapping[datetime, T], nothing: T) -> list[tuple[datetime, T]]:
        """Return each start with the value found for it, or ``nothing``.

        They are matched by the day: where midnight is skipped, clocks may disagree.
        """
        by_day = {moment.astimezone(self.zone).date(): value for moment, value in found.items()}
        return [(start, by_day.get(start.astimezone(self.zone).date(), nothing)) for start in self.starts()]

    def _days(self) -> list[date]:
        """Return the first day of each period, and of the one after."""
        today = self.now.astimezone(self.zone).date()
        return [_first_day(self.every, today, index) for index in range(1 - self.count, 2)]

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)


def _first_day(every: TimeUnit, today: date, index: int) -> date:
    """Return the first day of the period that is ``index`` after the one that contains ``today``."""
    match every:
        case TimeUnit.DAY:
            return today + timedelta(days=index)
        case TimeUnit.WEEK:
            return today + timedelta(days=7 * index - today.weekday())
        case TimeUnit.MONTH:
            months = today.year * 12 + today.month - 1 + index
            return date(months // 12, months % 12 + 1, 1)
