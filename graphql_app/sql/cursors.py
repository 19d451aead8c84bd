"""Cursors: opaque texts for places in an ordered list.

A cursor is base64url of a JSON array ``[version, fingerprint of list and order, value, value, ..]``. It is not signed:
its values are those of a row that the client has read, and they are compared only with rows visible to the viewer.
"""

import base64
import binascii
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any
from uuid import UUID

import orjson

from graphql_app.errors import BadUserInput
from graphql_app.models.base import Base
from graphql_app.models.columns import fits
from graphql_app.sql.orders import Order, Place, fingerprint, is_nullable, type_of
from graphql_app.sql.parameters import SqlType

VERSION = 1
MALFORMED = "Invalid cursor for this list and sort order. Use a cursor that the same query returned."


def encode(mark: str, place: Place) -> str:
    """Return the cursor of ``place`` in the list with the :func:`fingerprint` ``mark``."""
    return pack(mark, *map(_plain, place))


def decode(cursor: str, model: type[Base], order: Order) -> Place:
    """Return the place that ``cursor`` encodes in this list and order.

    Raises BadUserInput for a malformed cursor, or one of another version, list or order.
    """
    values = unpack(cursor, fingerprint(model, order), len(order))
    try:
        return tuple(
            _typed(value, type_of(key, model), is_nullable(key, model))
            for key, value in zip(order, values, strict=True)
        )
    except (ValueError, TypeError, LookupError, InvalidOperation, OverflowError) as error:
        raise BadUserInput(MALFORMED) from error


def pack(mark: str, *values: object) -> str:
    """Return the cursor of a place with these JSON values, in the list with the fingerprint ``mark``."""
    raw = orjson.dumps([VERSION, mark, *values])
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unpack(cursor: str, mark: str, count: int) -> list[Any]:  # of any type of JSON
    """Return the values of a cursor. Raises BadUserInput unless it has this fingerprint and number of values."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values = orjson.loads(raw)
    except (binascii.Error, ValueError) as error:
        raise BadUserInput(MALFORMED) from error
    if not isinstance(values, list) or len(values) != count + 2 or values[:2] != [VERSION, mark]:
        raise BadUserInput(MALFORMED)
    return values[2:]


def _plain(value: object) -> object:
    match value:
        case Enum():
            return value.value  # as stored: a plan does not construct the enum
        case datetime():
            return value.astimezone(UTC).isoformat()
        case UUID() | Decimal():
            return str(value)
    return value


def _typed(value: object, sql_type: SqlType, nullable: bool) -> object:
    """Return the value as the Python type of ``sql_type``. Raises ValueError or TypeError for any other value."""
    if value is None:
        if not nullable:
            raise ValueError("null in a column without nulls")
        return None
    kind = sql_type.python_type
    if type(value) is not (kind if kind in (bool, int) else str) or "\0" in str(value):
        raise TypeError("expected a number, a boolean or a text")
    if kind is not datetime:
        found: object = kind(value)
        if not fits(found, sql_type):
            raise ValueError("number out of range of the column")
        return found
    time = datetime.fromisoformat(str(value))
    if time.tzinfo is None:
        raise ValueError("time without an offset")
    return time.astimezone(UTC)
