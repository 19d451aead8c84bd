"""GraphQL scalars as plain data: their names, specifications, and conversions of their values."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """GraphQL scalar.

    ``python`` is the type of its values, which annotations of fields name. ``write`` returns the JSON value of a
    response and ``read`` the value of an input; it raises ValueError. GraphQL's own scalars have neither.
    """

    name: str
    python: Any  # a class, or a NewType for one of several scalars with values of a class
    description: str = ""
    specified_by: str | None = None
    write: Callable[[Any], object] | None = None
    read: Callable[[object], Any] | None = None


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
    """Return a number as text without an exponent."""
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


ID, STRING, INT, BOOLEAN = Scalar("ID", UUID), Scalar("String", str), Scalar("Int", int), Scalar("Boolean", bool)
DATE_TIME = Scalar(
    "DateTime",
    datetime,
    "Date and time in RFC 3339 format. Output is in UTC with microseconds; input must have an offset.",
    "https://datatracker.ietf.org/doc/html/rfc3339",
    write_moment,
    read_moment,
)
DECIMAL = Scalar(
    "Decimal",
    Decimal,
    'Exact decimal number as a string, such as "12.50". Floats are not accepted.',
    None,
    write_decimal,
    read_decimal,
)
CUSTOM = (DATE_TIME, DECIMAL)
"""Scalars that each schema may use, besides those of GraphQL."""
