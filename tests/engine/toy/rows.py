"""Pseudo-random libraries, equal in each run, with few distinct values and many nulls, so that every order has ties.

Rows are dicts by table. Tests evaluate them in Python, and the same rows are inserted into PostgreSQL.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from graphql_app.postgres.admin_connections import DriverConnection
from tests.engine.toy.base import METADATA
from tests.engine.toy.models import Genre

Row = dict[str, Any]
Rows = dict[str, list[Row]]

SIZES = {"large": (90, 7, 6, 9), "small": (7, 3, 2, 2), "single": (1, 1, 1, 1), "empty": (0, 0, 0, 0)}
"""Numbers of books, shelves, authors and tags of each library."""
MOMENT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
TEXTS = ("ab", "aB", "b", "a%b", "a_b", "a/b", "a\\b", "ba", "", "Äß")


class Maker:
    """Generator of one library's rows. Two generators of the same name and size make rows of the same shape."""

    def __init__(self, name: str, sizes: tuple[int, int, int, int]) -> None:
        self.random = Random(f"library of {sizes}")
        self.ids = Random(f"ids of {name}")
        self.organization = self.id()
        self.rows: Rows = {table.name: [] for table in METADATA.sorted_tables}
        self.rows["organizations"].append({"id": self.organization, "name": name})
        books, shelves, authors, tags = sizes
        for number in range(shelves):
            self.add("shelves", label=f"shelf {number:02}", height=self.maybe(self.random.choice([30, 40, 50])))
        for _ in range(authors):
            born = self.maybe(MOMENT - timedelta(days=self.random.randint(0, 2)))
            self.add("authors", name=self.random.choice(["Ann", "Bob", "ann"]), born=born)
        for number in range(tags):
            self.add("tags", word=f"word {number:02}")
        for _ in range(books):
            self.add_book()

    def id(self) -> UUID:
        """Return a random id, so that no order of rows is accidental."""
        return UUID(int=self.ids.getrandbits(128))

    def maybe(self, value: Any) -> Any:
        return None if self.random.random() < 0.3 else value

    def one(self, table: str) -> UUID:
        """Return a row; the last one of each table is never referred to if there are several."""
        rows = self.rows[table]
        found: UUID = self.random.choice(rows[:-1] or rows)["id"]
        return found

    def add(self, table: str, **values: Any) -> Row:
        row = {"organization_id": self.organization, "id": self.id(), **values}
        self.rows[table].append(row)
        return row

    def add_book(self) -> None:
        choose = self.random.choice
        book = self.add(
            "books",
            shelf_id=self.one("shelves"),
            author_id=self.maybe(self.one("authors")),
            parent_id=self.maybe(self.one("books")) if self.rows["books"] else None,
            title=choose(["A", "B", "C"]),
            summary=self.maybe(choose(TEXTS)),
            pages=self.maybe(choose([0, 10, 20, 2**31 - 1])),
            place_in_row=self.maybe(choose([-(2**15), 1, 2])),
            price=self.maybe(choose([Decimal("-0.01"), Decimal("9.90"), Decimal("9999999999999999.99")])),
            cost=self.maybe(choose([Decimal("1.00"), Decimal("2.00")])),
            genre=self.maybe(choose(list(Genre))),
            lent=self.maybe(choose([True, False])),
            published_at=self.maybe(MOMENT + timedelta(microseconds=choose([0, 1, 10**12]))),
            version=1,
        )
        self.add_around(book)

    def add_around(self, book: Row) -> None:
        """Add the tags of a book, perhaps a cover, and notes."""
        for tag in self.random.sample(self.rows["tags"][:-1], self.random.randint(0, len(self.rows["tags"][:-1]))):
            link = {"organization_id": self.organization, "book_id": book["id"], "tag_id": tag["id"]}
            self.rows["book_tags"].append(link)
        if self.random.random() < 0.6:
            self.add("covers", book_id=book["id"], color=self.random.choice(["red", "blue"]))
        for _ in range(self.random.randint(0, 2)):
            on_book = self.random.random() < 0.6
            about = (book["id"], None) if on_book else (None, self.one("shelves"))
            self.add("notes", body=self.random.choice(["fine", "torn"]), book_id=about[0], shelf_id=about[1])


async def insert(connection: DriverConnection, rows: Rows) -> None:
    """Insert the rows as a superuser, without policies."""
    for table in METADATA.sorted_tables:
        if rows[table.name]:
            columns = list(rows[table.name][0])
            records = [tuple(_stored(row[column]) for column in columns) for row in rows[table.name]]
            await connection.copy_records_to_table(table.name, records=records, columns=columns)


def _stored(value: Any) -> Any:
    return value.value if isinstance(value, Genre) else value
