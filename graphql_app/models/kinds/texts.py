"""Kinds of texts, IDs and booleans."""

from collections.abc import Mapping
from functools import cached_property
from uuid import UUID

from sqlalchemy import Boolean, String, Text, Uuid, cast

from graphql_app.models.kinds.comparators import EQ, EQUALITY, IS_NULL, NEQ, RANGE, TEXT
from graphql_app.models.kinds.kind import Aggregate, ColumnKind, Selected, extremes, register_kind
from graphql_app.models.kinds.scalars import BOOLEAN, ID, STRING


class TextKind(ColumnKind):
    """Kind of ``text``, ``varchar`` and ``char``."""

    scalar = STRING
    comparators = (*EQUALITY, *TEXT, *RANGE)

    @cached_property
    def aggregates(self) -> Mapping[str, Aggregate]:
        return extremes(self)


class IdKind(ColumnKind):
    """Kind of ``uuid``."""

    scalar = ID
    is_text = True
    native = to_cursor = staticmethod(str)

    def parse(self, value: str) -> UUID:
        return UUID(value)

    def text(self, column: Selected) -> Selected:
        return cast(column, Text)

    def comparable(self, value: str) -> UUID:
        return read_id(value)


def read_id(text: str) -> UUID:
    """Return the ID in a text. Raises ValueError with a message for the client."""
    try:
        return UUID(text)
    except ValueError:
        raise ValueError("Must be an ID.") from None


class BooleanKind(ColumnKind):
    """Kind of ``boolean``."""

    scalar = BOOLEAN
    comparators = (EQ, NEQ, IS_NULL)
    json = bool


register_kind(String, TextKind)
register_kind(Uuid, IdKind)
register_kind(Boolean, BooleanKind)
