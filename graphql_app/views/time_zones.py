"""Time zones by their names in the tz database, such as ``Europe/Berlin``."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from graphql_app.errors import BadUserInput

NOT_POSTGRESQL_S = frozenset({"localtime"})
"""What Python finds among its time zones and PostgreSQL does not know."""


def read_time_zone(name: str) -> ZoneInfo:
    """The time zone of this name, which PostgreSQL knows too. Raises BadUserInput."""
    if name not in _names():
        raise BadUserInput("This is not the name of a time zone, such as Europe/Berlin.")
    return ZoneInfo(name)


@cache
def _names() -> frozenset[str]:
    """Found by looking through directories, which takes longer than any request should."""
    return frozenset(available_timezones()) - NOT_POSTGRESQL_S
