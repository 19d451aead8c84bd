"""How the toy's rows are shown."""

from asyncio import sleep
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry

from graphql_app.context import Info
from graphql_app.errors import BadUserInput
from graphql_app.statements.edges import edge_of
from graphql_app.views.described import computed, field, resolved, shown_as
from graphql_app.views.fields import one, one_of, restricted
from graphql_app.views.lists import many
from graphql_app.views.records import Node, named
from graphql_app.views.view import view
from tests.engine.toy import models as m

OWNER, READER = "OWNER", "READER"
"""The roles of viewers. Only an owner sees what a book cost."""
FAILING = frozenset({"checked", "verdict", "rated"})
"""Fields whose resolvers raise errors for some rows."""


@dataclass(frozen=True)
class PageCount:
    """The pages of a book, which a Reading shows."""

    pages: int | None
    shelf_id: Any


@strawberry.type(description="What reading a book takes.")
class Reading:
    pages: int | None = field("How many pages it has.")
    shelf = named(m.Shelf, lambda count: count.shelf_id, "The shelf that the book stands on.")

    @resolved
    async def chapters(self, length: int = 20) -> list[int]:
        """How many pages each chapter has."""
        whole, rest = divmod(self.pages or 0, max(1, length))
        return [length] * min(whole, 3) + [rest]

    @resolved
    async def verdict(self) -> str:
        """Whether it is worth it."""
        if self.pages is None:
            raise BadUserInput("Count the pages first.")
        return "long" if self.pages > 50 else "short"


@view(m.Organization)
class Organization(Node):
    name: str
    shelves = many(m.Organization.shelves)
    books = many(m.Organization.books)


@view(m.Shelf)
class Shelf(Node):
    label: str
    height: int | None
    organization = one(m.Shelf.organization)
    books = many(m.Shelf.books)
    notes = many(m.Shelf.notes)


@view(m.Author)
class Author(Node):
    name: str
    born: datetime | None
    books = many(m.Author.books)


@view(m.Book)
class Book(Node):
    title: str
    summary: str | None
    pages: int | None
    place_in_row: int | None
    price: Decimal | None
    cost: Decimal | None = restricted([OWNER])
    genre: m.Genre | None
    lent: bool | None
    published_at: datetime | None
    version: int
    organization = one(m.Book.organization)
    shelf = one(m.Book.shelf)
    author = one(m.Book.author)
    parent = one(m.Book.parent)
    volumes = many(m.Book.volumes)
    tags = many(m.Book.tags)
    notes = many(m.Book.notes)
    cover = one(m.Book.cover)

    @resolved
    def is_long(self) -> bool | None:
        """Whether it has more than 50 pages; null when nobody counted."""
        return None if self.pages is None else self.pages > 50

    @computed("title", "version")
    def heading(self) -> str:
        """The title and the version."""
        return f"{self.title}, version {self.version}"

    @computed("title", "pages")
    def checked(self) -> str:
        """The title of a book whose pages were counted."""
        if self.pages is None:
            raise RuntimeError("nobody counted")
        return self.title

    @computed("pages", "genre")
    async def rated(self, info: Info, stars: int = 3) -> str | None:
        """The pages with so many stars; null for what has no genre."""
        await sleep(0)
        if stars > 5 or self.pages == 0:
            raise BadUserInput("Give five stars at most.", ["stars"])
        return None if self.genre is None else f"{info.field_name} {self.genre.name} {self.pages} {'*' * stars}"

    @computed("pages", "shelf_id")
    def reading(self) -> Reading | None:
        """What reading it takes; null for an empty book."""
        return None if self.pages == 0 else shown_as(Reading, PageCount(self.pages, shown_as(m.Book, self).shelf_id))

    @resolved
    async def whole(self, info: Info) -> "Book | None":
        """The book that it is a volume of."""
        return shown_as(Book, await info.context.loaders.one(edge_of(m.Book.parent), self))

    @resolved
    async def related(self, info: Info, author: bool = True) -> list[Node | None]:
        """Its shelf and its author."""
        loaders, source = info.context.loaders, shown_as(m.Book, self)
        found = [await loaders.by_id(m.Shelf, source.shelf_id)]
        if author:
            found.append(await loaders.one(edge_of(m.Book.author), source))
        return shown_as(list[Node | None], found)


@view(m.Cover)
class Cover(Node):
    color: str
    book = one(m.Cover.book)


@view(m.Tag)
class Tag(Node):
    word: str
    books = many(m.Tag.books)


@view(m.Note)
class Note(Node):
    body: str
    subject = one_of("NoteSubject", m.Note.book, m.Note.shelf, description="What it is about.")
