"""Comparators of filters and their SQL.

Conditions are two-valued: a comparison with null is false.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, any_
from sqlalchemy.orm import InstrumentedAttribute

__all__ = ["EQUALITY", "RANGE"]

# columns are mapped attributes, which are expressions and have ``property``; computed values are other expressions
type Attribute = InstrumentedAttribute[Any]
type ComparisonFunction = Callable[[Attribute, Any], ColumnElement[bool]]
"""SQL of a comparator, for a column and a parameter; for an operand FLAG, the flag itself."""


class Operand(Enum):
    """Operand of a comparator."""

    VALUE = "value of the column"
    LIST = "list of values of the column"
    ELEMENT = "element of the column's value"
    ELEMENTS = "list of such elements"
    TEXT = "text"
    PATH = "value at a path"
    FLAG = "true or false, which chooses the condition"


def _unchanged(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True, eq=False)
class Comparator:
    """Filter comparator, with its API name. ``prepare`` returns the parameter for a value, or for each of several."""

    name: str
    description: str
    sql: ComparisonFunction
    operand: Operand = Operand.VALUE
    prepare: Callable[[Any], object] = _unchanged


def negated(expression: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the negation, which is true for null."""
    return expression.is_not(True)


def _neq(column: Attribute, value: ColumnElement[Any]) -> ColumnElement[bool]:
    declared = getattr(column, "property", None)
    is_required = declared is not None and declared.columns[0].nullable is False
    return column != value if is_required else column.is_distinct_from(value)


ESCAPE = "/"


def _like(column: Attribute, pattern: ColumnElement[Any]) -> ColumnElement[bool]:
    return column.like(pattern, escape=ESCAPE)


def _pattern(form: str) -> Callable[[str], str]:
    """Return the function from a text to the LIKE pattern that contains it literally."""
    return lambda text: form.format(re.sub("([%_/])", rf"{ESCAPE}\1", text))


EQ = Comparator("eq", "Equal to this value.", lambda column, value: column == value)
NEQ = Comparator("neq", "Not equal to this value; includes null.", _neq)
IN = Comparator("in", "One of these values.", lambda column, values: column == any_(values), Operand.LIST)
NIN = Comparator(
    "nin",
    "None of these values; includes null.",
    lambda column, values: negated(column == any_(values)),
    Operand.LIST,
)
IS_NULL = Comparator(
    "isNull",
    "Null if true, not null if false.",
    lambda column, is_null: column.is_(None) if is_null else column.is_not(None),
    Operand.FLAG,
)
LT = Comparator("lt", "Less than, or earlier than, this value.", lambda column, value: column < value)
LTE = Comparator("lte", "At most, or no later than, this value.", lambda column, value: column <= value)
GT = Comparator("gt", "Greater than, or later than, this value.", lambda column, value: column > value)
GTE = Comparator("gte", "At least, or no earlier than, this value.", lambda column, value: column >= value)
CONTAINS = Comparator("contains", "Contains this text (case-sensitive).", _like, prepare=_pattern("%{}%"))
CONTAINS_IGNORE_CASE = Comparator(
    "containsIgnoreCase",
    "Contains this text (case-insensitive).",
    lambda column, pattern: column.ilike(pattern, escape=ESCAPE),
    prepare=_pattern("%{}%"),
)
STARTS_WITH = Comparator("startsWith", "Starts with this text (case-sensitive).", _like, prepare=_pattern("{}%"))

EQUALITY = (EQ, NEQ, IN, NIN, IS_NULL)
"""Comparators of every kind of column that can be filtered."""
RANGE = (LT, LTE, GT, GTE)
"""Comparators of ordered values."""
TEXT = (CONTAINS, CONTAINS_IGNORE_CASE, STARTS_WITH)
COMPARATORS = {each.name: each for each in (*EQUALITY, *RANGE, *TEXT)}
"""Comparators for conditions written in Python."""
