"""Mutations of the toy: rules without GraphQL, and their inputs and payloads."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry
from strawberry import ID

from graphql_app.database.transaction import RuleResult, WriteTransaction
from graphql_app.errors import Denied, Invalid, refuse, within
from graphql_app.mutations.bulk import bulk
from graphql_app.mutations.calls import ContinuationContext
from graphql_app.mutations.input_checks import number
from graphql_app.mutations.inputs import InputValues, input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import BulkPayload, Payload, deleted_id, record, results, secret
from graphql_app.types.declarations import field, optional
from tests.engine.toy import models as m


@strawberry.type(description="Result of the mutation.")
class BookPayload(Payload):
    book = record(m.Book, "The book as it is now.")


@strawberry.type(description="Result of the mutation.")
class RemoveShelfPayload(Payload):
    deleted_id = deleted_id("Id of the removed shelf.")


@strawberry.type(description="Results of the mutation.")
class BooksPayload(BulkPayload):
    results = results(BookPayload, "What became of each book.")


@strawberry.type(description="Result of the mutation.")
class ShelfPayload(Payload):
    shelf = record(m.Shelf, "The shelf as it is now.")


@strawberry.type(description="Results of the mutation.")
class ShelvesPayload(BulkPayload):
    results = results(ShelfPayload, "What became of each shelf.")


@input_of(m.Shelf, "A new shelf.")
class AddShelfInput:
    label: str = field("Label.")


@input_of(m.Book, "A new book.")
class AddBookInput:
    shelf_id: ID = field("The shelf.")
    title: str = field("The title.")
    author_id: ID | None = optional("The author.")
    pages: int | None = optional("Number of pages.")
    price: Decimal | None = optional("Price.")
    tag_ids: list[ID] | None = optional("Its tags.")


@input_of(m.Book, "Changes of a book.")
class ChangeBookInput:
    id: ID = field("The book.")
    expected_version: int | None = optional("Version that was read.")
    title: str | None = optional("A new title.")
    pages: int | None = optional("Another number of pages.")
    price: Decimal | None = optional("Another price.")


@input_of(m.Book, "Book to tear.")
class TearBookInput:
    id: ID = field("The book.")


@input_of(m.Book, "Book to lend.")
class LendBookInput:
    id: ID = field("The book.")


@input_of(m.Book, "Book to sell.")
class SellBookInput:
    id: ID = field("The book.")
    price: Decimal | None = optional("Selling price.", number(least=0))
    password: str | None = field("Secret of the sale.", secret=True, default=strawberry.UNSET)


@strawberry.type(description="Result of the mutation.")
class SalePayload(Payload):
    book = record(m.Book, "The book as it is now.")
    receipt = secret(str | None, "The receipt, shown once.")


@input_of(m.Shelf, "Shelf to remove.")
class RemoveShelfInput:
    id: ID = field("The shelf.")


async def add_book(tx: WriteTransaction, *, tag_ids: list[UUID] | None = None, **given: Any) -> m.Book:
    """Add a book with its tags."""
    book = await tx.save(m.Book(organization_id=tx.organization_id, **given))
    with within("tagIds"):
        tags = await tx.lock_all(m.Tag, tag_ids or (), path=None)
    await tx.save_all([m.BookTag(organization_id=tx.organization_id, book_id=book.id, tag_id=tag.id) for tag in tags])
    return book


async def change_book(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None, **given: Any) -> m.Book:
    """Change a book. An atlas cannot be changed, and a title in capitals is refused."""
    book = await tx.lock(m.Book, id, expected_version)
    if book.genre is m.Genre.ATLAS:
        raise Denied("An atlas stays as it is.", "id")
    await tx.change(book, **given)
    if given.get("title", "").isupper():  # refused after the change, so that it is rolled back
        raise Invalid("Do not shout.", "title")
    return book


async def remove_shelf(tx: WriteTransaction, *, id: UUID) -> m.Shelf:
    """Remove a shelf without books."""
    return await tx.delete(await tx.lock(m.Shelf, id))


async def add_books(tx: WriteTransaction, rows: Sequence[InputValues]) -> list[m.Book]:
    """Add books. Only their own library may use the title "Forbidden"."""
    refuse([Invalid("Not here.", index, "title") for index, row in enumerate(rows) if row["title"] == "Forbidden"])
    given = [{name: value for name, value in row.items() if name != "tag_ids"} for row in rows]
    return await tx.save_all([m.Book(organization_id=tx.organization_id, **values) for values in given])


async def change_books(tx: WriteTransaction, rows: Sequence[InputValues]) -> list[m.Book]:
    """Change books. An atlas cannot be changed."""
    books = await tx.lock_all(m.Book, [row["id"] for row in rows], [row.get("expected_version") for row in rows])
    refuse([Denied("An atlas stays as it is.", i, "id") for i, book in enumerate(books) if book.genre is m.Genre.ATLAS])
    for book, row in zip(books, rows, strict=True):
        for name in row.keys() - {"id", "expected_version"}:
            setattr(book, name, row[name])
    return await tx.save_all(books)


async def add_shelves(tx: WriteTransaction, rows: Sequence[InputValues]) -> list[m.Shelf]:
    """Add shelves."""
    return await tx.save_all([m.Shelf(organization_id=tx.organization_id, **row) for row in rows])


async def close_shelves(tx: WriteTransaction, rows: Sequence[InputValues]) -> list[m.Shelf]:
    """Refuse the call, for every viewer."""
    raise Denied("Shelves cannot be closed.")


async def sell_book(
    tx: WriteTransaction, *, id: UUID, price: Decimal | None = None, password: str | None = None
) -> RuleResult:
    """Sell a book and return a receipt, which is shown once."""
    return RuleResult(await tx.change(await tx.lock(m.Book, id), price=price), secret="secret")


async def tear_book(tx: WriteTransaction, *, id: UUID) -> m.Book:
    """Set the number of pages to an invalid value."""
    return await tx.change(await tx.lock(m.Book, id), pages=-1)


async def lend_book(tx: WriteTransaction, *, id: UUID) -> m.Book:
    """Lock a book that the continuation lends."""
    return await tx.lock(m.Book, id)


async def hand_over(run: ContinuationContext, id: UUID) -> None:
    """Lend the book once. Refuse a book without a price."""

    async def lend(tx: WriteTransaction) -> None:
        book = await tx.lock(m.Book, id)
        if book.price is None:
            raise Invalid("It has no price.", "id")
        if not book.lent:
            await tx.change(book, lent=True)

    await run(lend)


@strawberry.type
class Mutation:
    add_book = mutation(add_book, AddBookInput, BookPayload, "Add a book.")
    change_book = mutation(change_book, ChangeBookInput, BookPayload, "Change a book.")
    add_books = bulk(add_books, AddBookInput, BooksPayload, "Add books.")
    add_shelves = bulk(add_shelves, AddShelfInput, ShelvesPayload, "Add shelves.")
    close_shelves = bulk(close_shelves, RemoveShelfInput, ShelvesPayload, "Close shelves.")
    change_books = bulk(change_books, ChangeBookInput, BooksPayload, "Change books.")
    sell_book = mutation(sell_book, SellBookInput, SalePayload, "Sell a book.", needs_key=True)
    lend_book = mutation(lend_book, LendBookInput, BookPayload, "Lend a book.", standalone=True, continuation=hand_over)
    tear_book = mutation(tear_book, TearBookInput, BookPayload, "Tear a book.")
    remove_shelf = mutation(remove_shelf, RemoveShelfInput, RemoveShelfPayload, "Remove a shelf.")
