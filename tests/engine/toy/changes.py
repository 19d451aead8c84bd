"""The toy's mutations: adding, changing and removing, with rules that know nothing of GraphQL."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry
from strawberry import ID

from graphql_app.database.database import Database
from graphql_app.errors import Denied, Invalid
from graphql_app.execution.context import Info
from graphql_app.mutations.change import change
from graphql_app.mutations.inputs import Input, values
from graphql_app.mutations.payloads import Payload, record
from graphql_app.views.described import field, optional, resolved
from tests.engine.toy import models as m


@strawberry.type(description="What became of it.")
class BookPayload(Payload):
    book = record(m.Book, "The book as it is now.")


@strawberry.type(description="What became of it.")
class ShelfPayload(Payload):
    shelf = record(m.Shelf, "The shelf as it is now.")


@strawberry.input(description="A new book.")
class AddBookInput:
    shelf_id: ID = field("The shelf.")
    title: str = field("The title.")
    author_id: ID | None = optional("The author.")
    pages: int | None = optional("How many pages it has.")
    price: Decimal | None = optional("What it costs.")
    tag_ids: list[ID] | None = optional("Its tags.")


@strawberry.input(description="What to change of a book.")
class ChangeBookInput:
    id: ID = field("The book.")
    expected_version: int | None = optional("The version that was seen.")
    title: str | None = optional("A new title.")
    pages: int | None = optional("Another number of pages.")
    price: Decimal | None = optional("Another price.")


@strawberry.input(description="A shelf that goes.")
class RemoveShelfInput:
    id: ID = field("The shelf.")


async def add_book(db: Database, *, tag_ids: list[UUID] | None = None, **given: Any) -> m.Book:
    """A new book with its tags."""
    book = await db.save(m.Book(organization_id=db.organization_id, **given))
    for tag_id in tag_ids or ():
        await db.save(m.BookTag(organization_id=db.organization_id, book_id=book.id, tag_id=tag_id))
    return book


async def change_book(db: Database, *, id: UUID, expected_version: int | None = None, **given: Any) -> m.Book:
    """A changed book. An atlas may not be changed, and a title is not shouted."""
    book = await db.claim(m.Book, id, expected_version)
    if book.genre is m.Genre.ATLAS:
        raise Denied("An atlas stays as it is.", "id")
    for name, value in given.items():
        setattr(book, name, value)
    await db.save(book)
    if given.get("title", "").isupper():  # only now, so that there is something to roll back
        raise Invalid("Do not shout.", "title")
    return book


async def remove_shelf(db: Database, *, id: UUID) -> m.Shelf:
    """A shelf that is gone, if no book stands on it."""
    shelf = await db.claim(m.Shelf, id)
    await db.session.delete(shelf)
    await db.session.flush()
    return shelf


@strawberry.type
class Mutation:
    @resolved
    async def add_book(self, info: Info, input: Input[AddBookInput]) -> BookPayload:
        """Add a book."""
        given = values(input)
        return await change(info.context, BookPayload, lambda db: add_book(db, **given))

    @resolved
    async def change_book(self, info: Info, input: Input[ChangeBookInput]) -> BookPayload:
        """Change a book."""
        given = values(input)
        return await change(info.context, BookPayload, lambda db: change_book(db, **given))

    @resolved
    async def remove_shelf(self, info: Info, input: Input[RemoveShelfInput]) -> ShelfPayload:
        """Remove a shelf."""
        given = values(input)
        return await change(info.context, ShelfPayload, lambda db: remove_shelf(db, **given))
