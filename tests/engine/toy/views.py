"""How the toy's rows are shown."""

from datetime import datetime
from decimal import Decimal

from graphql_app.views.described import computed, resolved
from graphql_app.views.fields import one, one_of, restricted
from graphql_app.views.lists import many
from graphql_app.views.node import Node
from graphql_app.views.view import view
from tests.engine.toy import models as m

OWNER, READER = "OWNER", "READER"
"""The roles of viewers. Only an owner sees what a book cost."""


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
