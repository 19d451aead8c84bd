"""Texts of times, dates and durations in responses and inputs."""

import re
from datetime import UTC, date, datetime, time, timedelta

from graphql_app.models.kinds.moments import Duration, duration_parts

DATE = r"\d{4}-\d{2}-\d{2}"
TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?"
IS_DATE, IS_TIME, IS_LOCAL, IS_MOMENT = (
    re.compile(form, re.ASCII).fullmatch
    for form in (DATE, TIME, f"{DATE}[Tt]{TIME}", rf"{DATE}[Tt]{TIME}(?:[Zz]|[+-]\d{{2}}:\d{{2}})")
)
"""Forms of RFC 3339, section 5.6."""
DURATION = re.compile(
    r"(?P<sign>-?)P(?=[\d-]|T[\d-])(?:(?P<years>-?\d{1,19})Y)?(?:(?P<months>-?\d{1,19})M)?(?:(?P<weeks>-?\d{1,19})W)?(?:(?P<days>-?\d{1,19})D)?"
    r"(?:T(?=[\d-])(?:(?P<hours>-?\d{1,19})H)?(?:(?P<minutes>-?\d{1,19})M)?(?:(?P<seconds>-?\d{1,19})(?:\.(?P<fraction>\d+))?S)?)?",
    re.ASCII,
)
"""Form of ISO 8601, with signs of its parts (ISO 8601-2)."""
MOST_PART, MOST_TIME = 2**31 - 1, 2**63 - 1
"""Largest months or days of an interval, and its microseconds."""


def write_moment(value: datetime) -> str:
    """Return a text such as ``2026-11-21T07:48:30.000000Z``: UTC with six digits, so that texts sort like times."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rjust(26, "0") + "Z"


def read_moment(text: object) -> datetime:
    """Return the time of an RFC 3339 text, in UTC. Raises ValueError, including for a time without an offset."""
    example = "such as 2026-11-21T07:48:30Z"
    if not isinstance(text, str):
        raise ValueError(f"A DateTime must be a string {example}.")
    if IS_LOCAL(text):
        raise ValueError("A DateTime must have an offset from UTC, such as Z or +01:00.")
    if not IS_MOMENT(text):
        raise ValueError(f"A DateTime must be in RFC 3339 format, {example}.")
    try:
        return _parsed(text, "DateTime").astimezone(UTC)
    except OverflowError:
        raise ValueError("DateTime is out of range.") from None


def write_local(value: datetime) -> str:
    """Return a text such as ``2026-11-21T07:48:30.000000``."""
    return value.strftime("%Y-%m-%dT%H:%M:%S.%f").rjust(26, "0")


def read_local(text: object) -> datetime:
    """Return the local time of a text without an offset. Raises ValueError."""
    if not isinstance(text, str) or not IS_LOCAL(text):
        raise ValueError("A LocalDateTime must be a string without an offset, such as 2026-11-21T07:48:30.")
    return _parsed(text, "LocalDateTime")


def _parsed(text: str, name: str) -> datetime:
    """Return the time of a text in a form of RFC 3339. A leap second is the beginning of the next minute."""
    text = _exact(text.upper(), name)
    is_leap = text[17:19] == "60"
    try:
        found = datetime.fromisoformat(f"{text[:17]}59{text[19:]}" if is_leap else text)
    except ValueError:
        raise ValueError(f"{name} is not a valid date and time.") from None
    return found.replace(microsecond=0) + timedelta(seconds=1) if is_leap else found


def _exact(text: str, name: str) -> str:
    """Return the text with at most six fractional digits. Raises ValueError if further digits are not zeros."""
    whole, point, rest = text.partition(".")
    if not point:
        return text
    digits = re.match(r"\d+", rest)
    assert digits is not None
    if digits[0][6:].strip("0"):
        raise ValueError(f"{name} must not be more precise than microseconds: at most six digits after the point.")
    return f"{whole}.{digits[0][:6]}{rest[digits.end() :]}"


def read_date(text: object) -> date:
    """Return the date of a text. Raises ValueError."""
    if not isinstance(text, str) or not IS_DATE(text):
        raise ValueError("A Date must be a string such as 2026-11-21.")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("Date is not a valid date.") from None


def write_time(value: time) -> str:
    """Return a text such as ``07:48:30.000000``."""
    return value.isoformat("microseconds")


def read_time(text: object) -> time:
    """Return the time of day of a text. Raises ValueError."""
    if not isinstance(text, str) or not IS_TIME(text):
        raise ValueError("A Time must be a string without an offset, such as 07:48:30.")
    try:
        return time.fromisoformat(_exact(text, "Time"))
    except ValueError as error:
        raise ValueError(str(error) if "microseconds" in str(error) else "Time is not a valid time of day.") from None


def write_duration(value: timedelta) -> str:
    """Return a text such as ``P1Y2M3DT4H5M6.7S``. Each part has its own sign."""
    months, days, microseconds = duration_parts(value)
    sign, rest = "-" if microseconds < 0 else "", abs(microseconds)
    seconds, fraction = divmod(rest, 1_000_000)
    year, month = abs(months) // 12, abs(months) % 12
    negative = "-" if months < 0 else ""
    parts = [f"{negative}{year}Y" if year else "", f"{negative}{month}M" if month else "", f"{days}D" if days else ""]
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    times = [f"{sign}{hours}H" if hours else "", f"{sign}{minutes}M" if minutes else ""]
    if seconds or fraction:
        times.append(f"{sign}{seconds}{f'.{fraction:06}'.rstrip('0') if fraction else ''}S")
    text = "".join(parts) + ("T" + "".join(times) if any(times) else "")
    return f"P{text or 'T0S'}"


def read_duration(text: object) -> Duration:
    """Return the interval of an ISO 8601 text. Raises ValueError."""
    found = DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("A Duration must be a string in ISO 8601 format, such as P1DT2H30M.")
    fraction = found["fraction"] or ""
    if fraction[6:].strip("0"):
        raise ValueError("Duration must not be more precise than microseconds: at most six digits after the point.")
    whole = {name: int(part) for name, part in found.groupdict(default="0").items() if name not in ("sign", "fraction")}
    small = int(fraction[:6].ljust(6, "0")) * (-1 if (found["seconds"] or "").startswith("-") else 1)
    months, days = whole["years"] * 12 + whole["months"], whole["weeks"] * 7 + whole["days"]
    microseconds = ((whole["hours"] * 60 + whole["minutes"]) * 60 + whole["seconds"]) * 1_000_000 + small
    if max(abs(months), abs(days)) > MOST_PART or abs(microseconds) > MOST_TIME:
        raise ValueError("Duration is out of range.")
    sign = -1 if found["sign"] else 1
    return Duration.of(sign * months, sign * days, sign * microseconds)
