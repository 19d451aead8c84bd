"""Scalars: how moments and amounts are written, and which texts are refused."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import strawberry
from strawberry.types.scalar import ScalarDefinition

from graphql_app.errors import BadUserInput


def write_moment(value: datetime) -> str:
    """``2026-11-21T07:48:30.000000Z``: always UTC and always six digits, so that texts sort as times do."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rjust(26, "0") + "Z"


def read_moment(text: Any) -> datetime:
    """The moment that an RFC 3339 text names. Raises ValueError without an offset: a local time is not a moment."""
    if not isinstance(text, str):
        raise ValueError("A DateTime must be a string such as 2026-11-21T07:48:30Z.")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("A DateTime must be in RFC 3339 format, such as 2026-11-21T07:48:30Z.") from None
    if moment.tzinfo is None:
        raise ValueError("A DateTime must have an offset from UTC, such as Z or +01:00.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("DateTime is out of range.") from None


def write_decimal(value: Decimal) -> str:
    return format(value, "f")


def read_decimal(value: Any) -> Decimal:
    """The number that a text or an integer names. Raises ValueError for a float, which is not exact."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError(
            'A Decimal must be a string such as "12.50": a JSON number with a fraction would not be exact.'
        )
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError('A Decimal must be a string such as "12.50".') from None
    if not number.is_finite() or number.adjusted() > 30 or number.as_tuple().exponent < -30:  # type: ignore[operator]
        raise ValueError("Decimal is out of range.")
    return number


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="Date and time in RFC 3339 format. Output is in UTC with microseconds; input must have an offset.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
        serialize=write_moment,
        parse_value=read_moment,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='Exact decimal number as a string, such as "12.50". Floats are not accepted.',
        serialize=write_decimal,
        parse_value=read_decimal,
    ),
}


NOT_POSTGRESQL_S = frozenset({"localtime"})
"""Time zones of Python that PostgreSQL does not have."""


def read_time_zone(name: str) -> ZoneInfo:
    """The time zone of this name, which PostgreSQL knows too. Raises BadUserInput."""
    if name not in _names():
        raise BadUserInput("Must be the name of a time zone, such as Europe/Berlin.")
    return ZoneInfo(name)


@cache
def _names() -> frozenset[str]:
    """Found by looking through directories, which takes longer than any request should."""
    return frozenset(available_timezones()) - NOT_POSTGRESQL_S
