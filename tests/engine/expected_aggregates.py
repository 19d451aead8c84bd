"""Aggregates of book lists in GraphQL, and the expected values by plain SQL."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.engine.datasets import Libraries, library
from tests.engine.filter_oracle import matches
from tests.engine.lists import OWNERS

NUMBERS = {"pages": "pages", "placeInRow": "place_in_row", "price": "price", "cost": "cost", "version": "version"}
ORDERED = {**NUMBERS, "title": "title", "summary": "summary", "publishedAt": "published_at"}
FUNCTIONS = {"sum": NUMBERS, "avg": NUMBERS, "min": ORDERED, "max": ORDERED}
MEASURED = [(function, name) for function, columns in FUNCTIONS.items() for name in columns]
SELECTION = "count " + " ".join(f"{function} {{ {' '.join(names)} }}" for function, names in FUNCTIONS.items())
"""Complete selection of ``aggregates``."""
SQL = ", ".join(["count(*)", *(f"{function}({ORDERED[name]})" for function, name in MEASURED)])
"""Expressions of the selected values, in the same order."""


def shown(aggregates: dict[str, Any]) -> list[Any]:
    """Return the values of the API in the order of ``SQL``."""
    return [aggregates["count"], *(_read(aggregates[function][name], name) for function, name in MEASURED)]


def _read(value: Any, name: str) -> Any:
    """Return a value of the response in the type of PostgreSQL's driver."""
    if name == "publishedAt" and value is not None:
        return datetime.fromisoformat(value)
    return Decimal(value) if name in NUMBERS and value is not None else value


def meant(name: str, filter: dict[str, Any]) -> list[UUID]:
    """Return the ids of a library's books that match a filter, found without SQL."""
    rows = library(name).rows
    return [row["id"] for row in rows["books"] if matches(filter, "books", row, rows)]


async def query(libraries: Libraries, name: str, sql: str, ids: list[UUID], owner: str = "", parent: Any = "") -> Any:
    """Return the rows of a plain query of ``{books}``: those with these ids, of one ``parent`` if it is given."""
    owned = OWNERS[owner].format(parent) if owner else "true"
    books = f"(SELECT * FROM books b WHERE b.organization_id = $1 AND b.id = ANY ($2) AND {owned}) books"
    return [list(row) for row in await libraries.query(sql.format(books=books), libraries.id(name), ids)]
