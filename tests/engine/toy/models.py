"""Tables of the toy: every kind of column and relationship that the engine supports, nullable wherever possible."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from graphql_app.database.idempotency import KeyColumns
from graphql_app.models.base import Timestamped, Versioned
from graphql_app.models.columns import Choice, choice, length
from graphql_app.models.relationships import related, tenant_key
from tests.engine.toy.base import ToyBase, ToyRoot, ToyTenant


class Genre(Choice):
    """Genre of a book. Stored values differ from names in the API."""

    NOVEL = "novel", "Story in prose."
    POEMS = "poems", "Poetry."
    ATLAS = "atlas", "Maps."


class Organization(ToyRoot):
    """A library."""

    __tablename__ = "organizations"

    name: Mapped[str] = mapped_column(comment="Its name.")
    shelves: Mapped[list["Shelf"]] = related(back_populates="organization", doc="Its shelves.")
    books: Mapped[list["Book"]] = related(back_populates="organization", doc="Its books.")


class Shelf(ToyTenant):
    """Shelf of books."""

    __tablename__ = "shelves"
    __table_args__ = (UniqueConstraint("organization_id", "label"), length("label", 20))

    label: Mapped[str] = mapped_column(comment="What is written on it: 1 to 20 characters.")
    height: Mapped[int | None] = mapped_column(SmallInteger, comment="Its height in centimetres.")

    organization: Mapped["Organization"] = related(back_populates="shelves", doc="The library it stands in.")
    books: Mapped[list["Book"]] = related(back_populates="shelf", doc="The books on it.")
    notes: Mapped[list["Note"]] = related(back_populates="shelf", doc="What was noted about it.")


class Author(ToyTenant):
    """Author of books."""

    __tablename__ = "authors"

    name: Mapped[str] = mapped_column(comment="The author's name.")
    born: Mapped[datetime | None] = mapped_column(comment="When the author was born, if that is known.")
    books: Mapped[list["Book"]] = related(back_populates="author", doc="What the author wrote.")


class Book(Versioned, ToyTenant):
    """Book, or a volume of one."""

    __tablename__ = "books"
    __table_args__ = (
        tenant_key("shelf_id", "shelves"),
        tenant_key("author_id", "authors"),
        tenant_key("parent_id", "books", ondelete="CASCADE"),
        length("title", 60),
        CheckConstraint("pages >= 0", name="pages"),
    )

    shelf_id: Mapped[UUID] = mapped_column(comment="The id of the shelf it stands on.")
    author_id: Mapped[UUID | None] = mapped_column(comment="The id of its author.")
    parent_id: Mapped[UUID | None] = mapped_column(comment="The id of the book that it is a volume of.")
    title: Mapped[str] = mapped_column(comment="Its title: 1 to 60 characters.")
    summary: Mapped[str | None] = mapped_column(comment="What it is about.")
    pages: Mapped[int | None] = mapped_column(comment="How many pages it has: 0 or more.")
    place_in_row: Mapped[int | None] = mapped_column(SmallInteger, comment="Where it stands on its shelf.")
    price: Mapped[Decimal | None] = mapped_column(comment="What it costs.")
    cost: Mapped[Decimal | None] = mapped_column(comment="What the library paid for it.")
    genre: Mapped[Genre | None] = mapped_column(choice(Genre, "genre"), comment="What kind of book it is.")
    lent: Mapped[bool | None] = mapped_column(comment="Whether it is lent; null when it may not be.")
    published_at: Mapped[datetime | None] = mapped_column(comment="When it was published.")

    organization: Mapped["Organization"] = related(back_populates="books", doc="The library that owns it.")
    shelf: Mapped["Shelf"] = related(back_populates="books", doc="The shelf it stands on.")
    author: Mapped["Author | None"] = related(back_populates="books", doc="Author.")
    parent: Mapped["Book | None"] = related(
        back_populates="volumes", remote_side="[Book.organization_id, Book.id]", doc="The book it is a volume of."
    )
    volumes: Mapped[list["Book"]] = related(back_populates="parent", doc="Its volumes.")
    tags: Mapped[list["Tag"]] = related(secondary="book_tags", back_populates="books", doc="Its tags.")
    notes: Mapped[list["Note"]] = related(back_populates="book", doc="What was noted about it.")
    cover: Mapped["Cover | None"] = related(back_populates="book", doc="Its cover, if it has one.")


class Cover(ToyTenant):
    """Cover of a book. A book has at most one."""

    __tablename__ = "covers"
    __table_args__ = (tenant_key("book_id", "books"), UniqueConstraint("organization_id", "book_id"))

    book_id: Mapped[UUID] = mapped_column(comment="The id of its book.")
    color: Mapped[str] = mapped_column(comment="Its color.")
    book: Mapped["Book"] = related(back_populates="cover", doc="The book inside.")


class Tag(ToyTenant):
    """Tag of books."""

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("organization_id", "word"),)

    word: Mapped[str] = mapped_column(comment="The word.")
    books: Mapped[list["Book"]] = related(secondary="book_tags", back_populates="tags", doc="The books it is on.")


class BookTag(Timestamped, ToyBase):
    """Link between a book and a tag."""

    __tablename__ = "book_tags"
    __table_args__ = (tenant_key("book_id", "books", ondelete="CASCADE"), tenant_key("tag_id", "tags"))

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    book_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(primary_key=True)


class Note(ToyTenant):
    """Note about either a book or a shelf."""

    __tablename__ = "notes"
    __table_args__ = (
        tenant_key("book_id", "books", ondelete="CASCADE"),
        tenant_key("shelf_id", "shelves", ondelete="CASCADE"),
        CheckConstraint("num_nonnulls(book_id, shelf_id) = 1", name="subject"),
    )

    body: Mapped[str] = mapped_column(comment="Text.")
    book_id: Mapped[UUID | None] = mapped_column(comment="The id of the book it is about.")
    shelf_id: Mapped[UUID | None] = mapped_column(comment="The id of the shelf it is about.")
    book: Mapped["Book | None"] = related(back_populates="notes", doc="The book it is about.")
    shelf: Mapped["Shelf | None"] = related(back_populates="notes", doc="The shelf it is about.")


class IdempotencyKey(KeyColumns, ToyTenant):
    """Idempotency key that a client chose for one call of a mutation."""

    __table_args__ = KeyColumns.constraints()


NODES = (Organization, Shelf, Author, Book, Cover, Tag, Note)
