"""Cursors: a place in an ordered list as an opaque text.

The text is base64url of a JSON array ``[version, fingerprint of list and order, value, value, ..]``. It holds nothing
that the row it came from did not show, and is only ever compared with rows that the viewer may see: it is not signed.
"""

import base64
import binascii
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.types import TypeEngine

from graphql_app.errors import BadUserInput
from graphql_app.models.base import Base
from graphql_app.models.columns import fits
from graphql_app.sql.orders import Order, Place, fingerprint, is_nullable, type_of

VERSION = 1
MALFORMED = "Invalid cursor for this list and sort order. Use a cursor that the same query returned."


def encode(mark: str, place: Place) -> str:
    """The cursor of ``place`` in the list whose :func:`fingerprint` is ``mark``."""
    return pack(mark, *map(_plain, place))


def decode(cursor: str, model: type[Base], order: Order) -> Place:
    """The place that ``cursor`` names in this list and order.

    Raises BadUserInput for a text that is no cursor, or one of another version, list or order.
    """
    values = unpack(cursor, fingerprint(model, order), len(order))
    try:
        return tuple(
            _typed(value, type_of(key, model), is_nullable(key, model))
            for key, value in zip(order, values, strict=True)
        )
    except (ValueError, TypeError, LookupError, InvalidOperation, OverflowError) as error:
        raise BadUserInput(MALFORMED) from error


def pack(mark: str, *values: Any) -> str:
    """``values``, which JSON can hold, as the cursor of a place in the list that ``mark`` stands for."""
    raw = orjson.dumps([VERSION, mark, *values])
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unpack(cursor: str, mark: str, count: int) -> list[Any]:
    """The values that ``pack`` was given, of any type JSON has. Raises BadUserInput unless mark and count are these."""
    values = _values(cursor)
    if len(values) != count + 2 or values[:2] != [VERSION, mark]:
        raise BadUserInput(MALFORMED)
    return values[2:]


def _values(cursor: str) -> list[Any]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values = orjson.loads(raw)
    except (binascii.Error, ValueError) as error:
        raise BadUserInput(MALFORMED) from error
    if not isinstance(values, list):
        raise BadUserInput(MALFORMED)
    return values


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value  # what is stored, which is all that a plan reads of it
        case datetime():
            return value.astimezone(UTC).isoformat()
        case UUID() | Decimal():
            return str(value)
    return value


def _typed(value: Any, sql_type: TypeEngine[Any], nullable: bool) -> Any:
    """``value`` as the Python type of ``sql_type``. Raises ValueError or TypeError when it cannot be one."""
    if value is None:
        if not nullable:
            raise ValueError("null in a column that has none")
        return None
    kind: Any = sql_type.python_type
    if type(value) is not (kind if kind in (bool, int) else str) or "\0" in str(value):
        raise TypeError("expected a number, a truth value or a text")
    found = datetime.fromisoformat(value) if kind is datetime else kind(value)
    if not fits(found, sql_type):
        raise ValueError("no number of this column")
    if kind is not datetime:
        return found
    if found.tzinfo is None:
        raise ValueError("a time without an offset")
    return found.astimezone(UTC)
