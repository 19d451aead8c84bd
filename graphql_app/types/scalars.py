"""Strawberry scalars, made from the scalars of column kinds, and names of time zones."""

from collections.abc import Iterable
from enum import Enum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import strawberry
from strawberry import ID
from strawberry.types.enum import EnumValue
from strawberry.types.scalar import ScalarDefinition

from graphql_app.authorization import Role
from graphql_app.errors import BadUserInput
from graphql_app.models.kinds import scalars
from graphql_app.models.kinds.choices import EnumKind, OpenEnumKind
from graphql_app.models.kinds.composites import ArrayKind
from graphql_app.models.kinds.kind import ColumnKind, OpaqueKind
from graphql_app.models.kinds.ranges import RANGES
from graphql_app.strawberry_adapter import enum_definition_of
from graphql_app.types.declarations import enum

__all__ = ["read_time_zone"]


def _defined(scalar: scalars.Scalar) -> ScalarDefinition:
    if scalar.specified_by is None:
        raise TypeError(f"The scalar {scalar.name} needs the URL of its specification.")
    return strawberry.scalar(
        name=scalar.name,
        description=scalar.description,
        specified_by_url=scalar.specified_by,
        serialize=scalar.write or _unchanged,
        parse_value=scalar.read,
    )


def _unchanged(value: Any) -> Any:
    return value


SCALARS: dict[object, ScalarDefinition] = {each.python: _defined(each) for each in (*scalars.CUSTOM, *RANGES)}
"""Strawberry's definitions of scalars, by their Python types."""


def annotation_of(kind: ColumnKind) -> Any:  # a type, a NewType or a list of one
    """Return the annotation of fields of a kind: its own, with ID for UUIDs."""
    if isinstance(kind, ArrayKind):
        return list[annotation_of(kind.element)]  # type: ignore[misc]  # a type that depends on the column
    annotation = kind.annotation
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return enum(annotation)
    return ID if annotation is scalars.ID.python else annotation


def scalars_of(kinds: Iterable[ColumnKind]) -> dict[object, ScalarDefinition]:
    """Return Strawberry's definitions of all scalars, including those of kinds that a domain has registered."""
    found = dict(SCALARS)
    for kind in kinds:
        inner = kind.element if isinstance(kind, ArrayKind) else kind.stored
        if isinstance(inner, OpaqueKind | EnumKind | ArrayKind):
            continue
        if inner.scalar.read is not None and inner.scalar.python not in found:
            found[inner.scalar.python] = _defined(inner.scalar)
    return found


def declare_roles(kinds: Iterable[ColumnKind], roles: Iterable[Role]) -> None:
    """Let the enums of columns with roles have the ``roles`` of the application as further values."""
    for kind in {kind.annotation for kind in kinds if isinstance(kind, OpenEnumKind)}:
        members, values = {member.name for member in kind}, enum_definition_of(kind).values
        others = [role for role in roles if role.name not in members]
        values[:] = [value for value in values if value.name in members]
        values += [EnumValue(role.name, role.name, description=role.description) for role in others]


PYTHON_ONLY_ZONES = frozenset({"localtime"})
"""Python's time zones that PostgreSQL does not support."""


def read_time_zone(name: str) -> ZoneInfo:
    """Return the named time zone, if PostgreSQL knows it too. Raises BadUserInput."""
    if name not in _names():
        raise BadUserInput("Must be the name of a time zone, such as Europe/Berlin.")
    return ZoneInfo(name)


@cache
def _names() -> frozenset[str]:
    """Return the names of time zones. Cached, because this searches directories, which is slow."""
    return frozenset(available_timezones()) - PYTHON_ONLY_ZONES
