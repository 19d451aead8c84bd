"""Scalars: formats of times and decimals, and validation of their input."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import strawberry
from strawberry.types.scalar import ScalarDefinition

from graphql_app.errors import BadUserInput


def write_moment(value: datetime) -> str:
    """Return a text such as ``2026-11-21T07:48:30.000000Z``: UTC with six digits, so that texts sort like times."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rjust(26, "0") + "Z"


def read_moment(text: object) -> datetime:
    """Return the time of an RFC 3339 text, in UTC. Raises ValueError, also for a local time without an offset."""
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


def read_decimal(value: object) -> Decimal:
    """Return the number in a text or an integer. Raises ValueError, also for a float, which is not exact."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError(
            'A Decimal must be a string such as "12.50": a JSON number with a fraction would not be exact.'
        )
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError('A Decimal must be a string such as "12.50".') from None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or number.adjusted() > 30 or exponent < -30:  # not an int: NaN or infinite
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


PYTHON_ONLY_ZONES = frozenset({"localtime"})
"""Time zones of Python that PostgreSQL does not have."""


def read_time_zone(name: str) -> ZoneInfo:
    """Return the time zone of this name, which PostgreSQL has, too. Raises BadUserInput."""
    if name not in _names():
        raise BadUserInput("Must be the name of a time zone, such as Europe/Berlin.")
    return ZoneInfo(name)


@cache
def _names() -> frozenset[str]:
    """Return the names of time zones. Cached, because this searches directories, which is slow."""
    return frozenset(available_timezones()) - PYTHON_ONLY_ZONES
