"""Kinds of JSON values."""

import json
import re
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import JSON, ColumnElement, Text, literal
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from graphql_app.models.kinds.comparators import EQ, IN, IS_NULL, NEQ, NIN, Attribute, Comparator, Operand
from graphql_app.models.kinds.kind import ColumnKind, register_kind
from graphql_app.models.kinds.numbers import finite
from graphql_app.models.kinds.scalars import JSON_VALUE, MOST_INTEGER, MOST_LEVELS

BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]').finditer
"""Texts, which may contain brackets, and brackets of a JSON text."""


def load_json(text: str) -> object:
    """Return the JSON value of a text.

    It contains the nearest float for a number that JSON cannot express, and null for an object or a list that is nested
    too deeply.
    """
    if text.count("[") + text.count("{") > MOST_LEVELS:
        text = _shallow(text)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text, parse_int=_nearest, parse_float=lambda number: finite(float(number)))


def _shallow(text: str) -> str:
    """Return a JSON text with null for each object and list below the last level."""
    kept, level, start = list[str](), 0, 0
    for found in BRACKETS(text):
        bracket = found[0]
        if bracket in ("[", "{"):
            level += 1
            if level == MOST_LEVELS + 1:
                kept += (text[start : found.start()], "null")
        elif bracket in ("]", "}"):
            if level == MOST_LEVELS + 1:
                start = found.end()
            level -= 1
    return "".join((*kept, text[start:]))


def _nearest(number: str) -> float:
    exact = int(number) if len(number) < 20 else None  # characters of the longest integer
    return exact if exact is not None and -MOST_INTEGER <= exact < MOST_INTEGER else finite(float(number))


def _loaded(text: str) -> object:
    """Return the parameter for a JSON text."""
    value = json.loads(text)
    return JSON.NULL if value is None else value


COMPARED = tuple(replace(each, prepare=_loaded) for each in (EQ, NEQ, IN, NIN))


def _has_key(column: Attribute, key: ColumnElement[str]) -> ColumnElement[bool]:
    return column.bool_op("?")(key)


CONTAINS = Comparator(
    "contains",
    "Contains this value: all keys and values of an object, or all elements of a list, at the same places.",
    lambda column, value: column.bool_op("@>")(value),
    prepare=_loaded,
)
HAS_KEY = Comparator(
    "hasKey",
    "Object that has this key at its top level, or list that has this text as an element.",
    _has_key,
    Operand.TEXT,
)
PATH = Comparator("path", "Equal to a value at a path.", lambda column, value: column.is_not(None), Operand.PATH)
"""Filter comparator; :func:`at_path` returns the comparator of a path."""


@lru_cache(maxsize=1_000)
def at_path(path: tuple[str, ...]) -> Comparator:
    """Return the comparator of the value at a path of keys and of positions in lists."""

    def compare(column: Attribute, value: ColumnElement[Any]) -> ColumnElement[bool]:
        found: ColumnElement[bool] = column.op("#>")(literal([*path], ARRAY(Text))).bool_op("=")(value)
        return found

    return Comparator("path", PATH.description, compare, prepare=_loaded)


class JsonKind(ColumnKind):
    """Kind of ``json``, which PostgreSQL stores as text and cannot compare."""

    scalar = JSON_VALUE
    comparators = (IS_NULL,)
    is_ordered = False


class JsonbKind(ColumnKind):
    """Kind of ``jsonb``."""

    scalar = JSON_VALUE
    comparators = (*COMPARED, IS_NULL, CONTAINS, HAS_KEY, PATH)
    is_ordered = False

    def comparable(self, value: Any) -> str:
        """Return the JSON text, which can be a key of caches."""
        return json.dumps(value)


register_kind(JSON, JsonKind)
register_kind(JSONB, JsonbKind)
