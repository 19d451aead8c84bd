"""Types of the toy."""

from asyncio import sleep
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry

from graphql_app.context import Info
from graphql_app.errors import BadUserInput
from graphql_app.sql.edges import edge_of
from graphql_app.types.declarations import cast_to, computed, field, resolved
from graphql_app.types.lists import to_many
from graphql_app.types.model_type import model_type
from graphql_app.types.records import Node, by_key
from graphql_app.types.relations import to_one, to_one_of
from tests.engine.toy import models as m
from tests.engine.toy.initials import InitialField

OWNER, READER = "OWNER", "READER"
"""Roles of viewers. Only an owner may read the cost of a book."""
FAILING = frozenset({"checked", "verdict", "rated"})
"""Fields whose resolvers raise errors for some rows."""


@dataclass(frozen=True)
class PageCount:
    """Pages of a book, shown as a Reading."""

    pages: int | None
    shelf_id: Any


@strawberry.type(description="Effort of reading a book.")
class Reading:
    pages: int | None = field("Number of pages.")
    shelf = by_key(m.Shelf, lambda count: count.shelf_id, "Shelf of the book.")

    @resolved
    async def chapters(self, length: int = 20) -> list[int]:
        """Number of pages of each chapter."""
        whole, rest = divmod(self.pages or 0, max(1, length))
        return [length] * min(whole, 3) + [rest]

    @resolved
    async def verdict(self) -> str:
        """Recommendation by length."""
        if self.pages is None:
            raise BadUserInput("Count the pages first.")
        return "long" if self.pages > 50 else "short"


@model_type(m.Organization)
class Organization(Node):
    name: str
    shelves = to_many(m.Organization.shelves)
    books = to_many(m.Organization.books)


@model_type(m.Shelf)
class Shelf(Node):
    label: str
    height: int | None
    organization = to_one(m.Shelf.organization)
    books = to_many(m.Shelf.books)
    notes = to_many(m.Shelf.notes)


@model_type(m.Author)
class Author(Node):
    name: str
    born: datetime | None
    books = to_many(m.Author.books)


@model_type(m.Book)
class Book(Node):
    title: str
    summary: str | None
    pages: int | None
    place_in_row: int | None
    price: Decimal | None
    cost: Decimal | None = field(roles=[OWNER], as_null=True)
    genre: m.Genre | None
    lent: bool | None
    published_at: datetime | None
    version: int
    initial = InitialField("summary", "The first letter of its summary.")
    organization = to_one(m.Book.organization)
    shelf = to_one(m.Book.shelf)
    author = to_one(m.Book.author)
    parent = to_one(m.Book.parent)
    volumes = to_many(m.Book.volumes)
    tags = to_many(m.Book.tags)
    notes = to_many(m.Book.notes)
    cover = to_one(m.Book.cover)

    @resolved
    def is_long(self) -> bool | None:
        """True if it has more than 50 pages; null if the number is unknown."""
        return None if self.pages is None else self.pages > 50

    @computed("title", "version")
    def heading(self) -> str:
        """Title and version."""
        return f"{self.title}, version {self.version}"

    @computed("title", "pages")
    def checked(self) -> str:
        """Title of a book with a known number of pages."""
        if self.pages is None:
            raise RuntimeError("the number of pages is unknown")
        return self.title

    @computed("pages", "genre")
    async def rated(self, info: Info, stars: int = 3) -> str | None:
        """Pages with this number of stars; null without a genre."""
        await sleep(0)
        if stars > 5 or self.pages == 0:
            raise BadUserInput("Give five stars at most.", ["stars"])
        return None if self.genre is None else f"{info.field_name} {self.genre.name} {self.pages} {'*' * stars}"

    @computed("pages", "shelf_id")
    def reading(self) -> Reading | None:
        """Reading of the book; null for an empty one."""
        return None if self.pages == 0 else cast_to(Reading, PageCount(self.pages, cast_to(m.Book, self).shelf_id))

    @resolved
    async def whole(self, info: Info) -> "Book | None":
        """Book of which it is a volume."""
        return cast_to(Book, await info.context.loaders.one(edge_of(m.Book.parent), self))

    @resolved
    async def related(self, info: Info, author: bool = True) -> list[Node | None]:
        """Shelf and author."""
        loaders, source = info.context.loaders, cast_to(m.Book, self)
        found = [await loaders.by_id(m.Shelf, source.shelf_id)]
        if author:
            found.append(await loaders.one(edge_of(m.Book.author), source))
        return cast_to(list[Node | None], found)


@model_type(m.Cover)
class Cover(Node):
    color: str
    book = to_one(m.Cover.book)


@model_type(m.Tag)
class Tag(Node):
    word: str
    books = to_many(m.Tag.books)


@model_type(m.Note)
class Note(Node):
    body: str
    subject = to_one_of("NoteSubject", m.Note.book, m.Note.shelf, description="Subject of the note.")
