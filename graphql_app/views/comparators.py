"""Comparators: what a filter can say about one column, by the type of the column."""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

from strawberry import ID

from graphql_app.database.columns import fits, numbers_of
from graphql_app.errors import BadUserInput
from graphql_app.views.described import enum
from graphql_app.views.inputs import input_field, make_input

EQUALITY = ("eq", "neq", "in", "nin", "isNull")
RANGE = ("lt", "lte", "gt", "gte")
TEXT = ("contains", "containsIgnoreCase", "startsWith")

DESCRIPTIONS = {
    "eq": "Is exactly this.",
    "neq": "Is anything but this; null is.",
    "in": "Is one of these.",
    "nin": "Is none of these; null is none of them.",
    "isNull": "Is null (true), or is not (false).",
    "lt": "Is less than, or before, this.",
    "lte": "Is at most, or no later than, this.",
    "gt": "Is greater than, or after, this.",
    "gte": "Is at least, or no earlier than, this.",
    "contains": "Contains this text, in these letters.",
    "containsIgnoreCase": "Contains this text, in capitals or not.",
    "startsWith": "Begins with this text, in these letters.",
}
SCALARS: dict[type, tuple[str, Any, tuple[str, ...]]] = {
    UUID: ("ID", ID, EQUALITY),
    str: ("String", str, (*EQUALITY, *TEXT, *RANGE)),
    int: ("Int", int, (*EQUALITY, *RANGE)),
    bool: ("Boolean", bool, ("eq", "neq", "isNull")),
    datetime: ("DateTime", datetime, (*EQUALITY, *RANGE)),
    Decimal: ("Decimal", Decimal, (*EQUALITY, *RANGE)),
}


@cache
def comparators(kind: Any) -> type:
    """The input that compares columns of the Python type ``kind``."""
    if issubclass(kind, Enum):
        definition: Any = enum(kind)
        return _comparators(definition.__strawberry_definition__.name, kind, EQUALITY)
    return _comparators(*SCALARS[kind])


def _comparators(name: str, kind: Any, operators: tuple[str, ...]) -> type:
    fields = []
    for operator in operators:
        annotation = {"in": list[kind], "nin": list[kind], "isNull": bool}.get(operator, kind)
        field = input_field(_python_name(operator), annotation | None, DESCRIPTIONS[operator], meaning=operator)
        field.graphql_name = operator
        fields.append(field)
    return make_input(
        f"{name}Filter", f"What a value of type {name} is compared with; all that is given must hold.", fields
    )


def _python_name(operator: str) -> str:
    return f"{operator}_" if operator == "in" else operator


def comparable(value: Any, column: Any) -> Any:
    """``value`` as the column's Python type, certain to fit the column. Raises BadUserInput."""
    kind = column.type.python_type
    if kind is UUID:
        return read_id(value)
    if not fits(value, column.type):
        raise BadUserInput(f"This number does not fit: it has to be {numbers_of(column.type)}.")
    return value


def read_id(value: str) -> UUID:
    """The id that a text names. Raises BadUserInput."""
    try:
        return UUID(value)
    except ValueError:
        raise BadUserInput("This is not an id.") from None
