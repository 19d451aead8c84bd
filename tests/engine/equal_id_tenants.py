"""Two libraries with equal ids: a statement without a condition on the organization returns rows of both.

Primary keys are (organization_id, id), so the database allows it. The twin's rows have the ids and keys of the large
library's, and other values.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from graphql_app.postgres.admin_connections import DriverConnection
from tests.engine.datasets import library
from tests.engine.toy.base import METADATA
from tests.engine.toy.models import Genre
from tests.engine.toy.rows import Row, Rows, insert

LARGE, TWIN = library("large").organization, UUID(int=2)
TWINS_BOOK = UUID(int=3)
"""Book that only the twin has."""
KEYS = ("organization_id", "id", "book_id", "tag_id", "shelf_id", "author_id", "parent_id")


async def add_twin(admin: DriverConnection) -> None:
    """Insert the twin of the large library."""
    rows = {table: [_twin(table, row) for row in rows] for table, rows in _rows().items()}
    rows["books"].append({**rows["books"][0], "id": TWINS_BOOK})
    await insert(admin, rows)


async def drop_policies(admin: DriverConnection) -> None:
    """Disable row-level security: only conditions in statements separate the libraries."""
    for table in METADATA.sorted_tables:
        await admin.execute(f"ALTER TABLE {table.name} DISABLE ROW LEVEL SECURITY")


def _rows() -> Rows:
    """Return the large library's rows, and a link for every book and tag."""
    rows = library("large").rows
    pairs = [(book["id"], tag["id"]) for book in rows["books"] for tag in rows["tags"]]
    links = [{"organization_id": LARGE, "book_id": book, "tag_id": tag} for book, tag in pairs]
    return {**rows, "book_tags": links}


def _twin(table: str, row: Row) -> Row:
    values = {column: value if column in KEYS else _other(value) for column, value in row.items()}
    return {**values, "id": TWIN} if table == "organizations" else {**values, "organization_id": TWIN}


def _other(value: Any) -> Any:
    """Return another value of the same type; null stays null."""
    return next((change(value) for kind, change in CHANGES.items() if isinstance(value, kind)), value)


CHANGES: dict[type, Callable[[Any], Any]] = {
    Genre: lambda value: Genre.ATLAS if value is Genre.NOVEL else Genre.NOVEL,
    bool: lambda value: not value,
    int: lambda _value: 7,
    Decimal: lambda _value: Decimal("77.00"),
    datetime: lambda value: value + timedelta(days=777),
    str: lambda value: f"twin {value}",
}
