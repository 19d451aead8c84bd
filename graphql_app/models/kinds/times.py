"""Kinds of moments, dates, times of day and intervals."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Date, DateTime, Interval, Time, cast, func, literal_column
from sqlalchemy.dialects.postgresql import INTERVAL

from graphql_app.models.kinds.comparators import EQUALITY, RANGE
from graphql_app.models.kinds.formats import MOST_PART, MOST_TIME, write_duration, write_local, write_moment, write_time
from graphql_app.models.kinds.kind import (
    Aggregate,
    ColumnKind,
    ColumnType,
    OpaqueKind,
    Selected,
    extremes,
    nearest,
    register_kind,
)
from graphql_app.models.kinds.moments import (
    DAY,
    END_OF_DAY,
    EPOCH,
    LOCAL_EPOCH,
    DistantDate,
    Duration,
    EndOfDay,
    OutOfRangeDateTime,
    duration_parts,
)
from graphql_app.models.kinds.scalars import DATE, DATE_TIME, DURATION, LOCAL_DATE_TIME, TIME, Scalar

FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.US'
FIRST_MOMENT, END_OF_MOMENTS = -211_813_488_000_000_000, 9_223_371_331_200_000_000
"""Range of PostgreSQL's timestamps, in microseconds from 2000."""
NEAR_MOMENTS, NEAR_DATES = (-63_082_281_600_000_000, 252_455_615_999_999_999), (-730_119, 2_921_939)
"""Range of years 1-9999, whose timestamps are text in cursors."""
FIRST_DATE, END_OF_DATES = -2_451_545, 2_145_031_949
"""Range of PostgreSQL's dates, in days from 2000."""


def _quoted(text: str) -> ColumnElement[str]:
    # literals, not parameters: PostgreSQL evaluates parameters again for each row, and has to recognise the expressions
    # of GROUP BY and SELECT as equal
    return literal_column("'" + text.replace("'", "''") + "'")


class TemporalKind(ColumnKind):
    """Kind of values on a time line."""

    comparators = (*EQUALITY, *RANGE)

    @cached_property
    def aggregates(self) -> Mapping[str, Aggregate]:
        return extremes(self)

    def period(self, column: Selected, unit: str, time_zone: str) -> Selected:
        """Return the beginning of the period that contains a value, in days of ``time_zone`` if values are moments."""
        return func.date_trunc(_quoted(unit), column)


class MomentKind(TemporalKind):
    """Kind of ``timestamptz``."""

    scalar: Scalar = DATE_TIME
    is_text = is_time = True
    native = staticmethod(write_moment)
    epoch: ClassVar[datetime] = EPOCH

    def text(self, column: Selected) -> Selected:
        return func.to_char(func.timezone(_quoted("UTC"), _near(column, "Z")), _quoted(f'{FORMAT}"Z"'))

    def period(self, column: Selected, unit: str, time_zone: str) -> Selected:
        return func.date_trunc(_quoted(unit), column, _quoted(time_zone))

    @staticmethod
    def to_cursor(value: datetime) -> str | int:
        """Return the moment in UTC, or the exact number of a moment outside years 1-9999."""
        return value.exact if isinstance(value, OutOfRangeDateTime) else value.astimezone(UTC).isoformat()

    def from_cursor(self, value: Any) -> object:
        if type(value) is not int:
            return super().from_cursor(value)
        is_infinite = value in (MOST_TIME, -MOST_TIME - 1)
        if NEAR_MOMENTS[0] <= value <= NEAR_MOMENTS[1] or not (is_infinite or FIRST_MOMENT <= value < END_OF_MOMENTS):
            raise ValueError("number of a moment that has a text, or out of range")
        return OutOfRangeDateTime.of(value, self.epoch)

    def parse(self, value: str) -> datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("time without an offset")
        return moment.astimezone(UTC)


def _near(column: Selected, offset: str) -> Selected:
    """Return the nearest moment of a column that the format can represent."""
    return nearest(column, _quoted(f"0001-01-01T00:00:00{offset}"), _quoted(f"9999-12-31T23:59:59.999999{offset}"))


class LocalTimeKind(MomentKind):
    """Kind of ``timestamp``."""

    scalar = LOCAL_DATE_TIME
    native = staticmethod(write_local)
    epoch = LOCAL_EPOCH

    def text(self, column: Selected) -> Selected:
        return func.to_char(_near(column, ""), _quoted(FORMAT))

    def period(self, column: Selected, unit: str, time_zone: str) -> Selected:
        return TemporalKind.period(self, column, unit, time_zone)

    @staticmethod
    def to_cursor(value: datetime) -> str | int:
        """Return the local time, or its exact number outside years 1-9999."""
        return value.exact if isinstance(value, OutOfRangeDateTime) else value.isoformat()

    def parse(self, value: str) -> datetime:
        local = datetime.fromisoformat(value)
        if local.tzinfo is not None:
            raise ValueError("local time with an offset")
        return local


class DateKind(TemporalKind):
    """Kind of ``date``."""

    scalar = DATE
    is_time = True
    native = staticmethod(date.isoformat)

    def parse(self, value: str) -> date:
        return date.fromisoformat(value)

    def period(self, column: Selected, unit: str, time_zone: str) -> Selected:
        return cast(super().period(column, unit, time_zone), Date)

    @staticmethod
    def to_cursor(value: date) -> str | int:
        """Return the date, or its exact number outside years 1-9999."""
        return value.exact if isinstance(value, DistantDate) else value.isoformat()

    def from_cursor(self, value: Any) -> object:
        if type(value) is not int:
            return super().from_cursor(value)
        is_infinite = value in (MOST_PART, -MOST_PART - 1)
        if NEAR_DATES[0] <= value <= NEAR_DATES[1] or not (is_infinite or FIRST_DATE <= value < END_OF_DATES):
            raise ValueError("number of a date that has a text, or out of range")
        return DistantDate.of(value)


class TimeKind(TemporalKind):
    """Kind of ``time``."""

    scalar = TIME
    native = staticmethod(write_time)

    def parse(self, value: str) -> time:
        return time.fromisoformat(value)

    @staticmethod
    def to_cursor(value: time) -> str | int:
        """Return the time of day, or the number of the end of the day."""
        return DAY if isinstance(value, EndOfDay) else value.isoformat()

    def from_cursor(self, value: Any) -> object:
        return END_OF_DAY if value == DAY else super().from_cursor(value)


class DurationKind(TemporalKind):
    """Kind of ``interval``."""

    scalar = DURATION
    native = staticmethod(write_duration)
    json = list

    @cached_property
    def aggregates(self) -> Mapping[str, Aggregate]:
        return {"sum": Aggregate(self, func.sum), "avg": Aggregate(self, func.avg), **extremes(self)}

    @staticmethod
    def to_cursor(value: timedelta) -> list[int]:
        """Return the months, days and microseconds."""
        return [*duration_parts(value)]

    def parse(self, value: list[object]) -> Duration:
        months, days, microseconds = value
        return Duration.of(_within(months, MOST_PART), _within(days, MOST_PART), _within(microseconds, MOST_TIME))


def _within(part: object, most: int) -> int:
    if type(part) is not int or not -most - 1 <= part <= most:
        raise ValueError("interval out of range")
    return part


def _make(type: ColumnType) -> ColumnKind:
    return MomentKind(type) if getattr(type, "timezone", False) else LocalTimeKind(type)


register_kind(DateTime, _make)
register_kind(Date, DateKind)
register_kind(Time, lambda type: OpaqueKind(type) if type.timezone else TimeKind(type))
register_kind(Interval, DurationKind)
register_kind(INTERVAL, DurationKind)
