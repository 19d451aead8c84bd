"""GraphQL scalars as plain data: their names, specifications, and conversions of their values."""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NewType
from uuid import UUID

from graphql_app.models.kinds.formats import (
    read_date,
    read_duration,
    read_local,
    read_moment,
    read_time,
    write_duration,
    write_local,
    write_moment,
    write_time,
)

BigInt = NewType("BigInt", int)
"""Integer of 64 bits, which is text in JSON."""
LocalDateTime = NewType("LocalDateTime", datetime)
"""Date and time without an offset."""
JSON = NewType("JSON", object)
"""JSON value."""


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """GraphQL scalar.

    ``python`` is the type of its values, used in annotations of fields. ``write`` returns the JSON value of a
    response and ``read`` the value of an input; it raises ValueError. GraphQL's own scalars have neither.
    """

    name: str
    python: Any  # a class, or a NewType for one of several scalars with values of a class
    description: str = ""
    specified_by: str | None = None
    write: Callable[[Any], object] | None = None
    read: Callable[[object], Any] | None = None


IS_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)").fullmatch
IS_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?").fullmatch
"""Forms of numbers in JSON (RFC 8259, section 6)."""
MOST_INTEGER, MOST_CHARACTERS = 2**63, 100
RFC = "https://datatracker.ietf.org/doc/html/rfc"
MOST_LEVELS = 100
"""Largest nesting of a JSON value."""


def write_decimal(value: Decimal) -> str:
    """Return a number as text without an exponent."""
    return format(value, "f")


def read_decimal(value: object) -> Decimal:
    """Return the number in a text or an integer. Raises ValueError, including for a float, which is not exact."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError(
            'A Decimal must be a string such as "12.50": a JSON number with a fraction would not be exact.'
        )
    text = str(value) if isinstance(value, str) or abs(value) < 10**MOST_CHARACTERS else "1e999"
    if len(text) > MOST_CHARACTERS or not IS_NUMBER(text):
        raise ValueError('A Decimal must be a string such as "12.50".')
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or number.adjusted() > 30 or exponent < -30:
        raise ValueError("Decimal is out of range.")
    return number


def read_big_integer(value: object) -> int:
    """Return the integer in a text or a JSON number. Raises ValueError."""
    if isinstance(value, str) and len(value) <= MOST_CHARACTERS and IS_INTEGER(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError('A BigInt must be a string such as "9007199254740993".')
    if not -MOST_INTEGER <= value < MOST_INTEGER:
        raise ValueError("BigInt is out of range.")
    return value


def write_bytes(value: bytes) -> str:
    """Return bytes as Base64."""
    return b64encode(value).decode()


def read_bytes(value: object) -> bytes:
    """Return the bytes of a Base64 text with padding. Raises ValueError."""
    try:
        found = b64decode(value, validate=True) if isinstance(value, str) else None
    except (binascii.Error, ValueError):
        found = None
    if found is None or write_bytes(found) != value:
        raise ValueError("A Base64 must be a string in Base64 with padding.")
    return found


def read_json(value: object) -> object:
    """Return a JSON value. Raises ValueError if it is nested too deeply."""
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [
            each
            for outer in level
            if isinstance(outer, list | dict)
            for each in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return value
    raise ValueError(f"JSON can be nested at most {MOST_LEVELS} levels deep.")


def _same(value: Any) -> Any:
    return value


ID, STRING, BOOLEAN = Scalar("ID", UUID), Scalar("String", str), Scalar("Boolean", bool)
INT, FLOAT = Scalar("Int", int), Scalar("Float", float)
BIG_INT = Scalar(
    "BigInt",
    BigInt,
    "Integer from -2^63 to 2^63-1 as a string, because JSON numbers of this size are not exact in every client.",
    f"{RFC}8259#section-6",
    str,
    read_big_integer,
)
DECIMAL = Scalar(
    "Decimal",
    Decimal,
    'Exact decimal number as a string, such as "12.50". Floats are not accepted.',
    f"{RFC}8259#section-6",
    write_decimal,
    read_decimal,
)
DATE_TIME = Scalar(
    "DateTime",
    datetime,
    "Date and time in RFC 3339 format. Output is in UTC with microseconds; input must have an offset.",
    f"{RFC}3339",
    write_moment,
    read_moment,
)
LOCAL_DATE_TIME = Scalar(
    "LocalDateTime",
    LocalDateTime,
    "Date and time without an offset, such as 2026-11-21T07:48:30: a date and a time in RFC 3339 format, joined by T.",
    f"{RFC}3339#section-5.6",
    write_local,
    read_local,
)
DATE = Scalar(
    "Date",
    date,
    "Date in RFC 3339 format, such as 2026-11-21.",
    f"{RFC}3339#section-5.6",
    date.isoformat,
    read_date,
)
TIME = Scalar(
    "Time",
    time,
    "Time of day without an offset in RFC 3339 format, such as 07:48:30.",
    f"{RFC}3339#section-5.6",
    write_time,
    read_time,
)
DURATION = Scalar(
    "Duration",
    timedelta,
    "Duration in ISO 8601 format, such as P1Y2M3DT4H5M6.7S. Each part can be negative, such as P1DT-2H.",
    "https://www.iso.org/standard/70907.html",
    write_duration,
    read_duration,
)
BASE64 = Scalar("Base64", bytes, "Bytes in Base64 with padding.", f"{RFC}4648#section-4", write_bytes, read_bytes)
JSON_VALUE = Scalar("JSON", JSON, "Any JSON value.", f"{RFC}8259", _same, read_json)
CUSTOM = (BIG_INT, DECIMAL, DATE_TIME, LOCAL_DATE_TIME, DATE, TIME, DURATION, BASE64, JSON_VALUE)
"""Scalars that each schema may use, besides those of GraphQL."""
