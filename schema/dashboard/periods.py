"""Stretches of time up to now, as they are counted in a time zone: days, weeks from Monday, months."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from graphql_app.statements.aggregates import Bucket
from graphql_app.statements.conditions import And, Compare, Condition
from graphql_app.views.group_inputs import TimeUnit


@dataclass(frozen=True, slots=True)
class Periods:
    """The last ``count`` days, weeks or months in ``zone``, the one that ``now`` is in among them."""

    every: TimeUnit
    count: int
    zone: ZoneInfo
    now: datetime

    def starts(self) -> list[datetime]:
        """When each begins, the earliest first."""
        return [self._midnight(day) for day in self._days()[:-1]]

    def contain(self, column: str) -> Condition:
        """The moment in ``column`` is in one of them."""
        *_, end = days = self._days()
        return And((Compare(column, "gte", self._midnight(days[0])), Compare(column, "lt", self._midnight(end))))

    def bucket(self, column: str) -> Bucket:
        """Rows have the period in common that ``column`` is in."""
        return Bucket(column, self.every.value.lower(), self.zone.key)

    def by_start[T](self, found: Mapping[datetime, T], nothing: T) -> list[tuple[datetime, T]]:
        """Each start with what was found for it. Matched by the day: where midnight is skipped, clocks may disagree."""
        by_day = {moment.astimezone(self.zone).date(): value for moment, value in found.items()}
        return [(start, by_day.get(start.astimezone(self.zone).date(), nothing)) for start in self.starts()]

    def _days(self) -> list[date]:
        """The first day of each, and of the one after."""
        today = self.now.astimezone(self.zone).date()
        return [_first_day(self.every, today, index) for index in range(1 - self.count, 2)]

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)


def _first_day(every: TimeUnit, today: date, index: int) -> date:
    """The first day of the period that is ``index`` after the one with ``today`` in it."""
    match every:
        case TimeUnit.DAY:
            return today + timedelta(days=index)
        case TimeUnit.WEEK:
            return today + timedelta(days=7 * index - today.weekday())
        case TimeUnit.MONTH:
            months = today.year * 12 + today.month - 1 + index
            return date(months // 12, months % 12 + 1, 1)
