"""Kinds of texts, IDs, booleans and bytes."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, Boolean, LargeBinary, String, Text, Uuid, cast

from graphql_app.errors import Problem, ValueLimit
from graphql_app.models.kinds.comparators import EQ, EQUALITY, IS_NULL, NEQ, RANGE, TEXT
from graphql_app.models.kinds.kind import Aggregate, ColumnKind, ColumnType, Selected, extremes, register_kind
from graphql_app.models.kinds.scalars import BASE64, BOOLEAN, ID, STRING, read_bytes, write_bytes

IS_ID = re.compile("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch


class TextKind(ColumnKind):
    """Kind of ``text``, ``varchar`` and ``citext``."""

    scalar = STRING
    comparators = (*EQUALITY, *TEXT, *RANGE)

    def __init__(self, type: String) -> None:
        super().__init__(type)
        self.length = type.length
        self.is_limited = self.length is not None

    @property
    def result_type(self) -> ColumnType:
        return self.type if self.length is None else Text()

    @cached_property
    def aggregates(self) -> Mapping[str, Aggregate]:
        return extremes(self)

    def problem(self, value: object) -> str | None:
        if self.length is None or not isinstance(value, str) or len(value) <= self.length:
            return None
        return Problem(f"Must be at most {self.length:,} characters.", ValueLimit(max_length=self.length))


class CharKind(TextKind):
    """Kind of ``char(n)``, whose values PostgreSQL pads with blanks. The API omits the padding."""

    is_text = True

    def __init__(self, type: String) -> None:
        super().__init__(type)
        self.length = type.length or 1
        self.is_limited = True

    @staticmethod
    def native(value: str) -> str:
        """Return the text without padding."""
        return value.rstrip(" ")

    show = to_cursor = native

    def text(self, column: Selected) -> Selected:
        return cast(column, Text)


class IdKind(ColumnKind):
    """Kind of ``uuid``."""

    scalar = ID
    is_text = True
    native = to_cursor = staticmethod(str)

    def parse(self, value: str) -> UUID:
        return UUID(value)

    def text(self, column: Selected) -> Selected:
        return cast(column, Text)

    def respond(self, value: UUID) -> str:
        return str(value)

    def comparable(self, value: str) -> UUID:
        return read_id(value)


def read_id(text: str) -> UUID:
    """Return the ID in a text. Raises ValueError with a message for the client."""
    if not IS_ID(text):
        raise ValueError("Must be an ID.")
    return UUID(text)


class BooleanKind(ColumnKind):
    """Kind of ``boolean``."""

    scalar = BOOLEAN
    comparators = (EQ, NEQ, IS_NULL)
    json = bool


class BytesKind(ColumnKind):
    """Kind of ``bytea``."""

    scalar = BASE64
    comparators = (*EQUALITY, *RANGE)
    native = to_cursor = staticmethod(write_bytes)
    parse = staticmethod(read_bytes)


def _string_kind(type: Any) -> ColumnKind:  # of any SQL type with texts
    return (CharKind if isinstance(type, CHAR) else TextKind)(type)


register_kind(String, _string_kind)
register_kind(Uuid, IdKind)
register_kind(Boolean, BooleanKind)
register_kind(LargeBinary, BytesKind)
