"""Filter evaluation in Python, to which the engine's SQL is compared.

It has two truth values: a comparison with null is false.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.engine.toy.models import Genre
from tests.engine.toy.rows import Row, Rows


def genre(name: str) -> Genre:
    return Genre[name]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


KINDS: dict[str, dict[str, Callable[[Any], Any]]] = {
    "books": {
        "id": UUID,
        "title": str,
        "summary": str,
        "pages": int,
        "placeInRow": int,
        "price": Decimal,
        "cost": Decimal,
        "genre": genre,
        "lent": bool,
        "publishedAt": moment,
        "shelfId": UUID,
        "authorId": UUID,
        "parentId": UUID,
    },
    "shelves": {"id": UUID, "label": str, "height": int},
    "authors": {"id": UUID, "name": str, "born": moment},
    "tags": {"id": UUID, "word": str},
    "covers": {"id": UUID, "color": str, "bookId": UUID},
    "notes": {"id": UUID, "body": str, "bookId": UUID, "shelfId": UUID},
}
"""Comparable fields of each table, and the parsers of their values in a filter."""
ONE: dict[str, dict[str, tuple[str, str, str]]] = {
    "books": {
        "shelf": ("shelves", "shelf_id", "id"),
        "author": ("authors", "author_id", "id"),
        "parent": ("books", "parent_id", "id"),
        "cover": ("covers", "id", "book_id"),
    },
    "covers": {"book": ("books", "book_id", "id")},
    "notes": {"book": ("books", "book_id", "id"), "shelf": ("shelves", "shelf_id", "id")},
}
MANY: dict[str, dict[str, tuple[str, str | None]]] = {
    "books": {"volumes": ("books", "parent_id"), "notes": ("notes", "book_id"), "tags": ("tags", None)},
    "shelves": {"books": ("books", "shelf_id"), "notes": ("notes", "shelf_id")},
    "authors": {"books": ("books", "author_id")},
    "tags": {"books": ("books", None)},
}
"""Lists: the table and its column with the row's id, or None for a link table."""
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, given: value is not None and value == given,
    "neq": lambda value, given: value != given,
    "in": lambda value, given: value is not None and value in given,
    "nin": lambda value, given: value is None or value not in given,
    "lt": lambda value, given: value is not None and value < given,
    "lte": lambda value, given: value is not None and value <= given,
    "gt": lambda value, given: value is not None and value > given,
    "gte": lambda value, given: value is not None and value >= given,
    "contains": lambda value, given: value is not None and given in value,
    "containsIgnoreCase": lambda value, given: value is not None and given.lower() in value.lower(),
    "startsWith": lambda value, given: value is not None and value.startswith(given),
    "isNull": lambda value, given: (value is None) == given,
}

QUANTIFIERS: dict[str, Callable[[list[bool]], bool]] = {
    "some": any,
    "every": all,
    "none": lambda results: not any(results),
}


def matches(filter: dict[str, Any], table: str, row: Row, rows: Rows) -> bool:
    """Return True if the row matches ``filter``: all of its parts must hold."""
    return all(_holds(name, content, table, row, rows) for name, content in filter.items())


def _holds(name: str, content: Any, table: str, row: Row, rows: Rows) -> bool:
    if name == "and":
        return all(matches(part, table, row, rows) for part in content)
    if name == "or":
        return any(matches(part, table, row, rows) for part in content)
    if name == "not":
        return not matches(content, table, row, rows)
    if name in KINDS[table]:
        return _compares(row[_column(name)], KINDS[table][name], content)
    if name in MANY.get(table, {}):
        return _quantified(content, MANY[table][name][0], far_rows(table, name, row, rows), rows)
    far, near_key, far_key = ONE[table][name]
    return any(matches(content, far, each, rows) for each in rows[far] if row[near_key] == each[far_key])


def _compares(value: Any, read: Callable[[Any], Any], content: dict[str, Any]) -> bool:
    return all(OPERATORS[operator](value, _read(read, operator, given)) for operator, given in content.items())


def _read(read: Callable[[Any], Any], operator: str, given: Any) -> Any:
    if operator == "isNull":
        return given
    return [read(each) for each in given] if isinstance(given, list) else read(given)


def _quantified(content: dict[str, Any], far: str, found: list[Row], rows: Rows) -> bool:
    return all(QUANTIFIERS[name]([matches(part, far, each, rows) for each in found]) for name, part in content.items())


def far_rows(table: str, name: str, row: Row, rows: Rows) -> list[Row]:
    """Return the rows at the other end of a list."""
    far, key = MANY[table][name]
    if key is not None:
        return [each for each in rows[far] if each[key] == row["id"]]
    near_link, far_link = ("book_id", "tag_id") if table == "books" else ("tag_id", "book_id")
    linked = {link[far_link] for link in rows["book_tags"] if link[near_link] == row["id"]}
    return [each for each in rows[far] if each["id"] in linked]


def _column(name: str) -> str:
    """Return ``shelf_id`` for ``shelfId``."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
