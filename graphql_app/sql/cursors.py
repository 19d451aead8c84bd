"""Cursors: opaque strings for positions in a sorted list.

A cursor is base64url of a JSON array ``[version, fingerprint of list and order, value, value, ..]``. It is not signed:
its values come from a row that the client has read, and are compared only with rows visible to the viewer.
"""

import base64
import binascii
from typing import Any

import orjson

from graphql_app.errors import BadUserInput
from graphql_app.models.base import Base
from graphql_app.models.kinds import kind_of
from graphql_app.sql.orders import Order, OrderKey, Place, fingerprint, is_nullable, type_of

__all__ = ["MALFORMED", "pack", "unpack"]

VERSION = 1
MALFORMED = "Invalid cursor for this list and sort order. Use a cursor that the same query returned."
"""Message for a cursor of another list or order."""


class CursorCodec:
    """Cursors of a list in an order."""

    def __init__(self, model: type[Base], order: Order) -> None:
        self._mark = fingerprint(model, order)
        self._writes = [kind_of(type_of(key, model)).to_cursor for key in order]

    def encode(self, place: Place) -> str:
        """Return the cursor for ``place``."""
        values = zip(self._writes, place, strict=True)
        return pack(self._mark, *[value if write is None or value is None else write(value) for write, value in values])


def decode(cursor: str, model: type[Base], order: Order) -> Place:
    """Return the position that ``cursor`` encodes in this list and order.

    Raises BadUserInput for a malformed cursor, or a cursor of another version, list or order.
    """
    values = unpack(cursor, fingerprint(model, order), len(order))
    try:
        return tuple(_value(value, key, model) for key, value in zip(order, values, strict=True))
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        raise BadUserInput(MALFORMED) from error


def _value(value: object, key: OrderKey, model: type[Base]) -> object:
    """Return the value of a key. Raises ValueError, TypeError, LookupError or ArithmeticError for any other value."""
    if value is None:
        if not is_nullable(key, model):
            raise ValueError("null in a column without nulls")
        return None
    return kind_of(type_of(key, model)).from_cursor(value)


def pack(mark: str, *values: object) -> str:
    """Return the cursor of a position with these JSON values, in the list with the fingerprint ``mark``."""
    raw = orjson.dumps([VERSION, mark, *values])
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unpack(cursor: str, mark: str, count: int) -> list[Any]:  # of any type of JSON
    """Return the values of a cursor. Raises BadUserInput if its fingerprint or number of values differs."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values = orjson.loads(raw)
    except (binascii.Error, ValueError) as error:
        raise BadUserInput(MALFORMED) from error
    if not isinstance(values, list) or len(values) != count + 2 or values[:2] != [VERSION, mark]:
        raise BadUserInput(MALFORMED)
    return values[2:]
