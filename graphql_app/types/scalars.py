"""Scalars of Strawberry, made of the scalars of column kinds, and names of time zones."""

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import strawberry
from strawberry import ID
from strawberry.types.scalar import ScalarDefinition

from graphql_app.errors import BadUserInput
from graphql_app.models.kinds import scalars
from graphql_app.models.kinds.kind import ColumnKind


def _unchanged(value: Any) -> Any:
    return value


SCALARS: dict[object, ScalarDefinition] = {
    each.python: strawberry.scalar(
        name=each.name,
        description=each.description,
        specified_by_url=each.specified_by,
        serialize=each.write or _unchanged,
        parse_value=each.read,
    )
    for each in scalars.CUSTOM
}
"""Strawberry's definitions of scalars, by their Python types."""


def annotation_of(kind: ColumnKind) -> Any:  # a type, a NewType or a list of one
    """Return the annotation of fields of a kind: its own, or ID for UUIDs."""
    return ID if kind.annotation is scalars.ID.python else kind.annotation


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
