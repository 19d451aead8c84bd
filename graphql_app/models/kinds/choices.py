"""Kinds of enums."""

from enum import Enum
from typing import Any

from sqlalchemy import Enum as EnumType

from graphql_app.models.columns import OpenChoiceType
from graphql_app.models.kinds.comparators import EQUALITY
from graphql_app.models.kinds.kind import ColumnKind, register_kind
from graphql_app.models.kinds.texts import TextKind


class EnumKind(ColumnKind):
    """Kind of enums, stored by name or by value, in text or in a native type."""

    comparators = EQUALITY

    def __init__(self, type: EnumType) -> None:
        super().__init__(type)
        read = self.reader
        assert read is not None
        self.members: dict[str, Enum] = {stored: read(stored) for stored in type.enums}
        """Members by the stored text."""
        self._stored = {member: stored for stored, member in self.members.items()}
        names = {stored: member.name for stored, member in self.members.items()}
        self.native = names if any(stored != name for stored, name in names.items()) else None

    @property
    def annotation(self) -> Any:
        return self.type.python_type

    @property
    def name(self) -> str:
        return self.type.python_type.__name__

    def respond(self, value: Enum) -> str:
        return value.name

    def to_cursor(self, value: Enum | str) -> str:
        """Return the stored text: a plan reads it, and does not construct the enum."""
        return self._stored[value] if isinstance(value, Enum) else value

    def parse(self, value: str) -> Enum:
        return self.members[value]


class OpenEnumKind(EnumKind):
    """Kind of enums to which an application adds values."""

    def __init__(self, type: OpenChoiceType) -> None:
        ColumnKind.__init__(self, type)
        self.kind = type.kind

    def to_cursor(self, value: Enum | str) -> str:
        return str(value)

    def parse(self, value: str) -> Enum:
        return self.kind(value)


def _make(type: EnumType) -> ColumnKind:
    return EnumKind(type) if type.enum_class is not None else TextKind(type)


register_kind(EnumType, _make)
register_kind(OpenChoiceType, OpenEnumKind)
